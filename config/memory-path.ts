import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configPaths } from './config-paths.ts';
import { dataDirectory } from './paths.ts';

/**
 * Where the memory file is, as the whole configuration would say, for `mem-db`, which must not pay 40 ms for
 * loading it: that is done only when something sets a path. Throws CONFIG_INVALID when it is then invalid.
 */
export async function memoryPath(env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  const mentioned =
    env.SWARMD_MEMORY__PATH !== undefined ||
    configPaths({ env, cwd }).some(
      (path) => existsSync(path) && /^\s*(memory|["']memory["'])\s*:/m.test(readFileSync(path, 'utf8')),
    );
  if (!mentioned) return env.MEMORY_DB || join(dataDirectory(env), 'memory.db');
  const { loadConfig } = await import('./load.ts');
  return loadConfig({ env, cwd }).config.memory.path;
}
