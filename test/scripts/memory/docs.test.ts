import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../memory/temporary-memory.ts';
import { program } from './run-mem-db.ts';

test('every command in docs/memory.md does what the page says', (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/memory.md'), 'utf8');
  const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  const lines = blocks.join('').split('\n').filter(Boolean);
  assert.ok(lines.length > 30);
  const directory = temporaryDirectory(t);
  const command = join(directory, 'mem-db');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`, { mode: 0o700 });
  const env = {
    PATH: `${directory}:${process.env.PATH}`,
    MEMORY_DB: join(directory, 'memory.db'),
    SWARMD_HOME: directory,
    HOME: directory,
  };
  for (const line of lines) {
    assert.match(line, /^mem-db /, 'a block shows mem-db only');
    const expected = Number(/# exit (\d+)$/.exec(line)?.[1] ?? 0);
    const ended = spawnSync('/bin/sh', ['-c', line], { cwd: directory, env, encoding: 'utf8' });
    assert.equal(ended.status, expected, `${line}\n${ended.stdout}${ended.stderr}`);
  }
});
