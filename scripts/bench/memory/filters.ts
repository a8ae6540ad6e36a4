import { ask } from '../../../memory/ask.ts';
import type { Store } from '../../../memory/database.ts';
import { parseQuery } from '../../../memory/grammar.ts';
import { now } from './fill.ts';
import { measure, report } from './measure.ts';
import { random } from './texts.ts';

export function filters(store: Store, passes: number): void {
  const topics = Array.from({ length: 300 }, () => `topic${Math.floor(random() * 500)}`);
  const cases: [string, (topic: string) => string[]][] = [
    ['filter topic', (topic) => [`topic=${topic}`]],
    ['filter topic, type, recent=30d', (topic) => [`topic=${topic}`, 't=d', 'recent=30d']],
    ['filter recent=24h', () => ['recent=24h']],
  ];
  const plain = store.sqlite.prepare(
    'select * from entries where topic = ? order by ordered_at desc, id desc limit 20',
  );
  const base = measure(passes, 300, (round) => plain.all(topics[round % 300]));
  for (const [name, terms] of cases) {
    const ours = measure(passes, 300, (round) =>
      ask(store, parseQuery(terms(topics[round % 300] ?? ''), now), { now }),
    );
    report(name, ours, base, 'p99 < 1', 'plain SQL by topic');
  }
}
