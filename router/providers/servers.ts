/**
 * What a model server is and what it holds: Ollama, llama.cpp, vLLM, LM Studio or another server of OpenAI's
 * protocol. Asks only for lists; no prompt is sent and no model is loaded.
 */
import type { ModelKind } from '../../config/config.ts';
import { isRecord } from './classify-error.ts';

type ServerKind = 'ollama' | 'vllm' | 'llama_cpp' | 'lm_studio' | 'openai-compatible';

export interface FoundModel {
  modelId: string;
  kind: ModelKind;
  /** Weights in GB as the server states them; undefined when it does not. */
  sizeGb: number | undefined;
  /** The longest context it can be given, in tokens. */
  contextWindow: number | undefined;
  quantization: string | undefined;
  /** `8B`, as the server words it. */
  parameters: string | undefined;
  tools: boolean;
  loaded: boolean;
}

export interface FoundServer {
  kind: ServerKind;
  /** Its base address without path and trailing slash. */
  address: string;
  version: string | undefined;
  /** Calls it takes at once, where it says so. */
  slots: number | undefined;
  models: FoundModel[];
}

export interface InspectOptions {
  /** Milliseconds one question may take; a server of this machine answers in a few. */
  timeoutMs?: number;
  apiKey?: string | undefined;
  fetch?: typeof fetch;
}

/** Undefined when no model server answers at the address (`http://host:port`, a path such as `/v1` is ignored). */
export async function inspectServer(
  url: string,
  options: InspectOptions = {},
): Promise<FoundServer | undefined> {
  const origin = URL.parse(url)?.origin;
  if (origin === undefined) return undefined;
  const ask = asker(origin, options);
  // Ollama speaks OpenAI's protocol as well, so it is asked first; LM Studio and llama.cpp likewise.
  return (await ollama(origin, ask)) ?? (await lmStudio(origin, ask)) ?? (await openAiProtocol(origin, ask));
}

type Ask = (path: string, body?: object) => Promise<Record<string, unknown> | undefined>;

function asker(origin: string, options: InspectOptions): Ask {
  return async (path, body) => {
    try {
      const response = await (options.fetch ?? fetch)(`${origin}${path}`, {
        redirect: 'error',
        signal: AbortSignal.timeout(options.timeoutMs ?? 3000),
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
        },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
      if (!response.ok) return undefined;
      const answer: unknown = await response.json();
      return isRecord(answer) ? answer : undefined;
    } catch {
      // Refused, silent, or something other than JSON: no model server that we know.
      return undefined;
    }
  };
}

async function ollama(address: string, ask: Ask): Promise<FoundServer | undefined> {
  const version = await ask('/api/version');
  if (typeof version?.version !== 'string') return undefined;
  const [tags, running] = await Promise.all([ask('/api/tags'), ask('/api/ps')]);
  const loaded = new Set(records(running?.models).map((model) => text(model.name)));
  const models = await Promise.all(
    records(tags?.models).map(async (model): Promise<FoundModel | undefined> => {
      const modelId = text(model.name) ?? text(model.model);
      if (modelId === undefined) return undefined;
      const shown = await ask('/api/show', { model: modelId });
      const capabilities = Array.isArray(shown?.capabilities) ? shown.capabilities : [];
      const details = isRecord(model.details) ? model.details : {};
      const size = number(model.size);
      return {
        modelId,
        kind: kindOf(modelId, capabilities),
        sizeGb: size === undefined ? undefined : size / 1e9,
        contextWindow: contextLength(shown?.model_info),
        quantization: text(details.quantization_level),
        parameters: text(details.parameter_size),
        tools: capabilities.includes('tools'),
        loaded: loaded.has(modelId),
      };
    }),
  );
  return {
    kind: 'ollama',
    address,
    version: version.version,
    slots: undefined,
    models: models.filter((model) => model !== undefined),
  };
}

/** The key is `<architecture>.context_length`. */
function contextLength(info: unknown): number | undefined {
  if (!isRecord(info)) return undefined;
  const entry = Object.entries(info).find(([key]) => key.endsWith('.context_length'));
  return number(entry?.[1]);
}

async function lmStudio(address: string, ask: Ask): Promise<FoundServer | undefined> {
  const list = await ask('/api/v0/models');
  if (!Array.isArray(list?.data)) return undefined;
  const models = records(list.data).flatMap((model): FoundModel[] => {
    const modelId = text(model.id);
    if (modelId === undefined) return [];
    const type = text(model.type);
    return [
      {
        modelId,
        kind: type === 'embeddings' ? 'embedding' : kindOf(modelId, []),
        sizeGb: undefined,
        contextWindow: number(model.max_context_length),
        quantization: text(model.quantization),
        parameters: undefined,
        tools: Array.isArray(model.capabilities) && model.capabilities.includes('tool_use'),
        loaded: model.state === 'loaded',
      },
    ];
  });
  return { kind: 'lm_studio', address, version: undefined, slots: undefined, models };
}

async function openAiProtocol(address: string, ask: Ask): Promise<FoundServer | undefined> {
  const list = await ask('/v1/models');
  if (!Array.isArray(list?.data)) return undefined;
  const entries = records(list.data);
  const owners = entries.map((model) => text(model.owned_by));
  const isLlamaCpp = owners.includes('llamacpp');
  const props = isLlamaCpp ? await ask('/props') : undefined;
  const settings = isRecord(props?.default_generation_settings) ? props.default_generation_settings : {};
  const isVllm = owners.includes('vllm');
  const version = isVllm ? await ask('/version') : undefined;
  const models = entries.flatMap((model): FoundModel[] => {
    const modelId = text(model.id);
    if (modelId === undefined) return [];
    const meta = isRecord(model.meta) ? model.meta : {};
    const size = number(meta.size);
    return [
      {
        modelId,
        kind: kindOf(modelId, []),
        sizeGb: size === undefined ? undefined : size / 1e9,
        // What the server was started with comes before what the model was trained for.
        contextWindow: number(settings.n_ctx) ?? number(model.max_model_len) ?? number(meta.n_ctx_train),
        quantization: undefined,
        parameters: undefined,
        tools: false,
        loaded: true,
      },
    ];
  });
  return {
    kind: isLlamaCpp ? 'llama_cpp' : isVllm ? 'vllm' : 'openai-compatible',
    address,
    version: text(version?.version),
    slots: number(props?.total_slots),
    models,
  };
}

/** By what the server says it can do, else by the name, as the model families are named. */
function kindOf(modelId: string, capabilities: readonly unknown[]): ModelKind {
  if (capabilities.includes('embedding')) return 'embedding';
  if (capabilities.includes('thinking')) return 'thinking';
  const name = modelId.toLowerCase();
  if (/embed|minilm|(^|[/_-])bge-|(^|[/_-])e5-/.test(name)) return 'embedding';
  if (capabilities.length > 0) return 'instruct';
  if (/thinking|reasoner|deepseek-r1|(^|[/_-])qwq/.test(name)) return 'thinking';
  return /(^|[-_:/])base($|[-_:.])/.test(name) ? 'base' : 'instruct';
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}
