import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, type ModelSpec, tierNames } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { makePrivateDirectory } from '../../config/private-directory.ts';
import type { Simulator } from '../simulator/simulator.ts';
import { type CommonOptions, configOf, environmentOf, simulatedMarker } from './settings.ts';

/** What a daemon of this process is started with. */
export interface LocalSetup {
  loaded: LoadedConfig;
  config: Config;
  env: NodeJS.ProcessEnv;
  /** Reads the configuration again, for a reload. */
  reload: () => Config;
  simulator: Simulator | undefined;
}

/** Loads the configuration and, with `--simulate`, starts the simulator and points every model at it. */
export async function prepareLocal(
  options: CommonOptions,
  simulation: { seed?: number; speed?: number } = {},
): Promise<LocalSetup> {
  const env = environmentOf(options);
  const loaded = configOf(options, env);
  const { dataDir } = loaded.config;
  if (options.simulate !== true) {
    refuseMarked(dataDir);
    const reload = () => configOf(options, env).config;
    return { loaded, config: loaded.config, env, reload, simulator: undefined };
  }
  markSimulated(dataDir);
  const { startSimulator } = await import('../simulator/simulator.ts');
  const simulator = await startSimulator({ port: 0, ...simulation });
  const reload = () => onSimulator(configOf(options, env).config, simulator);
  return { loaded, config: onSimulator(loaded.config, simulator), env, reload, simulator };
}

/**
 * The same configuration with every model served by the simulator. Addresses are replaced after loading, so
 * that a paid model stays one for routing, privacy and the budget.
 */
export function onSimulator(config: Config, simulator: Simulator): Config {
  const move = (model: ModelSpec): ModelSpec => ({ ...model, endpoint: addressFor(model, simulator) });
  const tiers = { ...config.tiers };
  for (const tier of tierNames) tiers[tier] = config.tiers[tier].map(move);
  return { ...config, tiers };
}

function addressFor(model: ModelSpec, simulator: Simulator): string {
  switch (model.provider) {
    case 'ollama':
      return simulator.url;
    case 'anthropic':
      return simulator.anthropicUrl;
    case 'openai':
    case 'openai-compatible':
      return simulator.openaiUrl;
  }
}

/** A data directory is simulated from its first day or never: cached answers and learned rates would mix. */
export function markSimulated(dataDir: string): void {
  if (!existsSync(join(dataDir, simulatedMarker)) && existsSync(join(dataDir, 'memory.db')))
    throw new SwarmdError(
      'CONFLICT',
      `${dataDir} holds real actions; simulated ones must not mix with them`,
      {
        where: dataDir,
        allowed: '--simulate with another --data-dir, or with none',
      },
    );
  makePrivateDirectory(dataDir, 'data directory (--data-dir, SWARMD_HOME)');
  writeFileSync(join(dataDir, simulatedMarker), 'Everything in this directory came from simulated models.\n');
}

function refuseMarked(dataDir: string): void {
  if (!existsSync(join(dataDir, simulatedMarker))) return;
  throw new SwarmdError('CONFLICT', `${dataDir} holds simulated actions; real ones must not mix with them`, {
    where: dataDir,
    allowed: '--simulate, or another --data-dir',
  });
}
