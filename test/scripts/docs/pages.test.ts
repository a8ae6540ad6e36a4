/** Runs every command of the pages that promise it, in their order, against a daemon on simulated models. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../config/paths.ts';
import { commandTable } from '../../../scripts/command-table.ts';
import { bareEnvironment, startSimulated } from '../../support/swarmd-process.ts';
import { tempDir } from '../../support/temp.ts';

function page(name: string): string {
  return readFileSync(join(packageRoot(), name), 'utf8');
}

/** The lines after `$ ` in the blocks marked `console`. */
function commandsOf(text: string): string[] {
  return [...text.matchAll(/^```console\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : [])),
  );
}

/** Stand-ins on the PATH that run the sources. */
function programs(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['swarmd', 'mem-db']) {
    const file = join(bin, name);
    writeFileSync(
      file,
      `#!/bin/sh\nexec "${process.execPath}" "${join(packageRoot(), 'scripts', name)}.ts" "$@"\n`,
    );
    chmodSync(file, 0o755);
  }
  return bin;
}

/** Runs them as one script that ends at the first failure; the command it ended at is the last one it printed. */
function runAll(
  commands: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<[number | null, string]> {
  const script = [
    'set -eu',
    ...commands.flatMap((line) => [`printf '%s\\n' ${shellWord(`$ ${line}`)}`, line]),
  ];
  const child = spawn('bash', ['-c', script.join('\n')], { cwd: folder, env });
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((resolve) => child.on('close', (status) => resolve([status, output])));
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

for (const name of ['docs/commands.md', 'docs/http.md', 'docs/budget.md', 'docs/rollout.md']) {
  test(`every command of ${name} works`, async (t) => {
    const dataDir = tempDir(t);
    const { url } = await startSimulated(t, { dataDir });
    const commands = commandsOf(page(name)).map((line) => line.replace('http://127.0.0.1:7717', url));
    assert.ok(commands.length > 10, 'the page has commands');
    const env = bareEnvironment(dataDir);
    const bin = programs(dataDir);
    const [status, output] = await runAll(commands, dataDir, { ...env, PATH: `${bin}:${env.PATH}` });
    assert.equal(status, 0, output);
  });
}

test('docs/commands.md names every command', () => {
  const text = page('docs/commands.md');
  for (const { name } of commandTable)
    assert.ok(
      new RegExp(`\\b${name}\\b`).test(text),
      `docs/commands.md does not mention "${name}": add it there`,
    );
});
