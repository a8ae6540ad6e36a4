import { exitCodes } from '../../config/errors.ts';
import { formatUsd, toUsd } from '../../config/money.ts';
import { type Answer, ask } from '../../memory/ask.ts';
import { listLine, renderLine } from '../../memory/entry-lines.ts';
import { toJson } from '../../memory/entry-rows.ts';
import { parseQuery } from '../../memory/grammar.ts';
import type { LedgerGroup } from '../../memory/ledger-lines.ts';
import type { Entry } from '../../memory/types/entries.ts';
import { plural } from '../terminal/words.ts';
import { openForReading, using } from './open.ts';
import type { CommandContext } from './options.ts';
import { printJson, printOut, printSafe } from './output.ts';
import { hintUnspaced } from './unspaced.ts';

/** `query`, `recent` and `render` differ only in how they show an entry. */
export function runQuery(context: CommandContext, lineOf: typeof listLine): number {
  const query = parseQuery(context.words, context.now);
  if (query.words !== undefined) hintUnspaced(query.words);
  const store = openForReading(context.path);
  return using(store, () => {
    show(ask(store, query, { now: context.now }), context, lineOf);
    return exitCodes.ok;
  });
}

export function run(context: CommandContext): number {
  return runQuery(context, listLine);
}

export const render = { run: (context: CommandContext) => runQuery(context, renderLine) };

function show(answer: Answer, context: CommandContext, lineOf: typeof listLine): void {
  switch (answer.kind) {
    case 'entries':
      for (const entry of answer.entries) showEntry(entry, context, lineOf);
      return;
    case 'count':
      if (context.json) printJson({ count: answer.count });
      else printOut(String(answer.count));
      return;
    case 'groups':
      for (const group of answer.groups) {
        if (context.json) printJson(group);
        else printSafe(`${group.key ?? '(none)'}: ${group.count}`);
      }
      return;
    case 'ledger_groups':
      for (const group of answer.groups) showLedgerGroup(group, context);
  }
}

function showEntry(entry: Entry, context: CommandContext, lineOf: typeof listLine): void {
  if (!context.json) {
    printSafe(lineOf(entry, context.now));
    return;
  }
  const ledger =
    'cost' in entry && typeof entry.cost === 'number' && 'tier' in entry && 'day' in entry
      ? { tier: entry.tier, day: entry.day, cost_usd: toUsd(entry.cost) }
      : {};
  printJson({ ...toJson(entry), ...ledger });
}

function showLedgerGroup(group: LedgerGroup, context: CommandContext): void {
  if (context.json) {
    const { key, answers, cached, cost, quality } = group;
    printJson({ key, answers, cached, cost_usd: toUsd(cost), quality });
    return;
  }
  const quality = group.quality === null ? '-' : group.quality.toFixed(2);
  const cached = group.cached === 0 ? '' : `, ${group.cached} from the cache`;
  printSafe(
    `${group.key || '(none)'}: ${plural(group.answers, 'answer')}${cached}, ${formatUsd(group.cost)}, quality ${quality}`,
  );
}
