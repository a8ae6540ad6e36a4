import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../../config/config.ts';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../../config/load.ts';
import { dataDirectory } from '../../config/paths.ts';

/** What every command that touches an installation takes. */
export interface CommonOptions {
  dataDir?: string;
  config?: string;
  simulate?: boolean;
  set?: Readonly<Record<string, string>>;
  json?: boolean;
}

export function withCommonOptions(command: Command): Command {
  return command
    .addOption(new Option('--data-dir <dir>', 'where swarmd keeps its data (default: SWARMD_HOME)'))
    .addOption(new Option('--config <file>', 'the configuration file'))
    .addOption(
      new Option('--set <key=value>', 'a setting, stronger than file and environment; repeatable').argParser(
        collectSetting,
      ),
    )
    .addOption(new Option('--simulate', 'simulated models, with a data directory of their own'))
    .addOption(new Option('--json', 'print JSON'));
}

function collectSetting(text: string, before: Record<string, string> = {}): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1)
    throw new InvalidArgumentError('a setting is written key=value: routing.quality_threshold=0.8');
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** What is simulated is kept apart: its answers, costs and quality must never mix with real ones. */
const simulatedFolder = 'simulated';
/** The file that marks a data directory as simulated. */
export const simulatedMarker = 'SIMULATED';

/** The data directory these options name. */
export function dataDirOf(options: CommonOptions): string {
  const base = options.dataDir ?? dataDirectory(process.env);
  return options.simulate === true && options.dataDir === undefined ? join(base, simulatedFolder) : base;
}

/** Whether these options name a simulated installation, by the flag or by the directory's own mark. */
export function isSimulated(options: CommonOptions): boolean {
  return options.simulate === true || existsSync(join(dataDirOf(options), simulatedMarker));
}

/** The environment as the rest of swarmd reads it, with the data directory these options name. */
export function environmentOf(options: CommonOptions): NodeJS.ProcessEnv {
  const env = { ...process.env, SWARMD_HOME: dataDirOf(options) };
  return isSimulated(options) ? simulatedEnvironment(env) : env;
}

/** No real address, key or memory: not even a mistake can reach a paid API or mix what is made up with what is not. */
export function simulatedEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) =>
      !/^(OLLAMA_HOST|OPENAI_|ANTHROPIC_|AZURE_|MEMORY_DB$)/.test(name) &&
      !/^SWARMD_(MODEL_SETTINGS|MEMORY)__/.test(name),
  );
  return { ...Object.fromEntries(kept), OPENAI_API_KEY: 'simulated', ANTHROPIC_API_KEY: 'simulated' };
}

/** Loads the configuration these options name; `more` as for `loadConfig`. Throws CONFIG_INVALID. */
export function configOf(
  options: CommonOptions,
  env = environmentOf(options),
  more: Pick<LoadOptions, 'isProgram'> = {},
): LoadedConfig {
  const loaded = loadConfig({
    env,
    cwd: process.cwd(),
    flags: options.set ?? {},
    ...more,
    ...(options.config === undefined ? {} : { file: options.config }),
  });
  return isSimulated(options) ? { ...loaded, config: keptApart(loaded) } : loaded;
}

/**
 * Whatever the user configured for real work stays out of what is simulated: memory and usage log are the
 * simulated data directory's own, and on a shared server the queue has another prefix unless one was chosen.
 */
function keptApart({ config, origin }: LoadedConfig): Config {
  const { queue, costControl } = config;
  return {
    ...config,
    memory: { ...config.memory, path: join(config.dataDir, 'memory.db') },
    costControl: { ...costControl, usageLogPath: undefined },
    queue:
      origin.get('queue.prefix') === undefined ? { ...queue, prefix: `${queue.prefix}-simulated` } : queue,
  };
}
