import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { SwarmdError } from '../../config/errors.ts';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../../config/load.ts';
import { tempDir } from '../support/temp.ts';

export interface Place {
  folder: string;
  /** Writes a file under the folder and returns its path. */
  write: (name: string, text: string) => string;
  /** Loads with `cwd`, HOME and the system's file inside the folder. */
  load: (options?: Partial<LoadOptions>) => LoadedConfig;
  /** The message of the refusal; fails when there is none. */
  refusal: (options?: Partial<LoadOptions>) => string;
}

/** A folder that stands for a whole machine: project, home and /etc. */
export function place(t: TestContext): Place {
  const folder = tempDir(t);
  mkdirSync(join(folder, 'project'));
  const load = (options: Partial<LoadOptions> = {}) =>
    loadConfig({
      cwd: join(folder, 'project'),
      systemFile: join(folder, 'etc/swarmd.yaml'),
      ...options,
      env: { HOME: join(folder, 'home'), ...options.env },
    });
  return {
    folder,
    load,
    write(name, text) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    refusal(options) {
      try {
        load(options);
      } catch (error) {
        if (error instanceof SwarmdError && error.code === 'CONFIG_INVALID') return error.message;
        throw error;
      }
      throw new Error('the configuration was accepted');
    },
  };
}
