import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');
const built = join(root, 'dist', 'scripts', 'mem-db.js');

/** `npm test` builds first; a single test file run by hand may find no build. */
export const program = existsSync(built) ? built : join(root, 'scripts', 'mem-db.ts');

export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Runs `mem-db` as a process of its own, as people and agents do. */
export function memDb(
  path: string,
  words: readonly string[],
  input?: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...words],
      { env: { ...process.env, MEMORY_DB: path, ...env }, maxBuffer: 100_000_000 },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, out, err });
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
