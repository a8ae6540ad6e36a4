/** Finds the model servers of this machine and of the configured hosts, and makes their models usable. */
import { catalogueEntry } from '../../config/catalogue.ts';
import type { ModelSpec, ProviderName } from '../../config/config.ts';
import { baseUrl } from '../../config/endpoints.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { resolveModel } from '../../config/resolve-models.ts';
import type { Settings } from '../../config/schema.ts';
import type { ModelEntry } from '../../config/schema-models.ts';
import { type FoundModel, type FoundServer, inspectServer } from '../../router/providers/servers.ts';

/** Where Ollama, vLLM, llama.cpp and LM Studio listen unless they are told otherwise. */
const usualPorts = [11_434, 8000, 8080, 8081, 1234];

/** Every address worth asking, each once. */
export function addressesToAsk(settings: Settings, usual: readonly number[] = usualPorts): string[] {
  const { ollama_endpoint, vllm_endpoint, llama_cpp_endpoint, lm_studio_endpoint } = settings.model_settings;
  const configured = [
    ollama_endpoint,
    vllm_endpoint,
    llama_cpp_endpoint,
    lm_studio_endpoint,
    ...Object.values(settings.hosts).flatMap((host) => host.endpoint ?? []),
    ...usual.map((port) => `http://127.0.0.1:${port}`),
  ];
  const origins = configured.flatMap((address) => {
    const url = baseUrl(address, 'ollama');
    const origin = url === undefined ? undefined : URL.parse(url)?.origin;
    return origin === undefined ? [] : [origin.replace('//localhost', '//127.0.0.1')];
  });
  return [...new Set(origins)];
}

export async function findServers(addresses: readonly string[]): Promise<FoundServer[]> {
  const found = await Promise.all(addresses.map((address) => inspectServer(address)));
  return found.filter((server) => server !== undefined);
}

/** A model of a server as a user would write it into a tier, and complete, ready to be called. */
export interface UsableModel {
  server: FoundServer;
  found: FoundModel;
  entry: Exclude<ModelEntry, string>;
  spec: ModelSpec;
}

/**
 * The models that can answer and that run on the user's own hardware. Those that swarmd would not count as the
 * user's own (a public address, Ollama's cloud) are left out: measuring them could cost money.
 */
export function usableModels(servers: readonly FoundServer[], loaded: LoadedConfig): UsableModel[] {
  const names = new Set<string>();
  return servers.flatMap((server) =>
    server.models.flatMap((found): UsableModel[] => {
      if (found.kind === 'embedding') return [];
      const entry = entryOf(server, found, loaded.settings, names);
      const resolved = resolveModel(entry, 'local_quality', loaded.settings, {
        where: server.address,
        key: '',
      });
      if (!('spec' in resolved) || !resolved.spec.selfHosted) return [];
      names.add(entry.name);
      return [{ server, found, entry, spec: resolved.spec }];
    }),
  );
}

/** Says no more than the catalogue and the settings leave open, so that the file stays short. */
function entryOf(
  server: FoundServer,
  found: FoundModel,
  settings: Settings,
  taken: ReadonlySet<string>,
): Exclude<ModelEntry, string> {
  const provider: ProviderName = server.kind === 'ollama' ? 'ollama' : 'openai-compatible';
  const known = catalogueEntry(found.modelId);
  const isKnown = known?.provider === provider && known.model_id === found.modelId;
  const short = isKnown ? known.name : found.modelId.replace(/:latest$/, '');
  const name = taken.has(short) ? `${short}@${new URL(server.address).host}` : short;
  const context =
    found.contextWindow === undefined || found.contextWindow === known?.context_window
      ? {}
      : { context_window: found.contextWindow };
  return {
    name,
    enabled: true,
    ...(isKnown && name === short
      ? {}
      : {
          provider,
          model_id: found.modelId,
          kind: found.kind,
          ...(found.sizeGb === undefined ? {} : { size_gb: Math.round(found.sizeGb * 10) / 10 }),
        }),
    ...context,
    ...(found.tools && known?.supports_tools !== true ? { supports_tools: true } : {}),
    ...serverOf(server, provider, settings),
  };
}

/** Nothing where the settings lead there anyway. */
function serverOf(
  server: FoundServer,
  provider: ProviderName,
  settings: Settings,
): { endpoint?: string; server?: 'vllm' | 'llama_cpp' | 'lm_studio' } {
  if (provider === 'ollama')
    return baseUrl(settings.model_settings.ollama_endpoint, 'ollama') === server.address
      ? {}
      : { endpoint: server.address };
  const { kind } = server;
  if (kind === 'vllm' || kind === 'llama_cpp' || kind === 'lm_studio') {
    const standard = settings.model_settings[`${kind}_endpoint`];
    if (URL.parse(standard)?.origin === server.address) return { server: kind };
  }
  return { endpoint: `${server.address}/v1` };
}

/** The servers of these models' own hardware, by endpoint; undefined where none answers. */
export async function serversOf(models: readonly ModelSpec[]): Promise<Map<string, FoundServer | undefined>> {
  const endpoints = new Set(models.filter((model) => model.selfHosted).map((model) => model.endpoint));
  const pairs = [...endpoints].map(async (endpoint) => [endpoint, await inspectServer(endpoint)] as const);
  return new Map(await Promise.all(pairs));
}
