/** docs/notifications.md: its receiver takes what swarmd signs and nothing else, by the page's own commands. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../config/paths.ts';
import { bareEnvironment } from '../../support/swarmd-process.ts';
import { tempDir } from '../../support/temp.ts';

const page = readFileSync(join(packageRoot(), 'docs/notifications.md'), 'utf8');

function block(kind: string): string {
  return new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(page)?.[1] ?? '';
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

test('the receiver of the page takes a test message of swarmd doctor, and refuses what is not signed', async (t) => {
  const folder = tempDir(t);
  const port = String(await freePort());
  writeFileSync(join(folder, 'receiver.mjs'), block('js').replace('9000', port));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, program] of [
    ['swarmd', `"${process.execPath}" "${join(packageRoot(), 'scripts/swarmd.ts')}"`],
    ['node', `"${process.execPath}"`],
  ] as const) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${program} "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const commands = block('console')
    .split('\n')
    .flatMap((line) => (line.startsWith('$ ') ? [line.slice(2).replaceAll('9000', port)] : []));
  assert.equal(commands.length, 6);
  const env = bareEnvironment(folder);
  const child = spawn('bash', ['-c', ['set -eux', ...commands].join('\n')], {
    cwd: folder,
    env: { ...env, PATH: `${bin}:${env.PATH}` },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  const status = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(status, 0, output);
  assert.match(output, /webhook to 127\.0\.0\.1:\d+: a test message was taken/);
});
