import type { Config, ModelSpec } from '../../config/config.ts';
import type { CheckInput } from '../../router/checks/check.ts';
import { parseJsonAnswer } from '../../router/checks/json.ts';
import type { Attempt } from '../../router/types/assessment.ts';
import type { CallModel, Generation } from '../../router/types/call.ts';
import type { Candidate, Request } from '../../router/types.ts';

/** Values the tests of the quality gate share: a model, a request, a generation, a configuration of the gate. */

export function model(name: string, selfHosted: boolean, more: Partial<ModelSpec> = {}): ModelSpec {
  return {
    name,
    tier: selfHosted ? 'local_fast' : 'api_fallback',
    provider: selfHosted ? 'ollama' : 'openai',
    modelId: name,
    endpoint: 'http://127.0.0.1:1',
    host: selfHosted ? 'gpu' : 'cloud',
    selfHosted,
    kind: 'instruct',
    contextWindow: 8192,
    maxTokens: 2048,
    temperature: undefined,
    timeouts: { connect: 1000, firstToken: 1000, idle: 1000, total: 1000 },
    sizeGb: undefined,
    apiKeyEnv: undefined,
    prices: undefined,
    supports: { tools: true, structuredOutput: true },
    ...more,
  };
}

export function candidate(name: string, selfHosted = true, more: Partial<ModelSpec> = {}): Candidate {
  return { model: model(name, selfHosted, more), reason: 'test' };
}

export function request(userText: string, more: Partial<Request> = {}): Request {
  return {
    origin: { actionId: 'a1' },
    type: 'prompt',
    messages: [{ role: 'user', content: userText }],
    userText,
    privacy: 'any',
    qualityThreshold: 0.7,
    mustPass: false,
    critical: false,
    deadlineAt: 60_000,
    priority: 5,
    cacheable: true,
    ...more,
  };
}

export function generation(text: string, more: Partial<Generation> = {}): Generation {
  return {
    text,
    reasoning: '',
    toolCalls: [],
    finishReason: 'stop',
    usage: {
      inputTokens: 10,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: 10,
      reasoningTokens: 0,
      nativeToolCalls: {},
      reported: true,
    },
    timing: { firstTokenMs: 1, loadMs: undefined },
    ...more,
  };
}

export const settings: Config['qualityChecks'] = {
  minResponseLength: 20,
  checkHallucinations: true,
  validateJson: true,
  checkRefusals: true,
  selfCritiqueThreshold: 0.7,
  selfCritiqueApi: false,
  selfCritiqueSamples: 1,
  audit: { share: 0, dailyBudget: 0 },
};

/** As much of a configuration as the gate reads; the rest of it plays no part in judging an answer. */
export function config(
  more: { qualityChecks?: Partial<Config['qualityChecks']>; selfCritique?: boolean } = {},
): Config {
  const partial: Pick<Config, 'qualityChecks' | 'actionTypes'> & { routing: Partial<Config['routing']> } = {
    qualityChecks: { ...settings, ...more.qualityChecks },
    actionTypes: {},
    routing: { enableSelfCritique: more.selfCritique ?? true, maxFallbackAttempts: 2, qualityThreshold: 0.7 },
  };
  return partial as Config;
}

export function checkInput(task: string, answer: string, more: Partial<Request> = {}): CheckInput {
  const asked = request(task, more);
  const text = answer.trim();
  return {
    request: asked,
    generation: generation(answer),
    text,
    parsed: asked.schema === undefined ? undefined : parseJsonAnswer(text),
    settings,
  };
}

/** A `CallModel` that answers from a list, in order, and records what it was asked. */
export function scripted(replies: readonly string[]): { call: CallModel; calls: Parameters<CallModel>[0][] } {
  const calls: Parameters<CallModel>[0][] = [];
  const call: CallModel = async (asked): Promise<Attempt> => {
    const reply = replies[calls.length];
    calls.push(asked);
    if (reply === undefined) {
      return {
        kind: 'failed',
        candidate: asked.candidate,
        callId: undefined,
        error: { class: 'budget', message: 'daily budget reached', retryable: false },
        cost: 0,
      };
    }
    return {
      kind: 'answered',
      candidate: asked.candidate,
      callId: `c${calls.length}`,
      generation: generation(reply),
      cost: 5,
      latencyMs: 1,
    };
  };
  return { call, calls };
}
