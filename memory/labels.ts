/** What is known of answers' truth, as `swarmd learn` and `swarmd report` read it. */
import type { CheckResult } from '../router/types/assessment.ts';
import type { Store } from './database.ts';
import type { ActionRecord } from './types/actions.ts';
import type { CallRecord } from './types/calls.ts';
import type { LabelFilter, LabelRecord, LabelTally, NewLabel } from './types/labels.ts';

/** The features are those of the call's row: what the gate saw, whenever the label comes. */
const putLabel = `
  insert into labels (call_id, action_id, type, complexity, tier, model, label, source, confidence, quality, accepted,
    critique, at, note, checks)
  select id, action_id, type, complexity, tier, model, @label, @source, @confidence, quality, accepted, critique, @at,
    @note, checks
  from calls where id = @call_id and role = 'answer'
  on conflict (call_id, source) do update set label = excluded.label, confidence = excluded.confidence,
    quality = excluded.quality, accepted = excluded.accepted, critique = excluded.critique, at = excluded.at,
    note = excluded.note, checks = excluded.checks`;

/** Adds a label, or replaces the one this source gave this answer before. False: no such answer in the ledger. */
export function addLabel(store: Store, label: NewLabel): boolean {
  return (
    store.run(putLabel, {
      call_id: label.callId,
      label: label.label,
      source: label.source,
      confidence: Math.min(1, Math.max(0.5, label.confidence)),
      at: label.at,
      note: label.note?.toWellFormed() ?? null,
    }).changes > 0
  );
}

interface LabelRow {
  call_id: string;
  action_id: string;
  type: string;
  complexity: LabelRecord['complexity'];
  tier: LabelRecord['tier'];
  model: string;
  label: LabelRecord['label'];
  source: LabelRecord['source'];
  confidence: number;
  quality: number | null;
  accepted: number | null;
  critique: number | null;
  at: number;
  note: string | null;
  checks: string | null;
}

const columns = `
  call_id, action_id, type, complexity, tier, model, label, source, confidence, quality, accepted, critique, at, note,
  checks`;
const filtered = `
  where (@since is null or at >= @since) and (@until is null or at < @until) and (@type is null or type = @type)
    and (@source is null or source = @source)
    and (@action_id is null or action_id = @action_id)`;
const selectLabels = `select ${columns} from labels ${filtered} order by at, call_id, source limit @limit`;
const selectAnswers = `select ${columns} from labelled_answers ${filtered} order by at, call_id limit @limit`;

/** Oldest first. `each: 'answer'` gives one label an answer, the surest of several. */
export function listLabels(store: Store, filter: LabelFilter = {}): LabelRecord[] {
  const rows = store.all<LabelRow>(filter.each === 'answer' ? selectAnswers : selectLabels, {
    since: filter.since ?? null,
    until: filter.until ?? null,
    type: filter.type ?? null,
    source: filter.source ?? null,
    action_id: filter.actionId ?? null,
    limit: filter.limit ?? -1,
  });
  return rows.map((row) => ({
    callId: row.call_id,
    actionId: row.action_id,
    type: row.type,
    complexity: row.complexity,
    tier: row.tier,
    model: row.model,
    label: row.label,
    source: row.source,
    confidence: row.confidence,
    quality: row.quality,
    accepted: row.accepted === null ? null : row.accepted === 1,
    critique: row.critique,
    at: row.at,
    note: row.note,
    // What `judgeCall` wrote; nobody else writes the column.
    checks: row.checks === null ? null : (JSON.parse(row.checks) as CheckResult[]),
  }));
}

/** How many labels of each kind each source gave. */
export function tallyLabels(store: Store, since: number, until: number): LabelTally[] {
  return store.all<LabelTally>(
    `select source, label, count(*) as count from labels where at >= ? and at < ?
     group by source, label order by source, label`,
    since,
    until,
  );
}

/**
 * The call whose answer an action returned: the accepted one, else of the judged ones that which the action names
 * (a degraded answer). Undefined for an action without an answer of its own.
 */
export function answerCall(
  action: Pick<ActionRecord, 'model' | 'quality'>,
  calls: readonly CallRecord[],
): CallRecord | undefined {
  const answers = calls.filter((call) => call.role === 'answer' && call.accepted !== null);
  return (
    answers.findLast((call) => call.accepted === true) ??
    answers.findLast((call) => call.model === action.model && call.quality === action.quality)
  );
}
