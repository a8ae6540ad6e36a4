import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { packageRoot } from '../../config/paths.ts';
import { tempDir } from '../support/temp.ts';

/** An installation in a folder of its own, with the real launchers, and Nodes that only say who they are. */
function installation(t: TestContext) {
  const folder = join(tempDir(t), 'a place with $ and spaces');
  for (const file of ['swarmd', 'mem-db', 'find-node.sh']) {
    mkdirSync(join(folder, 'scripts'), { recursive: true });
    cpSync(join(packageRoot(), 'scripts', file), join(folder, 'scripts', file));
  }
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    chmodSync(join(folder, path), 0o755);
    return join(folder, path);
  };
  const node = (path: string, version: string) =>
    write(path, `#!/bin/sh\n[ "$1" = --version ] && echo ${version} && exit\necho "${version}" "$@"\n`);
  for (const program of ['swarmd', 'mem-db']) write(`dist/scripts/${program}.js`, '');
  const run = (launcher: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) => {
    const { status, stdout, stderr } = spawnSync(launcher, args, {
      cwd: folder,
      env: { PATH: `${folder}/bin:/usr/bin:/bin`, ...env },
      encoding: 'utf8',
    });
    return { status, stdout: stdout.trim(), stderr };
  };
  return { folder, write, node, run, swarmd: join(folder, 'scripts/swarmd') };
}

test('the checkout’s own Node comes first, with the words as they were typed', (t) => {
  const { node, run, swarmd, folder } = installation(t);
  node('bin/node', 'v24.9.9');
  node('node_modules/node/bin/node', 'v24.1.0');
  const { stdout } = run(swarmd, ['run', 'two words', '*', '']);
  assert.equal(stdout, `v24.1.0 ${folder}/scripts/../dist/scripts/swarmd.js run two words *`);
  assert.match(run(join(folder, 'scripts/mem-db'), ['query']).stdout, /dist\/scripts\/mem-db\.js query$/);
});

test('links are followed as npm makes them, one to the next', (t) => {
  const { node, run, folder } = installation(t);
  node('node_modules/node/bin/node', 'v24.1.0');
  mkdirSync(join(folder, 'node_modules/.bin'));
  symlinkSync('../../scripts/swarmd', join(folder, 'node_modules/.bin/swarmd'));
  symlinkSync(join(folder, 'node_modules/.bin/swarmd'), join(folder, 'absolute'));
  symlinkSync('absolute', join(folder, 'twice'));
  for (const link of ['node_modules/.bin/swarmd', 'absolute', 'twice'])
    assert.match(run(join(folder, link)).stdout, /^v24\.1\.0 .*dist\/scripts\/swarmd\.js$/, link);
  assert.match(run('sh', ['scripts/swarmd']).stdout, /^v24\.1\.0 /);
});

test('without it a Node of PATH runs when it is new enough, else the message says what to do', (t) => {
  const { node, run, swarmd, write } = installation(t);
  for (const [version, runs] of [
    ['v22.18.0', true],
    ['v23.0.0', true],
    ['v100.0.0', true],
    ['v22.17.1', false],
    ['v20.20.2', false],
    ['v8.1.0', false],
    ['nonsense', false],
  ] as const) {
    node('bin/node', version);
    const { status, stderr } = run(swarmd);
    assert.equal(status, runs ? 0 : 78, version);
    if (!runs) assert.match(stderr, /^swarmd needs Node\.js 22\.18 or newer; .*bin\/node is .*\nInstall one/);
  }
  write('package-lock.json', '{}');
  assert.match(run(swarmd).stderr, /Run `npm install` in .*a place with \$ and spaces: it brings a Node\.js/);
  const none = run('/bin/sh', [swarmd], { PATH: '/nonexistent' });
  assert.equal(none.status, 78);
  assert.match(none.stderr, /none is in PATH/);
});

test('SWARMD_NODE names one; a sibling package’s Node serves an installed swarmd', (t) => {
  const { node, run, swarmd, folder } = installation(t);
  node('bin/node', 'v20.0.0');
  const own = node('mine/node', 'v24.2.0');
  assert.match(run(swarmd, [], { SWARMD_NODE: own }).stdout, /^v24\.2\.0/);
  node('../node/bin/node', 'v24.3.0');
  assert.match(run(swarmd).stdout, /^v24\.3\.0/);
  rmSync(join(folder, '../node'), { recursive: true });
});

test('an installation that was not built says so', (t) => {
  const { node, run, swarmd, folder } = installation(t);
  node('node_modules/node/bin/node', 'v24.1.0');
  rmSync(join(folder, 'dist'), { recursive: true });
  const { status, stderr } = run(swarmd);
  assert.equal(status, 78);
  assert.match(stderr, /swarmd is not built: .*dist\/scripts\/swarmd\.js is missing\. Run `npm install` in /);
});
