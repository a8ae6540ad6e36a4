import { exitCodes, SwarmdError } from '../../config/errors.ts';
import { entryTypeCode } from '../../memory/entry-types.ts';
import { dropped, type PruneReport, prune } from '../../memory/retention.ts';
import { plural } from '../terminal/words.ts';
import { wholeNumber } from './numbers.ts';
import { openForWriting, using } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printJson, printSafe } from './output.ts';
import { createProgress } from './progress.ts';
import { pruneSelection } from './prune-selection.ts';

/** Rows dropped in one transaction: others wait for it, and it takes some 50 ms. */
const batch = 2000;

class DryRun extends Error {}

/** `prune [days=30] [filters] [--type-days c=30] [--topic-days scratch=7] [--max-entries N] [--ledger-days N] [--dry-run] [--vacuum]`. */
export function run(context: CommandContext): number {
  const { flags, values, rest } = takeOptions(context.words, {
    flags: ['dry-run', 'vacuum'],
    values: ['ledger-days', 'days', 'type-days', 'topic-days', 'max-entries'],
  });
  const daysTerm = rest.find((term) => term.startsWith('days='));
  const filters = rest.filter((term) => term !== daysTerm);
  const days = wholeNumber(values.get('days') ?? daysTerm?.slice('days='.length) ?? '30', 'days');
  const number = (name: string) => {
    const value = values.get(name);
    return value === undefined ? undefined : wholeNumber(value, `--${name}`);
  };
  const typeDays = Object.fromEntries(
    Object.entries(daysOf(values.get('type-days'), '--type-days')).map(([type, kept]) => [
      entryTypeCode(type),
      kept,
    ]),
  );
  const topicDays = daysOf(values.get('topic-days'), '--topic-days');
  return using(openForWriting(context.path), (store) => {
    const request = {
      now: context.now,
      days,
      only: pruneSelection(store, filters, context.now),
      typeDays,
      topicDays,
      maxEntries: number('max-entries'),
      ledgerDays: number('ledger-days'),
      batch: flags.has('dry-run') ? 1_000_000_000 : batch,
    };
    const total: PruneReport = {
      superseded: 0,
      byType: {},
      byTopic: {},
      filtered: 0,
      overBound: 0,
      calls: 0,
      actions: 0,
      cache: 0,
    };
    const progress = createProgress();
    for (;;) {
      const report = flags.has('dry-run')
        ? rehearse(() =>
            store.transaction(() => {
              throw Object.assign(new DryRun(), { report: prune(store, request) });
            }),
          )
        : store.transaction(() => prune(store, request), 'full');
      add(total, report);
      progress(() => `${dropped(total)} dropped so far`);
      if (dropped(report) === 0 || flags.has('dry-run')) break;
    }
    if (flags.has('vacuum') && !flags.has('dry-run')) store.sqlite.exec('vacuum');
    show(total, flags.has('dry-run'), context);
    return exitCodes.ok;
  });
}

/** The report of a transaction that was rolled back by its own exception. */
function rehearse(transaction: () => never): PruneReport {
  try {
    return transaction();
  } catch (error) {
    if (error instanceof DryRun && 'report' in error) return error.report as PruneReport;
    throw error;
  }
}

/** `scratch=7,build=3`: days by name. The last `=` counts, so that a name may contain one. */
function daysOf(value: string | undefined, where: string): Record<string, number> {
  const pairs = (value ?? '').split(',').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.lastIndexOf('=');
      if (equals > 0) return [pair.slice(0, equals), wholeNumber(pair.slice(equals + 1), where)];
      throw new SwarmdError('USAGE', `"${pair}" names no days`, { where, allowed: `${where} NAME=DAYS,…` });
    }),
  );
}

function add(total: PruneReport, report: PruneReport): void {
  for (const name of ['superseded', 'filtered', 'overBound', 'calls', 'actions', 'cache'] as const) {
    total[name] += report[name];
  }
  for (const name of ['byType', 'byTopic'] as const) {
    for (const [key, count] of Object.entries(report[name])) {
      total[name][key] = (total[name][key] ?? 0) + count;
    }
  }
}

function show(report: PruneReport, rehearsal: boolean, context: CommandContext): void {
  const { byType, byTopic, overBound, ...counts } = report;
  if (context.json) {
    printJson({ dry_run: rehearsal, ...counts, over_bound: overBound, by_type: byType, by_topic: byTopic });
    return;
  }
  const byAge = [
    ...Object.entries(byType).map(([type, count]) => `${count} of type ${type} by age`),
    ...Object.entries(byTopic).map(([topic, count]) => `${count} of the topic ${topic} by age`),
  ];
  const parts = [
    plural(report.superseded, 'superseded entry', 'superseded entries'),
    ...byAge,
    ...(report.filtered > 0 ? [plural(report.filtered, 'selected entry', 'selected entries')] : []),
    ...(overBound > 0 ? [`${plural(overBound, 'entry', 'entries')} over the bound`] : []),
    plural(report.calls, 'call'),
    plural(report.actions, 'action'),
    plural(report.cache, 'cached answer'),
  ];
  printSafe(`${rehearsal ? 'would drop' : 'dropped'}: ${parts.join(', ')}`);
}
