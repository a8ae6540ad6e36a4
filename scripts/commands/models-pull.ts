import { catalogueEntry } from '../../config/catalogue.ts';
import { type ModelSpec, tierNames } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import { holds } from '../../daemon/doctor/model-servers.ts';
import { serversOf } from '../../daemon/models/find-models.ts';
import { pullModel } from '../../router/providers/ollama-pull.ts';
import { print, startProgress } from '../terminal/output.ts';
import { safeLine } from '../terminal/safe-text.ts';
import { stopOnSignal } from '../terminal/stop-signal.ts';
import { type CommonOptions, configOf } from './settings.ts';

/** `swarmd models pull`: the configured models that are missing, or those named. */
export async function pullModels(names: readonly string[], options: CommonOptions): Promise<void> {
  const { config } = configOf(options);
  const ollama = tierNames
    .flatMap((tier) => config.tiers[tier])
    .filter((model) => model.provider === 'ollama');
  const wanted =
    names.length > 0 ? names.map((name) => namedModel(name, ollama, options)) : await missing(ollama);
  if (wanted.length === 0) print('every configured model is there');
  const stop = stopOnSignal();
  for (const { modelId, endpoint } of wanted) {
    const progress = startProgress(`pulling ${modelId}`);
    try {
      await pullModel(
        endpoint,
        modelId,
        ({ status, completed, total }) => {
          const share = completed !== undefined && total ? ` ${Math.floor((100 * completed) / total)} %` : '';
          progress.update(safeLine(`${modelId}: ${status}${share}`));
        },
        stop,
      );
    } finally {
      progress.end();
    }
    print(safeLine(`${modelId} is at ${endpoint}`));
  }
}

/** A configured name, else one of the catalogue's or a model's own name at Ollama's endpoint. */
function namedModel(
  name: string,
  configured: readonly ModelSpec[],
  options: CommonOptions,
): { modelId: string; endpoint: string } {
  const known = configured.find((model) => model.name === name || model.modelId === name);
  if (known !== undefined) return known;
  const entry = catalogueEntry(name);
  if (entry !== undefined && entry.provider !== 'ollama')
    throw new SwarmdError('USAGE', `${name} is not served by Ollama (${entry.provider}): nothing to pull`, {
      where: 'models pull',
    });
  return {
    modelId: entry?.model_id ?? name,
    endpoint: configOf(options).settings.model_settings.ollama_endpoint,
  };
}

async function missing(models: readonly ModelSpec[]): Promise<ModelSpec[]> {
  const servers = await serversOf(models);
  return models.filter((model) => {
    const server = servers.get(model.endpoint);
    if (server === undefined && model.selfHosted)
      throw new SwarmdError('MODEL_UNAVAILABLE', `no Ollama answers at ${model.endpoint}`, {
        where: model.name,
        allowed: '`ollama serve` there, or OLLAMA_HOST for another address',
        retryable: true,
      });
    return server !== undefined && !holds(server, model);
  });
}
