import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import type { HostSpec, ModelSpec, SwapSettings } from '../../config/config.ts';
import type { LoadedModel, SwapModels } from '../residency/host-memory.ts';
import { isRecord } from './classify-error.ts';

interface ResidencyOptions {
  /** The key of a server that wants one. */
  apiKey: (model: ModelSpec) => string | undefined;
  fetch?: typeof fetch;
  /** Ends whatever is under way: a server's loading must not keep a stopped daemon alive. */
  signal: AbortSignal;
}

/** Changes and asks what servers hold. No prompt is sent. */
export interface Residency {
  swap: SwapModels;
  /** Which of its models a host holds; undefined where nobody says so within `timeoutMs`. */
  loaded(host: HostSpec, models: readonly ModelSpec[], timeoutMs: number): Promise<LoadedModel[] | undefined>;
}

/** Where nothing else is configured; the largest models of a machine take minutes from a slow disk. */
const loadTimeoutMs = 300_000;
const askAgainMs = 250;

/**
 * Swaps made by ourselves, so that they happen when we say and are timed: Ollama by a request without a prompt
 * (which loads, or with `keep_alive: 0` unloads), llama-swap by its own endpoints, other servers by the host's
 * start and stop commands. A server with none of these is left to itself.
 */
export function createResidency(options: ResidencyOptions): Residency {
  const within = (ms: number): AbortSignal => AbortSignal.any([AbortSignal.timeout(ms), options.signal]);
  const ask = async (model: ModelSpec, url: string, timeoutMs: number, body?: object): Promise<Response> => {
    const key = options.apiKey(model);
    return await (options.fetch ?? fetch)(url, {
      redirect: 'error',
      signal: within(timeoutMs),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
  };
  const must = async (what: string, answer: Promise<Response>): Promise<void> => {
    const response = await answer;
    const text = await response.text();
    if (!response.ok) throw new Error(`${what}: HTTP ${response.status} ${text.slice(0, 200)}`);
  };

  async function swapOllama(change: Parameters<SwapModels>[0]): Promise<void> {
    const { load, contextTokens, unload } = change;
    const timeoutMs = change.host.swap?.timeoutMs ?? loadTimeoutMs;
    for (const model of unload) {
      const body = { model: model.modelId, keep_alive: 0, stream: false };
      await must(`unloading ${model.name}`, ask(model, `${model.endpoint}/api/generate`, timeoutMs, body));
    }
    // A model that only embeds refuses /api/generate; nothing to embed loads it.
    const embeds = load.kind === 'embedding';
    await must(
      `loading ${load.name}`,
      ask(load, `${load.endpoint}${embeds ? '/api/embed' : '/api/generate'}`, timeoutMs, {
        model: load.modelId,
        ...(embeds ? { input: [] } : { stream: false }),
        ...(load.keepAlive === undefined ? {} : { keep_alive: load.keepAlive }),
        ...(contextTokens === undefined ? {} : { options: { num_ctx: contextTokens } }),
      }),
    );
  }

  async function swapByLlamaSwap(change: Parameters<SwapModels>[0], swap: SwapSettings): Promise<void> {
    const { load, unload } = change;
    for (const model of unload) {
      const url = `${swap.llamaSwap}/api/models/unload/${encodeURIComponent(model.modelId)}`;
      // One it stopped by itself meanwhile is no reason not to go on.
      await must(`unloading ${model.name}`, ask(model, url, swap.timeoutMs, {})).catch(() => {});
    }
    // It starts the model's server for whatever is asked of it, and passes on once that answers.
    const url = `${swap.llamaSwap}/upstream/${encodeURIComponent(load.modelId)}/health`;
    await must(`loading ${load.name}`, ask(load, url, swap.timeoutMs));
  }

  async function swapByCommands(change: Parameters<SwapModels>[0], swap: SwapSettings): Promise<void> {
    const deadline = within(swap.timeoutMs);
    for (const model of change.unload)
      if (swap.stop !== undefined) await runCommand(swap.stop, model, deadline);
    if (swap.start === undefined) return;
    await runCommand(swap.start, change.load, deadline);
    for (;;) {
      if (await isHealthy(change.load, 5_000)) return;
      if (deadline.aborted)
        throw new Error(`${healthOf(change.load)} did not answer within ${swap.timeoutMs} ms`);
      await wait(askAgainMs);
    }
  }

  async function isHealthy(model: ModelSpec, timeoutMs: number): Promise<boolean> {
    try {
      const response = await ask(model, healthOf(model), timeoutMs);
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  /** The list under `key` of what the server of `model` answers; undefined when it answers anything else. */
  async function list(
    model: ModelSpec,
    url: string,
    key: string,
    timeoutMs: number,
  ): Promise<Record<string, unknown>[] | undefined> {
    try {
      const response = await ask(model, url, timeoutMs);
      const answer: unknown = response.ok ? await response.json() : undefined;
      const found = isRecord(answer) ? answer[key] : undefined;
      return Array.isArray(found) ? found.filter(isRecord) : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    swap: (change) => {
      const { swap } = change.host;
      if (!change.load.selfHosted) return undefined;
      if (swap?.llamaSwap !== undefined) return swapByLlamaSwap(change, swap);
      if (swap?.start !== undefined || swap?.stop !== undefined) return swapByCommands(change, swap);
      return change.load.provider === 'ollama' ? swapOllama(change) : undefined;
    },
    async loaded({ swap }, models, timeoutMs) {
      const own = models.filter((model) => model.selfHosted);
      const [first] = own;
      if (first === undefined) return undefined;
      if (swap?.llamaSwap !== undefined) {
        const running = await list(first, `${swap.llamaSwap}/running`, 'running', timeoutMs);
        return running?.filter((entry) => entry.state === 'ready').flatMap(loadedModel);
      }
      if (swap?.start !== undefined || swap?.stop !== undefined) {
        const healthy = await Promise.all(own.map((model) => isHealthy(model, timeoutMs)));
        return own
          .filter((_, index) => healthy[index])
          .map(({ modelId }) => ({ modelId, sizeGb: undefined, contextTokens: undefined }));
      }
      if (first.provider !== 'ollama') return undefined;
      return (await list(first, `${first.endpoint}/api/ps`, 'models', timeoutMs))?.flatMap(loadedModel);
    },
  };
}

function healthOf(model: ModelSpec): string {
  return `${new URL(model.endpoint).origin}/health`;
}

function loadedModel(entry: Record<string, unknown>): LoadedModel[] {
  const modelId = entry.model ?? entry.name;
  if (typeof modelId !== 'string') return [];
  const size = typeof entry.size_vram === 'number' ? entry.size_vram : undefined;
  return [
    {
      modelId,
      sizeGb: size === undefined ? undefined : size / 1e9,
      contextTokens: typeof entry.context_length === 'number' ? entry.context_length : undefined,
    },
  ];
}

async function runCommand(
  command: readonly string[],
  model: ModelSpec,
  deadline: AbortSignal,
): Promise<void> {
  const [program = '', ...args] = command.map((part) =>
    part.replaceAll('{model}', model.name).replaceAll('{model_id}', model.modelId),
  );
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], signal: deadline });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk}`.slice(-300);
  });
  // `exit`, not `close`: a server started in the background may keep our end of stderr open for ever.
  const status = await new Promise<number | string | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, killedBy) => resolve(code ?? killedBy));
  });
  child.stderr.destroy();
  if (status !== 0) throw new Error(`${program} for ${model.name} ended with ${status}: ${complaint.trim()}`);
}
