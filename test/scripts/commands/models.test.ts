import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../support/temp.ts';
import { startSimulatorProcess } from './simulator-process.ts';
import { swarmd } from './support.ts';

test('models, pull, bench and init --detect work together on what a server holds', async (t) => {
  const cwd = tempDir(t);
  const env = { OLLAMA_HOST: await startSimulatorProcess(t) };
  const listed = swarmd(['models'], { cwd, env });
  assert.match(listed.stdout, /^LOCAL_FAST +phi3-mini +ollama +instruct +4,096 +3\.8 +ready$/m);
  assert.match(listed.stdout, /left out: gpt-6-luna \(api_fallback\): OPENAI_API_KEY is not set/);
  const found = JSON.parse(swarmd(['models', '--found', '--json'], { cwd, env }).stdout);
  assert.ok(found.servers.some((server: { address: string }) => server.address === env.OLLAMA_HOST));

  assert.match(swarmd(['models', 'pull', 'phi3-mini'], { cwd, env }).stdout, /^phi3:mini is at /);
  const catalogued = swarmd(['models', 'pull', 'llama-3.1-8b'], { cwd, env });
  assert.match(catalogued.stdout, /^llama3\.1:8b is at /);
  const paid = swarmd(['models', 'pull', 'claude-sonnet-5-5'], { cwd, env });
  assert.equal(paid.status, 64);
  assert.match(paid.stderr, /not served by Ollama/);
  const unknown = swarmd(['models', 'pull', 'no-such-model'], { cwd, env });
  assert.equal(unknown.status, 69);
  assert.match(unknown.stderr, /file does not exist/);

  const bench = swarmd(['models', 'bench', 'phi3-mini', '--items', '3', '--json'], { cwd, env });
  const [phi] = JSON.parse(bench.stdout).models;
  assert.deepEqual([phi.name, phi.error, phi.scores.simple.of], ['phi3-mini', null, 1]);
  const large = swarmd(['models', 'bench', 'llama-3.3-70b', '--json'], { cwd, env });
  const { simple } = JSON.parse(large.stdout).models[0].scores;
  assert.ok(simple.passed >= 8 && simple.of === 10, large.stdout);
  const mistyped = swarmd(['models', 'bench', 'phi3-mni'], { cwd, env });
  assert.match(mistyped.stderr, /did you mean "phi3-mini"/);

  const init = swarmd(['init', '--detect', '--items', '1'], { cwd, env });
  assert.equal(init.status, 0, init.stderr);
  assert.match(readFileSync(join(cwd, 'swarmd.yaml'), 'utf8'), /questions a class prove little/);
  assert.match(readFileSync(join(cwd, 'swarmd.yaml'), 'utf8'), /# Measured on .* with 1 questions a model/);
  assert.equal(swarmd(['config', 'check'], { cwd, env }).status, 0);
  const matrix = swarmd(['init', '--detect', '--preset', 'task-matrix', '--force'], { cwd, env });
  assert.equal(matrix.status, 64);
});

test('without a server the commands say where they looked and what would help', (t) => {
  const cwd = tempDir(t);
  const env = { OLLAMA_HOST: '127.0.0.1:1' };
  assert.match(swarmd(['models'], { cwd, env }).stdout, /no server at http:\/\/127\.0\.0\.1:1/);
  const pull = swarmd(['models', 'pull'], { cwd, env });
  assert.equal(pull.status, 69);
  assert.match(pull.stderr, /no Ollama answers at http:\/\/127\.0\.0\.1:1[\s\S]*ollama serve/);
  const doctor = swarmd(['doctor', '--json'], { cwd, env });
  assert.equal(doctor.status, 2);
  assert.equal(JSON.parse(doctor.stdout).ok, false);
});
