import { join, resolve } from 'node:path';

/** Where configuration files are looked for, strongest first, whether they exist or not. */
export function configPaths(options: {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** What `--config` names. */
  file?: string | undefined;
  systemFile?: string | undefined;
}): string[] {
  const { env, cwd } = options;
  const project = options.file ?? (env.SWARMD_CONFIG || 'swarmd.yaml');
  const home = env.XDG_CONFIG_HOME || (env.HOME === undefined ? undefined : join(env.HOME, '.config'));
  return [
    resolve(cwd, project),
    ...(home === undefined ? [] : [join(home, 'swarmd', 'swarmd.yaml')]),
    options.systemFile ?? '/etc/swarmd/swarmd.yaml',
  ];
}
