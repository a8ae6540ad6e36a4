import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let root: string | undefined;

/**
 * The directory of swarmd's own package.json. The same from `config/` and from `dist/config/`, so that data
 * files (models.yaml, prices.yaml, the agents' library) exist once and are not copied by the build.
 */
export function packageRoot(): string {
  if (root !== undefined) return root;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isPackageRoot(folder)) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error(`no package.json of swarmd above ${fileURLToPath(import.meta.url)}`);
    folder = parent;
  }
  root = folder;
  return folder;
}

function isPackageRoot(folder: string): boolean {
  const file = join(folder, 'package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'swarmd';
}

/** `SWARMD_HOME`, else `$XDG_DATA_HOME/swarmd`, else `~/.local/share/swarmd`. */
export function dataDirectory(env: NodeJS.ProcessEnv): string {
  if (env.SWARMD_HOME) return env.SWARMD_HOME;
  const base = env.XDG_DATA_HOME || join(env.HOME ?? '.', '.local', 'share');
  return join(base, 'swarmd');
}
