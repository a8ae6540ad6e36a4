import { InvalidArgumentError, Option } from 'commander';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { didYouMean } from '../../config/suggest.ts';
import { benchModels } from '../../daemon/models/bench-models.ts';
import {
  addressesToAsk,
  findServers,
  type UsableModel,
  usableModels,
} from '../../daemon/models/find-models.ts';
import { evidence } from '../../daemon/models/propose-tiers.ts';
import { quickSet } from '../../daemon/models/quick-set.ts';
import { print, startProgress } from '../terminal/output.ts';
import { safeLine } from '../terminal/safe-text.ts';
import { stopOnSignal } from '../terminal/stop-signal.ts';
import { type CommonOptions, configOf, environmentOf } from './settings.ts';

export interface BenchOptions extends CommonOptions {
  items: number;
}

export function itemsOption(): Option {
  return new Option('--items <n>', `how many of the ${quickSet.length} questions`)
    .argParser((text) => {
      const count = Number(text);
      if (!Number.isInteger(count) || count < 1 || count > quickSet.length)
        throw new InvalidArgumentError(`a whole number from 1 to ${quickSet.length}`);
      return count;
    })
    .default(quickSet.length);
}

/** `swarmd models bench`. */
export async function bench(names: readonly string[], options: BenchOptions): Promise<void> {
  const loaded = configOf(options);
  const models = chosen(names, await usableFrom(loaded));
  const measured = await runBench(models, options.items, options);
  if (options.json === true) {
    print(
      JSON.stringify({
        models: measured.map(({ usable, measurement }) => ({
          name: usable.spec.name,
          model_id: usable.spec.modelId,
          server: usable.server.address,
          scores: measurement.scores,
          tokens_per_second: measurement.tokensPerSecond ?? null,
          first_token_ms: measurement.firstTokenMs ?? null,
          answer_ms: measurement.answerMs ?? null,
          load_ms: measurement.loadMs,
          error: measurement.error ?? null,
        })),
      }),
    );
  }
  if (measured.every(({ measurement }) => measurement.error !== undefined))
    process.exitCode = exitCodes.unavailable;
}

/** The local models that are there now; throws MODEL_UNAVAILABLE when there are none. */
export async function usableFrom(loaded: LoadedConfig): Promise<UsableModel[]> {
  const addresses = addressesToAsk(loaded.settings);
  const models = usableModels(await findServers(addresses), loaded);
  if (models.length > 0) return models;
  throw new SwarmdError('MODEL_UNAVAILABLE', 'no local model was found', {
    where: addresses.join(', '),
    allowed: 'a running Ollama, vLLM, llama.cpp or LM Studio with a model; elsewhere: list it under hosts',
    retryable: true,
  });
}

function chosen(names: readonly string[], models: readonly UsableModel[]): UsableModel[] {
  if (names.length === 0) return [...models];
  const known = models.flatMap((model) => [model.spec.name, model.spec.modelId]);
  return names.map((name) => {
    const model = models.find((one) => one.spec.name === name || one.spec.modelId === name);
    if (model !== undefined) return model;
    throw new SwarmdError('NOT_FOUND', `no local server holds "${name}"${didYouMean(name, known)}`, {
      allowed: known.join(', '),
    });
  });
}

/** Measures with a line of progress; prints each result as it comes unless JSON is wanted. */
export async function runBench(models: readonly UsableModel[], items: number, options: CommonOptions) {
  const progress = startProgress(`measuring ${models.length} models`);
  try {
    return await benchModels(models, {
      items,
      env: environmentOf(options),
      signal: stopOnSignal(),
      onProgress: ({ model, done, of }) => progress.update(safeLine(`${model}: ${done} of ${of} questions`)),
      onMeasured: ({ usable, measurement }) => {
        if (options.json !== true) print(safeLine(`${usable.spec.name}: ${evidence(measurement)}`));
      },
    });
  } finally {
    progress.end();
  }
}
