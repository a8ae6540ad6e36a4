import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { memoryPath } from '../../config/memory-path.ts';
import { place } from './support.ts';

test('mem-db finds the memory where the whole configuration puts it', async (t) => {
  const { folder, write, load } = place(t);
  const cwd = join(folder, 'project');
  const cases: [env: NodeJS.ProcessEnv, project: string, user: string][] = [
    [{}, '', ''],
    [{ SWARMD_HOME: '/s' }, 'log: { level: debug }', ''],
    [{ MEMORY_DB: '/m.db' }, '', ''],
    [{ MEMORY_DB: 'm.db' }, 'memory: { path: /file.db }', ''],
    [{ SWARMD_MEMORY__PATH: '/e.db', MEMORY_DB: '/m.db' }, '', ''],
    [{}, 'memory:\n  path: mine.db\n', ''],
    [{}, '"memory": { path: quoted.db }', ''],
    [{}, '', 'memory: { path: ~/user.db }'],
    [{}, 'memory: { backup_dir: /b }', ''],
  ];
  for (const [own, project, user] of cases) {
    const env = { HOME: join(folder, 'home'), ...own };
    write('project/swarmd.yaml', project);
    write('home/.config/swarmd/swarmd.yaml', user);
    const path = await memoryPath(env, cwd);
    // A bare MEMORY_DB is taken as it is: SQLite starts it from the same folder.
    assert.equal(
      join(path.startsWith('/') ? '' : cwd, path),
      load({ env: own }).config.memory.path,
      JSON.stringify([own, project, user]),
    );
  }
});
