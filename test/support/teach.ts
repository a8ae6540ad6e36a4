import type { Memory } from '../../memory/types/memory.ts';
import { callEnd, callStart, newAction } from '../memory/temporary-memory.ts';

const checks = (score: number) => [
  { name: 'grounding', group: 'coherence' as const, score, hard: false, evidence: '' },
];

/** One answered prompt of the record, with a person's label of its local answer unless `good` is undefined; returns the action's id. */
export async function teach(
  memory: Memory,
  given: { prompt: string; good: boolean | undefined; score: number; at: number; type?: string },
): Promise<string> {
  const action = newAction({
    type: given.type ?? 'prompt',
    input: { prompt: given.prompt },
    createdAt: given.at,
  });
  await memory.actions.accept(action);
  const start = callStart({
    origin: { actionId: action.id },
    type: given.type ?? 'prompt',
    tier: 'local_fast',
    model: 'phi3-mini',
    reserve: 0,
    startedAt: given.at,
  });
  await memory.ledger.begin(start);
  await memory.ledger.finish(callEnd(start.callId, { cost: 0, settlement: 'free', finishedAt: given.at }));
  memory.ledger.judge({
    callId: start.callId,
    quality: given.score,
    accepted: given.score > 0.7,
    checks: checks(given.score),
    reason: '',
  });
  if (given.good === undefined) return action.id;
  await memory.labels.add({
    callId: start.callId,
    label: given.good ? 'good' : 'bad',
    source: 'feedback',
    confidence: 1,
    at: given.at,
  });
  return action.id;
}
