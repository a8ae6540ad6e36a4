import { type Config, type ModelSpec, tierNames } from '../../config/config.ts';
import { type FoundServer, inspectServer } from '../../router/providers/servers.ts';
import type { Provider } from '../../router/types/call.ts';
import type { Finding } from './finding.ts';

/** Loading a large model takes this long on a slow disk. */
const loadWithinMs = 120_000;

/**
 * Each local server: does it answer, does it hold the configured models, and does one of them generate a
 * token. A server that lists models and cannot generate (no memory, broken driver) is the usual surprise.
 */
export async function checkModelServers(
  config: Config,
  providers: (model: ModelSpec) => Provider,
  signal: AbortSignal,
): Promise<Finding[]> {
  const local = tierNames.flatMap((tier) => config.tiers[tier]).filter((model) => model.selfHosted);
  const byEndpoint = Map.groupBy(local, (model) => model.endpoint);
  const findings = await Promise.all(
    [...byEndpoint].map(([endpoint, models]) => checkServer(endpoint, models, providers, signal)),
  );
  return findings.flat();
}

async function checkServer(
  endpoint: string,
  models: readonly ModelSpec[],
  providers: (model: ModelSpec) => Provider,
  signal: AbortSignal,
): Promise<Finding[]> {
  const server = await inspectServer(endpoint);
  const names = models.map((model) => model.name).join(', ');
  if (server === undefined)
    return [
      {
        check: 'models',
        level: 'warning',
        message: `no model server answers at ${endpoint} (${names})`,
        fix: howToStart(models[0]),
      },
    ];
  const missing = models.filter((model) => !holds(server, model));
  const present = models.filter((model) => holds(server, model) && model.kind !== 'embedding');
  const smallest = present.toSorted((a, b) => (a.sizeGb ?? 0) - (b.sizeGb ?? 0))[0];
  return [
    ...(smallest === undefined ? [] : [await generates(smallest, server, providers, signal)]),
    ...missing.map(
      (model): Finding => ({
        check: 'models',
        level: 'warning',
        message: `${model.name}: ${endpoint} does not hold ${model.modelId}`,
        fix:
          server.kind === 'ollama'
            ? `ollama pull ${model.modelId}`
            : `serve ${model.modelId} there, or name one of: ${server.models.map((one) => one.modelId).join(', ')}`,
      }),
    ),
  ];
}

/** Ollama knows `llama3` as `llama3:latest`. */
export function holds(server: FoundServer, model: Pick<ModelSpec, 'modelId'>): boolean {
  return server.models.some(
    ({ modelId }) => modelId === model.modelId || modelId === `${model.modelId}:latest`,
  );
}

async function generates(
  model: ModelSpec,
  server: FoundServer,
  providers: (model: ModelSpec) => Provider,
  signal: AbortSignal,
): Promise<Finding> {
  const started = Date.now();
  try {
    await providers(model).probe(model, AbortSignal.any([signal, AbortSignal.timeout(loadWithinMs)]));
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    const version = server.version === undefined ? '' : ` ${server.version}`;
    return {
      check: 'models',
      level: 'ok',
      message: `${server.kind}${version} at ${server.address} holds ${server.models.length} models; ${model.name} generates (${seconds} s)`,
    };
  } catch (error) {
    return {
      check: 'models',
      level: 'failure',
      message: `${model.name} is listed at ${server.address} but does not generate: ${error instanceof Error ? error.message : error}`,
      fix:
        server.kind === 'ollama'
          ? `see why: ollama run ${model.modelId} hello`
          : 'see the log of that server',
    };
  }
}

function howToStart(model: ModelSpec | undefined): string {
  if (model?.provider === 'ollama')
    return 'install Ollama (https://ollama.com/download) and run `ollama serve`, or set OLLAMA_HOST';
  return 'start the server, or correct the endpoint of its models';
}
