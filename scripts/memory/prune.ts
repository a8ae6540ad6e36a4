import { exitCodes } from '../../config/errors.ts';
import { filterConditions } from '../../memory/entry-query.ts';
import { parseQuery } from '../../memory/grammar.ts';
import { dropped, type PruneReport, prune } from '../../memory/retention.ts';
import { wholeNumber } from './numbers.ts';
import { openForWriting, using } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printJson, printOut } from './output.ts';

/** Rows dropped in one transaction: others wait for it, and it takes some 50 ms. */
const batch = 2000;

class DryRun extends Error {}

/** `prune [days=30] [filters] [--ledger-days N] [--dry-run] [--vacuum]`. */
export function run(context: CommandContext): number {
  const { flags, values, rest } = takeOptions(context.words, {
    flags: ['dry-run', 'vacuum'],
    values: ['ledger-days', 'days'],
  });
  const daysTerm = rest.find((term) => term.startsWith('days='));
  const filters = rest.filter((term) => term !== daysTerm);
  const days = wholeNumber(values.get('days') ?? daysTerm?.slice('days='.length) ?? '30', 'days');
  const ledger = values.get('ledger-days');
  return using(openForWriting(context.path), (store) => {
    const request = {
      now: context.now,
      days,
      only: filters.length === 0 ? undefined : filterConditions(store, parseQuery(filters, context.now)),
      ledgerDays: ledger === undefined ? undefined : wholeNumber(ledger, '--ledger-days'),
      batch: flags.has('dry-run') ? 1_000_000_000 : batch,
    };
    const total: PruneReport = { superseded: 0, byType: {}, filtered: 0, calls: 0, actions: 0, cache: 0 };
    for (;;) {
      const report = flags.has('dry-run')
        ? rehearse(() =>
            store.transaction(() => {
              throw Object.assign(new DryRun(), { report: prune(store, request) });
            }),
          )
        : store.transaction(() => prune(store, request), 'full');
      add(total, report);
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

function add(total: PruneReport, report: PruneReport): void {
  total.superseded += report.superseded;
  total.filtered += report.filtered;
  total.calls += report.calls;
  total.actions += report.actions;
  total.cache += report.cache;
  for (const [type, count] of Object.entries(report.byType)) {
    total.byType[type] = (total.byType[type] ?? 0) + count;
  }
}

function show(report: PruneReport, rehearsal: boolean, context: CommandContext): void {
  if (context.json) {
    const { byType, ...counts } = report;
    printJson({ dry_run: rehearsal, ...counts, by_type: byType });
    return;
  }
  const types = Object.entries(report.byType).map(([type, count]) => `${count} of type ${type} by age`);
  const parts = [
    `${report.superseded} superseded entries`,
    ...types,
    ...(report.filtered > 0 ? [`${report.filtered} selected entries`] : []),
    `${report.calls} calls`,
    `${report.actions} actions`,
    `${report.cache} cached answers`,
  ];
  printOut(`${rehearsal ? 'would drop' : 'dropped'}: ${parts.join(', ')}`);
}
