/** Turns what a user wrote of models and hosts into complete specifications. */
import { catalogueEntry, loadCatalogue } from './catalogue.ts';
import type { HostSpec, ModelSpec, ProviderName, SwapSettings, TierName } from './config.ts';
import { baseUrl, isLoopback, isOllamaCloudModel, isPrivateAddress } from './endpoints.ts';
import { toolsWithoutListedFee, unitPrices } from './prices.ts';
import type { Problem } from './problems.ts';
import type { Settings } from './schema.ts';
import type { HostSettings, ModelDefinition, ModelEntry } from './schema-models.ts';
import { didYouMean } from './suggest.ts';

type Written = ModelDefinition & { name: string; enabled: boolean };

export interface ResolvedModel {
  spec: ModelSpec;
  host: HostSpec;
  problems: Problem[];
  warnings: string[];
}

/** One entry of a tier, completed. `where` is the place of the entry, `key` its key path. */
export function resolveModel(
  entry: ModelEntry,
  tier: TierName,
  settings: Settings,
  place: { where: string; key: string },
): ResolvedModel | { problems: Problem[] } | { leftOut: string; name: string } {
  const written: Written = typeof entry === 'string' ? { name: entry, enabled: true } : entry;
  if (!written.enabled) return { leftOut: 'enabled is false', name: written.name };
  const own = settings.models[written.name] ?? {};
  const known = catalogueEntry(written.name) ?? catalogueEntry(written.model_id ?? own.model_id ?? '');
  if (known?.retired !== undefined)
    return { leftOut: `its provider retired it: ${known.retired}`, name: written.name };
  const merged: ModelDefinition = {
    ...known,
    ...own,
    ...withoutUndefined(written),
  };

  const problems: Problem[] = [];
  const problem = (message: string, allowed?: string) =>
    problems.push({
      ...place,
      message: `${written.name}: ${message}`,
      ...(allowed === undefined ? {} : { allowed }),
    });
  const provider = merged.provider;
  if (provider === undefined) {
    const names = [...loadCatalogue().map((model) => model.name), ...Object.keys(settings.models)];
    problem(
      `not in the catalogue${didYouMean(written.name, names)}`,
      'give its provider, and its context_window, here or under models',
    );
    return { problems };
  }
  const modelId = merged.model_id ?? written.name;

  const hostSettings = merged.host === undefined ? undefined : settings.hosts[merged.host];
  if (merged.host !== undefined && hostSettings === undefined)
    problem(
      `there is no host called "${merged.host}"${didYouMean(merged.host, Object.keys(settings.hosts))}`,
      `hosts: ${Object.keys(settings.hosts).join(', ') || 'none is configured'}`,
    );
  const standard = standardServer(provider, merged.server);
  const address = merged.endpoint ?? hostSettings?.endpoint ?? settings.model_settings[standard.setting];
  const endpoint = baseUrl(address, provider);
  if (endpoint === undefined) {
    problem(`"${address}" is no address of a server`, 'http://host:port or https://host');
    return { problems };
  }
  const isStandard = endpoint === baseUrl(settings.model_settings[standard.setting], provider);
  const host =
    merged.host ??
    hostAt(endpoint, provider, settings) ??
    (isStandard ? standard.host : new URL(endpoint).host);
  const owner = ownership(merged, modelId, provider, endpoint, settings.hosts[host]);
  if (owner.problem !== undefined) problem(owner.problem);
  const warnings: string[] = [];
  if (owner.warning !== undefined) warnings.push(`${place.where}: ${written.name}: ${owner.warning}`);

  const contextWindow = merged.context_window ?? 8192;
  if (merged.context_window === undefined) {
    if (owner.selfHosted)
      warnings.push(
        `${place.where}: ${written.name}: its context_window is not known; ${contextWindow} is assumed`,
      );
    else problem('its context_window is not known', 'give context_window in tokens');
  }
  const maxTokens = merged.max_tokens ?? Math.min(4096, Math.floor(contextWindow / 2));
  const mostTokens = known?.max_output_tokens ?? contextWindow - 1;
  if (maxTokens > mostTokens)
    problem(`max_tokens ${maxTokens} is more than one answer can have`, `at most ${mostTokens}`);
  for (const { key, allowed } of withoutEffect(provider, merged))
    problem(`${key} has no effect with provider ${provider}`, allowed);
  for (const tool of isApi(provider) ? unpricedTools(modelId, merged) : [])
    problem(
      `no price is known for a use of ${tool}, so no call that offers it can be paid`,
      `cost with per_native_tool_call: { ${tool}: DOLLARS }, the most that one use may cost you`,
    );
  if (problems.length > 0) return { problems };

  return {
    problems,
    warnings,
    host: resolveHost(host, settings.hosts[host], provider, owner.selfHosted),
    spec: {
      name: written.name,
      tier,
      provider,
      modelId,
      endpoint,
      host,
      selfHosted: owner.selfHosted,
      kind: merged.kind ?? 'instruct',
      contextWindow,
      maxTokens,
      temperature: merged.temperature,
      timeouts: timeouts(merged, tier, owner.selfHosted),
      sizeGb: merged.size_gb,
      ...(merged.cache_kb_per_token === undefined
        ? {}
        : { cacheBytesPerToken: merged.cache_kb_per_token * 1024 }),
      apiKeyEnv: merged.api_key_env ?? defaultKey[provider],
      supports: {
        tools: merged.supports_tools ?? isApi(provider),
        structuredOutput: merged.supports_structured_output ?? (isApi(provider) || provider === 'ollama'),
      },
      ...(merged.effort === undefined ? {} : { effort: merged.effort }),
      ...(merged.keep_alive === undefined ? {} : { keepAlive: merged.keep_alive }),
      ...(merged.prompt_caching === undefined ? {} : { promptCaching: merged.prompt_caching }),
      ...(merged.native_tools === undefined ? {} : { nativeTools: nativeTools(merged.native_tools) }),
      ...(merged.server === undefined || provider !== 'openai-compatible' ? {} : { server: merged.server }),
      ...(merged.model_file === undefined ? {} : { modelFile: merged.model_file }),
      prices: merged.cost === undefined ? undefined : unitPrices(merged.cost),
    },
  };
}

