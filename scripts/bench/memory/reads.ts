import { ask } from '../../../memory/ask.ts';
import { callTotals } from '../../../memory/calls.ts';
import type { Store } from '../../../memory/database.ts';
import { parseQuery } from '../../../memory/grammar.ts';
import { searchEntries } from '../../../memory/search.ts';
import { nearestEntries, storeEmbeddings } from '../../../memory/vectors.ts';
import { month, now } from './fill.ts';
import { measure, report } from './measure.ts';
import { random, sentence, zipf } from './texts.ts';

export function words(store: Store, passes: number): void {
  const questions = Array.from({ length: 200 }, () => sentence(4));
  const ours = measure(passes, 200, (round) =>
    searchEntries(store, { text: questions[round % 200] ?? '', limit: 10, now }),
  );
  const plain = store.sqlite.prepare(
    'select rowid from entries_fts where entries_fts match ? order by rank limit 10',
  );
  const match = (round: number) =>
    (questions[round % 200] ?? '')
      .split(' ')
      .map((word) => `"${word}"`)
      .join(' OR ');
  report(
    'words, 4 of them',
    ours,
    measure(passes, 30, (round) => plain.all(match(round))),
    'p99 < 20',
    'order by rank',
  );
}

export function contains(store: Store, passes: number): void {
  const parts = Array.from({ length: 100 }, () => zipf().slice(0, 5)).filter((part) => part.length >= 3);
  const ours = measure(passes, 200, (round) =>
    ask(store, parseQuery([`text=${parts[round % parts.length]}`], now), { now }),
  );
  const plain = store.sqlite.prepare(`select * from entries where text like ? order by id desc limit 20`);
  const base = measure(passes, 30, (round) => plain.all(`%${parts[round % parts.length]}%`));
  report('contains, 5 letters', ours, base, 'p99 < 50', 'like');
  const rare = measure(passes, 50, () => ask(store, parseQuery(['text=no entry has this'], now), { now }));
  report(
    'contains, found nowhere',
    rare,
    measure(passes, 3, () => plain.all('%no entry has this%')),
    'p99 < 50',
    'like',
  );
}

export function ledger(store: Store, passes: number): void {
  const ours = measure(passes, 100, () => callTotals(store, now - month, now));
  const plain = store.sqlite.prepare(
    'select tier, count(*), sum(cost_nano), avg(quality) from calls where started_at >= ? and started_at < ? group by tier',
  );
  report(
    'sums by tier over a month',
    ours,
    measure(passes, 10, () => plain.all(now - month, now)),
    '< 5',
    'group by over calls',
  );
  const lines = measure(passes, 100, () =>
    ask(store, parseQuery(['topic=llm_cost', 'recent=24h'], now), { now }),
  );
  const select = store.sqlite.prepare(
    `select * from calls where accepted = 1 and role = 'answer' and finished_at >= ? order by finished_at desc limit 20`,
  );
  report(
    'llm_cost recent=24h',
    lines,
    measure(passes, 100, () => select.all(now - 86_400_000)),
    'p99 < 1',
    'plain SQL',
  );
}

export function vectors(store: Store, passes: number, vectorCount: number): void {
  const dimensions = 384;
  const vector = () => Array.from({ length: dimensions }, () => random() * 2 - 1);
  for (let id = 1; id <= vectorCount; ) {
    store.transaction(() => {
      const batch = Array.from({ length: Math.min(2000, vectorCount - id + 1) }, (_, index) => ({
        id: id + index,
        vector: vector(),
      }));
      storeEmbeddings(store, { model: 'bench', vectors: batch });
      id += batch.length;
    });
  }
  const ours = measure(passes, 50, () => nearestEntries(store, vector(), 10));
  const plain = store.sqlite.prepare(
    'select entry_id from embeddings order by vec_distance_cosine(vector, ?) limit 10',
  );
  const base = measure(passes, 5, () => plain.all(Buffer.from(new Float32Array(vector()).buffer)));
  report(`nearest of ${vectorCount} vectors`, ours, base, '< 30', 'every whole vector');
}
