import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../support/temp.ts';
import { swarmd } from './support.ts';

test('init writes a file once, check accepts it, show --origin names its lines', (t) => {
  const cwd = tempDir(t);
  const file = join(cwd, 'swarmd.yaml');
  assert.equal(swarmd(['init', '--preset', 'local-only'], { cwd }).status, 0);
  const again = swarmd(['init'], { cwd });
  assert.equal(again.status, 1);
  assert.match(again.stderr, /is there already[\s\S]*--force/);
  assert.match(readFileSync(file, 'utf8'), /^preset: local-only$/m);

  const check = swarmd(['config', 'check', '--json'], { cwd });
  assert.equal(check.status, 0);
  assert.deepEqual(JSON.parse(check.stdout).files, [file]);

  const show = swarmd(['config', 'show', '--origin'], { cwd, env: { SWARMD_DRAIN_MS: '7' } });
  assert.match(show.stdout, new RegExp(`^preset +"local-only" +${file}:3$`, 'm'));
  assert.match(show.stdout, /^drain_ms +7 +environment variable SWARMD_DRAIN_MS$/m);
  assert.match(show.stdout, /^http\.port +7717 +default$/m);
});

test('check ends with 78 and every problem: the file’s, an answer schema’s, an agent’s, a missing price', (t) => {
  const cwd = tempDir(t);
  writeFileSync(join(cwd, 'swarmd.yaml'), 'routng: {}\nlog: { level: loud }\n');
  const bad = swarmd(['config', 'check'], { cwd });
  assert.equal(bad.status, 78);
  assert.match(bad.stderr, /swarmd\.yaml:1: routng: unknown key[\s\S]*swarmd\.yaml:2: log\.level/);
  mkdirSync(join(cwd, 'types'));
  writeFileSync(join(cwd, 'types', 'mine.yaml'), 'schema: { type: nonsense }\n');
  mkdirSync(join(cwd, 'agents'));
  writeFileSync(
    join(cwd, 'agents', 'poet.md'),
    '---\nname: poet\ndescription: x\nmax_turns: 3\n---\nRhyme.\n',
  );
  writeFileSync(
    join(cwd, 'other.yaml'),
    'actions_dir: types\nagents_dir: agents\ntiers: { api_fallback: { models: [{ name: gpt-99, provider: openai, context_window: 9000 }] } }\n',
  );
  const more = swarmd(['config', 'check', 'other.yaml'], { cwd, env: { OPENAI_API_KEY: 'x' } });
  assert.equal(more.status, 78, more.stderr);
  assert.match(more.stderr, /problem: gpt-99: no price is known for gpt-99/);
  assert.match(more.stderr, /problem: .*types\/mine\.yaml: schema: /);
  assert.match(more.stderr, /problem: .*agents\/poet\.md: "max_turns" has no effect yet/);
});

test('schema is JSON Schema with every section', (t) => {
  const schema = JSON.parse(swarmd(['config', 'schema'], { cwd: tempDir(t) }).stdout);
  assert.equal(schema.additionalProperties, false);
  assert.equal(schema.properties.routing.properties.quality_threshold.default, 0.7);
});
