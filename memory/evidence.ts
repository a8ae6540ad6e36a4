/** The ledger as evidence: what `swarmd learn`, `report` and `replay` read of judged answers and their labels. */
import type { Complexity, TierName } from '../config/config.ts';
import type { NanoUsd } from '../config/money.ts';
import type { LabelledAnswer } from '../router/learning/calibrate.ts';
import type { JudgedAnswer } from '../router/learning/period.ts';
import type { CheckResult } from '../router/types/assessment.ts';
import type { Store } from './database.ts';
import type { LabelRecord } from './types/labels.ts';

/** One judged answer with what it took. */
export interface JudgedCall extends JudgedAnswer {
  callId: string;
  actionId: string;
  tier: TierName;
  model: string;
  accepted: boolean;
  /** Of the call and of the critiques of its answer. */
  cost: NanoUsd;
  /** Prompt tokens of the call, cached ones included. */
  inputTokens: number;
  outputTokens: number;
  startedAt: number;
}

interface Row {
  id: string;
  action_id: string;
  type: string;
  complexity: Complexity;
  tier: TierName;
  model: string;
  accepted: number;
  quality: number;
  critique: number | null;
  checks: string | null;
  started_at: number;
  cost_nano: NanoUsd;
  input: number;
  output_tokens: number;
}

const isJudged = `
  role = 'answer' and accepted is not null and quality is not null and provider <> 'cache'
  and started_at >= @since and started_at < @until`;

/** The critiques of an answer are the critique calls of its action between it and the next answer. */
const selectCalls = `
  select id, action_id, type, complexity, tier, model, accepted, quality, critique, checks, started_at,
    input_tokens + cached_input_tokens + cache_write_tokens as input, output_tokens,
    cost_nano + coalesce((
      select sum(judge.cost_nano) from calls judge
      where judge.action_id = calls.action_id and judge.role = 'critique' and judge.seq > calls.seq
        and not exists (
          select 1 from calls later where later.action_id = calls.action_id and later.role = 'answer'
            and later.seq > calls.seq and later.seq < judge.seq)), 0) as cost_nano
  from calls where ${isJudged} order by started_at desc, seq desc limit @most`;

/** Answers that the gate judged, without cache hits, with their cost; oldest first, the newest `most` of them. */
export function judgedCalls(
  store: Store,
  window: { since: number; until: number; most?: number },
): JudgedCall[] {
  return store
    .all<Row>(selectCalls, { since: window.since, until: window.until, most: window.most ?? 50_000 })
    .map((row) => ({
      ...judged(row),
      callId: row.id,
      actionId: row.action_id,
      tier: row.tier,
      model: row.model,
      accepted: row.accepted === 1,
      cost: row.cost_nano,
      inputTokens: row.input,
      outputTokens: row.output_tokens,
      startedAt: row.started_at,
    }))
    .reverse();
}

type AnswerRow = Pick<Row, 'type' | 'complexity' | 'tier' | 'quality' | 'critique' | 'checks'>;

/** The same without what they cost: cheap enough for the daemon's own thread. Newest first. */
export function judgedAnswers(
  store: Store,
  window: { since: number; until: number; most: number },
): JudgedAnswer[] {
  return store
    .all<AnswerRow>(
      `select type, complexity, tier, quality, critique, checks from calls where ${isJudged}
       order by started_at desc limit @most`,
      window,
    )
    .map(judged);
}

/** The oldest of them, and from when on the others began. */
export function firstAnswers(
  store: Store,
  window: { since: number; until: number; most: number },
): { answers: JudgedAnswer[]; until: number } {
  const rows = store.all<AnswerRow & Pick<Row, 'started_at'>>(
    `select type, complexity, tier, quality, critique, checks, started_at from calls where ${isJudged}
     order by started_at limit @most`,
    window,
  );
  return { answers: rows.map(judged), until: (rows.at(-1)?.started_at ?? window.since) + 1 };
}

function judged(row: AnswerRow): JudgedAnswer {
  return {
    type: row.type,
    complexity: row.complexity,
    quality: row.quality,
    critique: row.critique ?? undefined,
    // What `judgeCall` wrote; nobody else writes the column.
    checks: row.checks === null ? [] : (JSON.parse(row.checks) as CheckResult[]),
  };
}

/** A label less sure than this says too little to learn from. */
const leastConfidence = 0.6;

/**
 * Labels as a calibration learns from them. Left out: what the gate never asks a calibration about (answers with
 * a hard failure, answers out of the cache), and `wrong_tier`, which says nothing of the answer.
 */
export function labelledAnswers(labels: readonly LabelRecord[]): LabelledAnswer[] {
  return labels.flatMap((label) => {
    const { checks } = label;
    if (label.label === 'wrong_tier' || label.confidence < leastConfidence) return [];
    if (checks === null || checks.length === 0 || checks.some((check) => check.hard)) return [];
    return [
      {
        type: label.type,
        checks,
        critique: label.critique ?? undefined,
        good: label.label === 'good',
        confidence: label.confidence,
      },
    ];
  });
}

/** What is known of one action: whether a local answer to it was good, and whether the API's was. */
export interface LabelledPrompt {
  actionId: string;
  type: string;
  weakCorrect: boolean;
  strongCorrect: boolean | undefined;
}

/** Prompts of which it is known whether a local model can answer them, in the order of their labels. */
export function labelledPrompts(labels: readonly LabelRecord[]): LabelledPrompt[] {
  const byAction = Map.groupBy(
    labels.filter((label) => label.confidence >= leastConfidence),
    (label) => label.actionId,
  );
  return [...byAction].flatMap(([actionId, own]) => {
    const local = own.filter((label) => label.tier !== 'api_fallback');
    const api = own.filter((label) => label.tier === 'api_fallback');
    const weakCorrect =
      goodOf(local) ?? (api.some((label) => label.label === 'wrong_tier') ? true : undefined);
    const first = own[0];
    if (weakCorrect === undefined || first === undefined) return [];
    // An answer that escalation compared with: the gate accepted it, and the label says it was trusted.
    const trusted = local.some((label) => label.source === 'escalation') ? true : undefined;
    const strongCorrect = goodOf(api) ?? (api.length > 0 ? true : trusted);
    return [{ actionId, type: first.type, weakCorrect, strongCorrect }];
  });
}

/** One good answer shows that the tier can do it; a local answer of the wrong tier was too weak. */
function goodOf(labels: readonly LabelRecord[]): boolean | undefined {
  if (labels.some((label) => label.label === 'good')) return true;
  const poor = labels.some(
    (label) => label.label === 'bad' || (label.label === 'wrong_tier' && label.tier !== 'api_fallback'),
  );
  return poor ? false : undefined;
}
