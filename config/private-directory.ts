import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SwarmdError } from './errors.ts';

/**
 * Makes a directory, and those above it that are missing, for its owner only. Throws CONFIG_INVALID that names
 * the path when it cannot be one: a file stands there, it may not be written, or it cannot exist. Step by step,
 * because Node's own recursive call never returns for some of those (*seen* below /proc).
 */
export function makePrivateDirectory(path: string, setBy: string): void {
  const missing: string[] = [];
  let at = resolve(path);
  while (!existsSync(at) && dirname(at) !== at) {
    missing.unshift(at);
    at = dirname(at);
  }
  try {
    if (!statSync(at).isDirectory()) throw new Error(`${at} is a file`);
    for (const folder of missing) mkdirSync(folder, { mode: 0o700 });
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new SwarmdError(
      'CONFIG_INVALID',
      `${path} cannot be used as a directory: ${(error as Error).message}`,
      {
        where: setBy,
        allowed: 'a directory that this user may write, or one that can be made',
        cause: error,
      },
    );
  }
}
