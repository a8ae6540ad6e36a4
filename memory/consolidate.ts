import { SwarmdError } from '../config/errors.ts';
import { visibleEntry } from './curate.ts';
import type { Store } from './database.ts';
import { type EntryRow, entryColumns, toEntry } from './entry-rows.ts';
import type { Entry } from './types/entries.ts';

/**
 * Consolidation finds entries that say nearly the same to the same readers and proposes to keep one of them.
 * Nothing changes until a person, or a policy in its own name, approves.
 */
export interface Proposal {
  id: number;
  kind: 'near_duplicate';
  keep: number;
  drop: number[];
  reason: string;
  status: 'open' | 'approved' | 'rejected';
}

interface ProposalRow {
  id: number;
  kind: 'near_duplicate';
  keep_id: number;
  drop_ids: string;
  reason: string;
  status: Proposal['status'];
}

/** Share of words two texts must have in common (Jaccard). */
const alike = 0.75;
/** Entries compared with each other at once. */
const groupAtMost = 300;

/** Looks for proposals around one entry, the newest entries, or all; returns the new ones. */
export function propose(
  store: Store,
  input: { scope: { id: number } | 'recent' | 'all'; now: number },
): Proposal[] {
  const groups = store.all<{ topic: string | null; type: string }>(
    `select topic, type from (
       select topic, type, max(id) as newest, count(*) as count from entries
       where status = 'active' and type not in ('c', 'a', 'M', 'R', 'P') ${conditionOf(input.scope)}
       group by topic, type) order by newest desc`,
    ...(typeof input.scope === 'object' ? [{ id: input.scope.id }] : []),
  );
  const made: Proposal[] = [];
  for (const { topic, type } of groups) {
    const entries = store
      .all<EntryRow>(
        `select ${entryColumns} from entries where entries.topic is @topic and type = @type and status = 'active'
         order by entries.id desc limit @limit`,
        { topic, type, limit: groupAtMost },
      )
      .map(toEntry);
    for (const cluster of clusters(entries)) {
      const proposal = record(store, cluster, input.now);
      if (proposal !== undefined) made.push(proposal);
    }
  }
  return made;
}

function conditionOf(scope: { id: number } | 'recent' | 'all'): string {
  if (scope === 'all') return '';
  if (scope === 'recent') return 'and id > (select max(id) - 500 from entries)';
  return 'and (topic, type) is (select topic, type from entries where id = @id)';
}

/** Entries alike in words and equal in readers; the newest leads each cluster. */
function clusters(entries: readonly Entry[]): Entry[][] {
  const left = entries.map((entry) => ({ entry, words: wordsOf(entry) }));
  const found: Entry[][] = [];
  while (left.length > 0) {
    const first = left.shift();
    if (first === undefined) break;
    const cluster = [first.entry];
    for (let index = left.length - 1; index >= 0; index -= 1) {
      const other = left[index];
      if (other === undefined || !sameReaders(first.entry, other.entry)) continue;
      if (likeness(first.words, other.words) < alike) continue;
      cluster.push(other.entry);
      left.splice(index, 1);
    }
    if (cluster.length > 1) found.push(cluster);
  }
  return found;
}

/** Merging must never show a text to somebody who could not see it before. */
function sameReaders(a: Entry, b: Entry): boolean {
  return (
    a.visibility === b.visibility &&
    a.scope === b.scope &&
    a.chatId === b.chatId &&
    a.role === b.role &&
    a.project === b.project &&
    a.client === b.client &&
    a.taskId === b.taskId &&
    // Two decisions that choose differently are a conflict, not a duplicate.
    (a.choice ?? '').toLowerCase() === (b.choice ?? '').toLowerCase()
  );
}

function wordsOf(entry: Entry): Set<string> {
  return new Set(entry.text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
}

function likeness(a: Set<string>, b: Set<string>): number {
  let both = 0;
  for (const word of a) if (b.has(word)) both += 1;
  const either = a.size + b.size - both;
  return either === 0 ? 0 : both / either;
}

function record(store: Store, cluster: readonly Entry[], now: number): Proposal | undefined {
  const [keep, ...drop] = cluster.toSorted((a, b) => rank(b) - rank(a) || b.id - a.id);
  if (keep === undefined) return undefined;
  const ids = JSON.stringify(drop.map((entry) => entry.id).sort((a, b) => a - b));
  const known = store.get(
    `select 1 from proposals where keep_id = @keep and drop_ids = @ids and status in ('open', 'rejected')`,
    { keep: keep.id, ids },
  );
  if (known !== undefined) return undefined;
  const reason = `${drop.length + 1} entries of the topic ${keep.topic ?? 'general'} share at least ${alike * 100} % of their words`;
  const { lastInsertRowid } = store.run(
    `insert into proposals (kind, keep_id, drop_ids, reason, created_at) values ('near_duplicate', @keep, @ids, @reason, @now)`,
    { keep: keep.id, ids, reason, now },
  );
  return getProposal(store, Number(lastInsertRowid));
}

/** What was confirmed or is important stays; then what was seen most. */
function rank(entry: Entry): number {
  return (
    (entry.confirmedBy === null ? 0 : 100) +
    (entry.importance === 'H' ? 50 : 0) +
    Math.min(40, entry.seenCount)
  );
}

export function openProposals(store: Store, limit: number): Proposal[] {
  return store
    .all<ProposalRow>(`select * from proposals where status = 'open' order by id limit ?`, limit)
    .map(toProposal);
}

function getProposal(store: Store, id: number): Proposal | undefined {
  const row = store.get<ProposalRow>('select * from proposals where id = ?', id);
  return row === undefined ? undefined : toProposal(row);
}

function toProposal(row: ProposalRow): Proposal {
  return {
    id: row.id,
    kind: row.kind,
    keep: row.keep_id,
    drop: JSON.parse(row.drop_ids) as number[],
    reason: row.reason,
    status: row.status,
  };
}

/** Carries a proposal out, once, or turns it down for good. Throws NOT_FOUND or CONFLICT. */
export function decideProposal(
  store: Store,
  input: { id: number; approve: boolean; by: string; now: number },
): Proposal {
  const proposal = getProposal(store, input.id);
  if (proposal === undefined)
    throw new SwarmdError('NOT_FOUND', `there is no proposal ${input.id}`, { where: 'id' });
  if (proposal.status !== 'open') {
    throw new SwarmdError('CONFLICT', `proposal ${input.id} is ${proposal.status} already`, { where: 'id' });
  }
  if (input.approve) {
    const keep = visibleEntry(store, proposal.keep);
    if (keep.status !== 'active') {
      throw new SwarmdError('CONFLICT', `entry #${keep.id} is ${keep.status} by now`, { where: 'id' });
    }
    for (const id of proposal.drop) {
      store.run(
        `update entries set status = 'duplicate', superseded_by = @keep, superseded_at = @now
         where id = @id and status = 'active'`,
        { id, keep: keep.id, now: input.now },
      );
    }
    store.run(
      `update entries set seen_count = (select sum(seen_count) from entries where id = @keep or superseded_by = @keep)
       where id = @keep`,
      { keep: keep.id },
    );
  }
  store.run('update proposals set status = @status, decided_at = @now, decided_by = @by where id = @id', {
    id: input.id,
    status: input.approve ? 'approved' : 'rejected',
    now: input.now,
    by: input.by,
  });
  return getProposal(store, input.id) ?? proposal;
}
