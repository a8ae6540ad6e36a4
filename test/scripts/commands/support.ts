import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../../config/paths.ts';

export interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `swarmd` from its sources; `env` is all there is besides PATH. */
export function swarmd(args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): Ran {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(packageRoot(), 'scripts', 'swarmd.ts'), ...args],
    {
      cwd: options.cwd,
      env: {
        PATH: process.env.PATH,
        HOME: options.cwd,
        SWARMD_HOME: join(options.cwd, 'data'),
        ...options.env,
      },
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
}
