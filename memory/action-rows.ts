import type { Complexity, TierName } from '../config/config.ts';
import type { NanoUsd } from '../config/money.ts';
import type { Privacy, RouteTrail } from '../router/types.ts';
import type { ActionError, ActionRecord, ActionStatus, ActionSummary } from './types/actions.ts';

export interface SummaryRow {
  id: string;
  type: string;
  status: ActionStatus;
  parent_id: string | null;
  root_id: string;
  depth: number;
  client: string | null;
  agent: string | null;
  idempotency_key: string | null;
  queue_job: string | null;
  privacy: Privacy;
  priority: number;
  attempts: number;
  attempts_made: number;
  crashes: number;
  fence: number;
  waiting_for: string | null;
  budget_nano: NanoUsd | null;
  cost_nano: NanoUsd;
  tree_cost_nano: NanoUsd;
  deadline_at: number | null;
  run_at: number | null;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  complexity: Complexity | null;
  tier: TierName | null;
  model: string | null;
  quality: number | null;
  degraded: string | null;
  cached: number;
  reason: string | null;
  title: string;
  tags: string;
  error: string | null;
}

export interface ActionRow extends SummaryRow {
  input: string;
  state: string | null;
  answer: string | null;
  trail: string | null;
}

type Shared = Omit<ActionRecord, 'input' | 'answer' | 'trail' | 'state'>;

function shared(row: SummaryRow): Shared {
  return {
    id: row.id,
    type: row.type,
    status: row.status,
    parentId: row.parent_id ?? undefined,
    rootId: row.root_id,
    depth: row.depth,
    client: row.client ?? undefined,
    agent: row.agent ?? undefined,
    idempotencyKey: row.idempotency_key,
    queueJob: row.queue_job,
    privacy: row.privacy,
    priority: row.priority,
    attempts: row.attempts,
    attemptsMade: row.attempts_made,
    crashes: row.crashes,
    fence: row.fence,
    waitingFor: row.waiting_for,
    budget: row.budget_nano ?? undefined,
    cost: row.cost_nano,
    treeCost: row.tree_cost_nano,
    deadlineAt: row.deadline_at ?? undefined,
    runAt: row.run_at ?? undefined,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    complexity: row.complexity,
    tier: row.tier,
    model: row.model,
    quality: row.quality,
    degraded: row.degraded,
    cached: row.cached === 1,
    reason: row.reason,
    tags: JSON.parse(row.tags) as string[],
    error: parseOrNull<ActionError>(row.error),
  };
}

export function toSummary(row: SummaryRow): ActionSummary {
  return { ...shared(row), title: row.title };
}

export function toRecord(row: ActionRow): ActionRecord {
  return {
    ...shared(row),
    input: JSON.parse(row.input) as Record<string, unknown>,
    state: parseOrNull<Record<string, unknown>>(row.state),
    answer: row.answer,
    trail: parseOrNull<RouteTrail>(row.trail),
  };
}

/** Only what this program wrote itself is parsed here; it was validated when it came in. */
function parseOrNull<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}

/** The first 120 characters of what was asked, on one line, without control characters. */
export function titleOf(input: Record<string, unknown>): string {
  const asked = input.prompt ?? input.objective ?? lastUserMessage(input.messages) ?? input.input ?? '';
  const text = typeof asked === 'string' ? asked.slice(0, 1000) : JSON.stringify(asked).slice(0, 1000);
  // Letters of two code units stay whole, so that no half of one is stored.
  return [...text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim()].slice(0, 120).join('').toWellFormed();
}

function lastUserMessage(messages: unknown): unknown {
  if (!Array.isArray(messages)) return undefined;
  const user: { content?: unknown } | undefined = messages.findLast(
    (message: { role?: unknown }) => message?.role === 'user',
  );
  return user?.content;
}