/** What is set and only another provider heeds. */
function withoutEffect(provider: ProviderName, model: ModelDefinition): { key: string; allowed: string }[] {
  const tools = (model.native_tools?.names ?? []).filter((name) => !providerTools[provider].includes(name));
  const own = providerTools[provider].join(', ') || 'none';
  return [
    ...tools.map((name) => ({
      key: `native tool ${name}`,
      allowed: `the provider's own (${own}), or no native_tools`,
    })),
    ...(model.prompt_caching !== undefined && provider !== 'anthropic'
      ? [
          {
            key: 'prompt_caching',
            allowed: 'provider anthropic; the others cache by themselves or not at all',
          },
        ]
      : []),
    ...(model.keep_alive !== undefined && provider !== 'ollama'
      ? [{ key: 'keep_alive', allowed: 'provider ollama' }]
      : []),
  ];
}

type NativeTool = NonNullable<ModelDefinition['native_tools']>['names'][number];

/** The tools a provider runs itself; what a server on your own hardware brings is not offered to its models. */
const providerTools: Record<ProviderName, readonly NativeTool[]> = {
  openai: ['web_search', 'file_search', 'image_generation'],
  anthropic: ['web_search'],
  ollama: [],
  'openai-compatible': [],
};

/** The native tools that neither the model's own `cost` nor the price list has a fee for. */
function unpricedTools(modelId: string, { native_tools: tools, cost }: ModelDefinition): string[] {
  if (tools === undefined) return [];
  if (cost === undefined) return toolsWithoutListedFee(modelId, tools.names);
  return tools.names.filter((name) => cost.per_native_tool_call?.[name] === undefined);
}

const defaultKey: Record<ProviderName, string | undefined> = {
  ollama: undefined,
  openai: 'OPENAI_API_KEY',
  'openai-compatible': undefined,
  anthropic: 'ANTHROPIC_API_KEY',
};

function isApi(provider: ProviderName): boolean {
  return provider === 'openai' || provider === 'anthropic';
}

type EndpointSetting = keyof Settings['model_settings'];

function standardServer(
  provider: ProviderName,
  server: ModelDefinition['server'],
): { setting: EndpointSetting; host: string } {
  if (provider !== 'openai-compatible') return { setting: `${provider}_endpoint`, host: provider };
  return { setting: `${server ?? 'vllm'}_endpoint`, host: server ?? 'vllm' };
}

