import { ask } from '../../../memory/ask.ts';
import type { Store } from '../../../memory/database.ts';
import { parseQuery } from '../../../memory/grammar.ts';
import { now } from './fill.ts';
import { measure, report } from './measure.ts';
import { random } from './texts.ts';

export function filters(store: Store, passes: number): void {
  const topics = Array.from({ length: 300 }, () => `topic${Math.floor(random() * 500)}`);
  const number = (topic: string) => Number(topic.slice('topic'.length));
  const cases: ((topic: string) => string)[] = [
    (topic) => `topic=${topic}`,
    (topic) => `topic=${topic} t=d recent=30d`,
    (topic) => `topic=${topic} importance=H`,
    (topic) => `topic=${topic} status=any`,
    (topic) => `topic=${topic} sort=oldest`,
    (topic) => `topic=${topic} sort=-importance`,
    (topic) => `topic=${topic} count`,
    () => 'recent=24h',
    () => 'recent=7d t=d,f importance=H',
    () => 'since=2026-01-01 until=2026-02-01 project=x t=L',
    () => 'importance=H t=d',
    () => 'sort=-importance',
    (topic) => `task=task${number(topic)} t=f`,
    (topic) => `session=session${number(topic)}`,
    (topic) => `choice=choice${number(topic)} t=d`,
    (topic) => `scope=chat chat=chat${number(topic) % 101}`,
    () => 'role=coder project=y',
    () => 'status=superseded t=n',
    () => 'due=..2026-12-31',
    () => 't=T,G',
    () => 'role=nobody',
  ];
  const plain = store.sqlite.prepare(
    'select * from entries where topic = ? order by ordered_at desc, id desc limit 20',
  );
  const base = measure(passes, 300, (round) => plain.all(topics[round % 300]));
  for (const terms of cases) {
    const ours = measure(passes, 300, (round) =>
      ask(store, parseQuery(terms(topics[round % 300] ?? '').split(' '), now), { now }),
    );
    report(terms('topicN').replaceAll('NaN', 'N'), ours, base, 'p99 < 1', 'plain SQL by topic');
  }
}
