import type { CheckInput } from '../checks/check.ts';
import { checkLength } from '../checks/completeness.ts';
import { checkEcho } from '../checks/echo.ts';
import { checkEmpty } from '../checks/empty.ts';
import { checkRefusal } from '../checks/refusal.ts';
import { checkRepetition } from '../checks/repetition.ts';
import { checkTruncated } from '../checks/truncated.ts';
import type { CheckResult } from '../types/assessment.ts';
import type { Generation } from '../types/call.ts';
import type { Request } from '../types.ts';

/** A request that nobody will send: as much of one as classification and checks read. */
export function offlineRequest(prompt: string, type: string, sourceText: string | undefined): Request {
  return {
    origin: { actionId: 'recorded' },
    type,
    messages: [{ role: 'user', content: prompt }],
    userText: prompt,
    ...(sourceText === undefined ? {} : { sourceText }),
    privacy: 'any',
    qualityThreshold: 0.7,
    mustPass: false,
    critical: false,
    deadlineAt: Number.POSITIVE_INFINITY,
    priority: 5,
    cacheable: false,
  };
}

/** A recorded answer as a call would have given it: without tools, ended by itself. */
export function generationOf(response: string): Generation {
  return {
    text: response,
    reasoning: '',
    toolCalls: [],
    finishReason: 'stop',
    usage: {
      inputTokens: 0,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      nativeToolCalls: {},
      reported: false,
    },
    timing: { firstTokenMs: undefined, loadMs: undefined },
  };
}

/** A recorded answer as the checks see it: no schema, no tools, no finish reason are known. */
export function inputOf(prompt: string, response: string): CheckInput {
  return {
    request: offlineRequest(prompt, 'prompt', undefined),
    generation: generationOf(response),
    text: response.trim(),
    parsed: undefined,
    settings: {
      minResponseLength: 20,
      checkHallucinations: true,
      validateJson: true,
      checkRefusals: true,
      selfCritiqueThreshold: 0.7,
      selfCritiqueApi: false,
      selfCritiqueSamples: 1,
      audit: { share: 0, dailyBudget: 0 },
    },
  };
}

/** The checks of a recorded answer. None of them ends the list: a fitted model weighs them all. */
export function checksOf(prompt: string, response: string): CheckResult[] {
  const input = inputOf(prompt, response);
  return [checkEmpty, checkRefusal, checkTruncated, checkLength, checkEcho, checkRepetition].flatMap(
    (check) => check(input) ?? [],
  );
}
