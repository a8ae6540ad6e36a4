import { type Command, Option } from 'commander';
import type { SumsJson } from '../../daemon/http/wire/ledger-json.ts';
import { print, screenWidth, tell } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { count, dollars, tierWord } from '../terminal/words.ts';
import { type Baseline, baselineLines, baselineOf } from './baseline.ts';
import { openRecord } from './record.ts';
import { type CommonOptions, configOf, withCommonOptions } from './settings.ts';

interface CostsOptions extends CommonOptions {
  since: string;
  until?: string;
  by: string;
  vs: 'api-only' | 'nothing';
}

export function registerCosts(program: Command): void {
  withCommonOptions(
    program.command('costs').description('what was spent, and what one strong API model would have cost'),
  )
    .addOption(new Option('--since <time>', 'from: 24h, 7d, 2026-11-21').default('24h'))
    .option('--until <time>', 'to (default: now)')
    .addOption(
      new Option('--by <columns>', 'day, tier, type, model, role, outcome; several with commas').default(
        'tier',
      ),
    )
    .addOption(
      new Option('--vs <what>', 'compared with the same tokens on the strongest API model, or with nothing')
        .choices(['api-only', 'nothing'])
        .default('api-only'),
    )
    .addHelpText('after', '\nExample:\n  swarmd costs --since 7d --by day,tier --vs api-only')
    .action(costs);
}

async function costs(options: CostsOptions): Promise<void> {
  const record = await openRecord(options);
  let sums: readonly SumsJson[];
  try {
    const { since, until, by } = options;
    sums = await record.sums({ since, by, ...(until === undefined ? {} : { until }) });
  } finally {
    record.close();
  }
  const baseline = options.vs === 'nothing' ? undefined : baselineOf(sums, configOf(options), Date.now());
  if (options.json === true)
    print(jsonLine({ since: options.since, by: options.by, sums, baseline: baseline ?? null }));
  else for (const line of costLines(sums, options.by, baseline)) print(line);
}

/** The sums as a table, then the comparison. */
export function costLines(sums: readonly SumsJson[], by: string, baseline: Baseline | undefined): string[] {
  if (sums.length === 0) {
    tell('no call in this time');
    return [];
  }
  const columns: Column<SumsJson>[] = [
    ...by.split(',').map((name) => ({
      title: name.trim().toUpperCase(),
      value: (one: SumsJson) => word(name.trim(), one),
    })),
    { title: 'CALLS', value: (one) => count(one.calls), align: 'right' },
    { title: 'ANSWERS', value: (one) => count(one.answers), align: 'right' },
    {
      title: 'TOKENS IN',
      value: (one) => count(one.input_tokens + one.cached_input_tokens + one.cache_write_tokens),
      align: 'right',
    },
    { title: 'OUT', value: (one) => count(one.output_tokens), align: 'right' },
    { title: 'COST', value: (one) => dollars(one.cost_usd), align: 'right' },
  ];
  return [
    ...tableLines(sums, columns, screenWidth()),
    ...(baseline === undefined ? [] : ['', ...baselineLines(baseline)]),
  ];
}

function word(column: string, one: SumsJson): string {
  const value = (one as unknown as Record<string, unknown>)[column];
  const text = typeof value === 'string' ? value : '-';
  return column === 'tier' ? tierWord(text) : safeLine(text, 30);
}
