import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import type { ModelSpec, SwapSettings } from '../../config/config.ts';
import type { LoadedModel, SwapModels } from '../residency/host-memory.ts';
import { isRecord } from './classify-error.ts';

interface ResidencyOptions {
  /** The key of a server that wants one. */
  apiKey: (model: ModelSpec) => string | undefined;
  fetch?: typeof fetch;
}

/** Changes and asks what servers hold. No prompt is sent. */
export interface Residency {
  swap: SwapModels;
  /** What the server of an Ollama model holds; undefined where it does not say within `timeoutMs`. */
  loaded(model: ModelSpec, timeoutMs: number): Promise<LoadedModel[] | undefined>;
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
  const ask = async (model: ModelSpec, url: string, timeoutMs: number, body?: object): Promise<Response> => {
    const key = options.apiKey(model);
    return await (options.fetch ?? fetch)(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
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
    await must(
      `loading ${load.name}`,
      ask(load, `${load.endpoint}/api/generate`, timeoutMs, {
        model: load.modelId,
        stream: false,
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
    const deadline = AbortSignal.timeout(swap.timeoutMs);
    for (const model of change.unload)
      if (swap.stop !== undefined) await runCommand(swap.stop, model, deadline);
    if (swap.start === undefined) return;
    await runCommand(swap.start, change.load, deadline);
    const health = `${new URL(change.load.endpoint).origin}/health`;
    for (;;) {
      const healthy = await ask(change.load, health, 5_000).then(
        async (response) => {
          await response.body?.cancel();
          return response.ok;
        },
        () => false,
      );
      if (healthy) return;
      if (deadline.aborted) throw new Error(`${health} did not answer within ${swap.timeoutMs} ms`);
      await wait(askAgainMs);
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
    async loaded(model, timeoutMs) {
      if (model.provider !== 'ollama') return undefined;
      try {
        const response = await ask(model, `${model.endpoint}/api/ps`, timeoutMs);
        const answer: unknown = response.ok ? await response.json() : undefined;
        const list = isRecord(answer) ? answer.models : undefined;
        return Array.isArray(list) ? list.filter(isRecord).flatMap(loadedModel) : undefined;
      } catch {
        return undefined;
      }
    },
  };
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
