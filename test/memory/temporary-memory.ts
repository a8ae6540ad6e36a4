import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openMemory } from '../../memory/memory.ts';
import type { NewAction } from '../../memory/types/actions.ts';
import type { Memory, MemoryOptions } from '../../memory/types/memory.ts';
import type { CallEnd, CallStart } from '../../router/types/call.ts';

export const noon = Date.UTC(2026, 10, 21, 12);

/** A directory that is gone after the test. */
export function temporaryDirectory(test: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'swarmd-memory-'));
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A memory on a real file, closed after the test; its clock is `clock.now`. */
export async function temporaryMemory(
  test: TestContext,
  options: Partial<MemoryOptions> & { limits?: Partial<MemoryOptions['budget']> } = {},
): Promise<{ memory: Memory; clock: { now: number }; errors: Error[]; path: string }> {
  const clock = { now: noon };
  const errors: Error[] = [];
  const { limits, ...rest } = options;
  const path = options.path ?? join(temporaryDirectory(test), 'memory.db');
  const memory = await openMemory({
    budget: { dailyBudget: 0, monthlyBudget: 0, dailyApiCalls: 0, timeZone: 'UTC', ...limits },
    cacheTtlMs: 3_600_000,
    usageLogPath: undefined,
    now: () => clock.now,
    onError: (error) => errors.push(error),
    ...rest,
    path,
  });
  test.after(() => memory.close());
  return { memory, clock, errors, path };
}

export function newAction(fields: Partial<NewAction> = {}): NewAction {
  return {
    id: `action-${Math.random().toString(36).slice(2)}`,
    type: 'prompt',
    input: { prompt: 'Say hello' },
    client: undefined,
    agent: undefined,
    parentId: undefined,
    idempotencyKey: undefined,
    queueJob: undefined,
    privacy: 'any',
    priority: 5,
    attempts: 3,
    budget: undefined,
    deadlineAt: undefined,
    runAt: undefined,
    tags: [],
    createdAt: noon,
    ...fields,
  };
}

let calls = 0;

export function callStart(fields: Partial<CallStart> = {}): CallStart {
  calls += 1;
  return {
    callId: `call-${process.pid}-${calls}`,
    origin: { actionId: 'no-action' },
    role: 'answer',
    type: 'prompt',
    complexity: 'simple',
    tier: 'api_fallback',
    provider: 'openai',
    model: 'gpt-4o',
    modelId: 'gpt-4o-2024',
    reserve: 100,
    prices: undefined,
    startedAt: noon,
    ...fields,
  };
}

export function callEnd(callId: string, fields: Partial<CallEnd> = {}): CallEnd {
  return {
    callId,
    outcome: 'ok',
    usage: {
      inputTokens: 10,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: 5,
      reasoningTokens: 0,
      nativeToolCalls: {},
      reported: true,
    },
    cost: 60,
    settlement: 'settled',
    latencyMs: 12,
    firstTokenMs: 3,
    loadMs: undefined,
    finishedAt: noon + 12,
    ...fields,
  };
}
