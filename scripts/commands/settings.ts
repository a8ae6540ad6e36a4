import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type LoadedConfig, loadConfig } from '../../config/load.ts';
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
export function configOf(options: CommonOptions, env = environmentOf(options)): LoadedConfig {
  return loadConfig({
    env,
    cwd: process.cwd(),
    flags: options.set ?? {},
    ...(options.config === undefined ? {} : { file: options.config }),
  });
}

/** No real address and no real key: not even a mistake can reach a paid API. */
export function simulatedEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) =>
      !/^(OLLAMA_HOST|OPENAI_|ANTHROPIC_|AZURE_)/.test(name) && !/^SWARMD_MODEL_SETTINGS__/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    OPENAI_API_KEY: 'simulated',
    ANTHROPIC_API_KEY: 'simulated',
  };
}
