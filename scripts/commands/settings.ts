import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { type LoadedConfig, loadConfig } from '../../config/load.ts';
import { dataDirectory } from '../../config/paths.ts';

/** What every command that touches an installation takes. */
export interface CommonOptions {
  dataDir?: string;
  config?: string;
  simulate?: boolean;
  json?: boolean;
}

export function withCommonOptions(command: Command): Command {
  return command
    .addOption(new Option('--data-dir <dir>', 'where swarmd keeps its data (default: SWARMD_HOME)'))
    .addOption(new Option('--config <file>', 'the configuration file'))
    .addOption(
      new Option('--simulate', 'on simulated models, with a data directory of their own').default(false),
    )
    .addOption(new Option('--json', 'print JSON').default(false));
}

/** What is simulated is kept apart: its answers, costs and quality must never mix with real ones. */
const simulatedFolder = 'simulated';

/** The data directory these options name. */
export function dataDirOf(options: CommonOptions): string {
  const base = options.dataDir ?? dataDirectory(process.env);
  return options.simulate === true && options.dataDir === undefined ? join(base, simulatedFolder) : base;
}

/** The environment as the rest of swarmd reads it, with the data directory these options name. */
export function environmentOf(options: CommonOptions): NodeJS.ProcessEnv {
  return { ...process.env, SWARMD_HOME: dataDirOf(options) };
}

/** Loads the configuration these options name. Throws CONFIG_INVALID. */
export function configOf(
  options: CommonOptions,
  flags: Readonly<Record<string, unknown>> = {},
): LoadedConfig {
  return loadConfig({
    env: environmentOf(options),
    cwd: process.cwd(),
    flags,
    ...(options.config === undefined ? {} : { file: options.config }),
  });
}
