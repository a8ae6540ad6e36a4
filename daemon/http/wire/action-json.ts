import type { ActionError, ActionRecord, ActionSummary } from '../../../memory/types/actions.ts';
import { iso, usd } from './units.ts';

export interface ActionJson {
  id: string;
  title?: string;
  type: string;
  status: string;
  waiting_for: string | null;
  client: string | null;
  agent: string | null;
  parent_id: string | null;
  root_id: string;
  depth: number;
  privacy: string;
  priority: number;
  attempts: number;
  attempts_made: number;
  crashes: number;
  budget_usd: number | null;
  tags: readonly string[];
  complexity: string | null;
  tier: string | null;
  model: string | null;
  quality: number | null;
  cost_usd: number | null;
  /** Of a root: its whole tree. */
  tree_cost_usd: number | null;
  degraded: string | null;
  cached: boolean;
  reason: string | null;
  error: ActionError | null;
  created_at: string | null;
  run_at: string | null;
  deadline_at: string | null;
  started_at: string | null;
  finished_at: string | null;
  /** From acceptance to the end, waiting included. */
  duration_ms: number | null;
  input?: Record<string, unknown>;
  answer?: string | null;
}

export function actionJson(action: ActionSummary | ActionRecord): ActionJson {
  return {
    id: action.id,
    ...('title' in action ? { title: action.title } : {}),
    type: action.type,
    status: action.status,
    waiting_for: action.waitingFor,
    client: action.client ?? null,
    agent: action.agent ?? null,
    parent_id: action.parentId ?? null,
    root_id: action.rootId,
    depth: action.depth,
    privacy: action.privacy,
    priority: action.priority,
    attempts: action.attempts,
    attempts_made: action.attemptsMade,
    crashes: action.crashes,
    budget_usd: usd(action.budget),
    tags: action.tags,
    complexity: action.complexity,
    tier: action.tier,
    model: action.model,
    quality: action.quality,
    cost_usd: usd(action.cost),
    tree_cost_usd: action.parentId === undefined ? usd(action.treeCost) : null,
    degraded: action.degraded,
    cached: action.cached,
    reason: action.reason,
    error: action.error,
    created_at: iso(action.createdAt),
    run_at: iso(action.runAt),
    deadline_at: iso(action.deadlineAt),
    started_at: iso(action.startedAt),
    finished_at: iso(action.finishedAt),
    duration_ms: action.finishedAt === null ? null : action.finishedAt - action.createdAt,
    ...('input' in action ? { input: action.input, answer: action.answer } : {}),
  };
}

export type ResultJson = Pick<
  ActionJson,
  | 'id'
  | 'type'
  | 'status'
  | 'complexity'
  | 'tier'
  | 'model'
  | 'quality'
  | 'cost_usd'
  | 'tree_cost_usd'
  | 'degraded'
  | 'cached'
  | 'reason'
  | 'error'
  | 'finished_at'
  | 'duration_ms'
> & { answer: string | null };

/** What a caller waits for: the answer with tier, model, quality, cost and why (promise 4). */
export function resultJson(action: ActionRecord): ResultJson {
  const all = actionJson(action);
  return {
    id: all.id,
    type: all.type,
    status: all.status,
    complexity: all.complexity,
    tier: all.tier,
    model: all.model,
    quality: all.quality,
    cost_usd: all.cost_usd,
    tree_cost_usd: all.tree_cost_usd,
    degraded: all.degraded,
    cached: all.cached,
    reason: all.reason,
    answer: action.answer,
    error: all.error,
    finished_at: all.finished_at,
    duration_ms: all.duration_ms,
  };
}