function hostAt(endpoint: string, provider: ProviderName, settings: Settings): string | undefined {
  return Object.entries(settings.hosts).find(
    ([, host]) => host.endpoint !== undefined && baseUrl(host.endpoint, provider) === endpoint,
  )?.[0];
}

/**
 * Whose hardware a model runs on. Decided closed: only this machine, a host the user listed (or an Ollama
 * server) on a private network, or what the user says. A public name is never the user's own by itself, and
 * neither is a model that Ollama passes on to its cloud.
 */
function ownership(
  merged: ModelDefinition,
  modelId: string,
  provider: ProviderName,
  endpoint: string,
  host: HostSettings | undefined,
): { selfHosted: boolean; problem?: string; warning?: string } {
  if (isApi(provider)) {
    if (merged.self_hosted !== true) return { selfHosted: false };
    return {
      selfHosted: false,
      problem: `provider ${provider} cannot be self_hosted; for a server of your own use openai-compatible`,
    };
  }
  if (provider === 'ollama' && isOllamaCloudModel(modelId)) {
    if (merged.self_hosted !== true) return { selfHosted: false };
    return { selfHosted: false, problem: 'runs in Ollama’s cloud and cannot be self_hosted' };
  }
  const said = merged.self_hosted ?? host?.self_hosted;
  if (said !== undefined) return { selfHosted: said };
  if (isLoopback(endpoint)) return { selfHosted: true };
  if ((host !== undefined || provider === 'ollama') && isPrivateAddress(endpoint))
    return { selfHosted: true };
  return {
    selfHosted: false,
    warning: `${endpoint} is not taken for your own hardware; if it is, list it under hosts with self_hosted: true`,
  };
}

function resolveHost(
  name: string,
  host: HostSettings | undefined,
  provider: ProviderName,
  selfHosted: boolean,
): HostSpec {
  const ownSlots = provider === 'ollama' ? 1 : 4;
  return {
    name,
    slots: host?.slots ?? (selfHosted ? ownSlots : 16),
    ...(host?.slots_per_model === undefined ? {} : { slotsPerModel: host.slots_per_model }),
    vramGb: host?.vram_gb,
    // An API has no memory of ours to fill: all its models answer side by side.
    maxLoadedModels: host?.max_loaded_models ?? (selfHosted ? (provider === 'ollama' ? 3 : 1) : 1_000),
    agingBoundMs: host?.aging_bound_ms ?? 30_000,
    ...(host?.swap === undefined ? {} : { swap: resolveSwap(host.swap) }),
  };
}

function resolveSwap(swap: NonNullable<HostSettings['swap']>): SwapSettings {
  return {
    ...(swap.start === undefined ? {} : { start: swap.start }),
    ...(swap.stop === undefined ? {} : { stop: swap.stop }),
    ...(swap.llama_swap === undefined ? {} : { llamaSwap: swap.llama_swap.replace(/\/+$/, '') }),
    timeoutMs: swap.timeout_ms,
  };
}

const defaultTimeout: Record<TierName, number> = { local_fast: 60, local_quality: 120, api_fallback: 120 };

function timeouts(merged: ModelDefinition, tier: TierName, selfHosted: boolean): ModelSpec['timeouts'] {
  const total = merged.timeout ?? defaultTimeout[tier];
  // A local server may first have to load the model, and a thinking one is silent while it thinks.
  const firstToken = selfHosted || merged.kind === 'thinking' ? total : Math.min(60, total);
  const ms = (seconds: number) => Math.round(Math.min(seconds, total) * 1000);
  return {
    connect: ms(merged.connect_timeout ?? (selfHosted ? 3 : 10)),
    firstToken: ms(merged.first_token_timeout ?? firstToken),
    idle: ms(merged.idle_timeout ?? (selfHosted ? 30 : 60)),
    total: ms(total),
  };
}

function nativeTools(
  written: NonNullable<ModelDefinition['native_tools']>,
): NonNullable<ModelSpec['nativeTools']> {
  return {
    names: written.names,
    maxCalls: written.max_calls,
    ...(written.vector_store_ids === undefined ? {} : { vectorStoreIds: written.vector_store_ids }),
  };
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;
}
