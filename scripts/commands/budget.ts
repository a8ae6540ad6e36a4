/**
 * `swarmd budget`: shows the limits, and changes them in the record. A change holds from its commit on, in a
 * running daemon too: every call reads the limits in the transaction that reserves its money.
 */
import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { SwarmdError } from '../../config/errors.ts';
import { formatUsd } from '../../config/money.ts';
import { didYouMean } from '../../config/suggest.ts';
import type { BudgetChange } from '../../memory/budget-limits.ts';
import type { SettledReport } from '../../memory/types/budget.ts';
import type { CallRecord } from '../../memory/types/calls.ts';
import type { Memory } from '../../memory/types/memory.ts';
import { print, tell } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { plural } from '../terminal/words.ts';
import { limitSetting, limitValue, usdAmount } from './budget-settings.ts';
import { budgetLines } from './budget-table.ts';
import { openRecord } from './record.ts';
import { type CommonOptions, configOf, withCommonOptions } from './settings.ts';
import { readUsageReport } from './usage-report-file.ts';
import { withMemory } from './with-memory.ts';

interface SettleOptions extends CommonOptions {
  costUsd?: string;
  report?: string;
}

export function registerBudget(program: Command): void {
  const budget = program
    .command('budget')
    .description('show the limits on spending, change them, and settle what is not known')
    .addHelpText('after', '\nExample:\n  swarmd budget show\n  swarmd budget set daily_budget 5');
  const sub = (name: string, description: string, example: string, isDefault = false): Command =>
    withCommonOptions(budget.command(name, { isDefault }).description(description)).addHelpText(
      'after',
      `\nExample:\n  swarmd budget ${example}`,
    );

  sub('show', 'limits, what is spent, reserved and left, calls with unknown cost', 'show --json', true)
    .allowExcessArguments()
    .action((options: CommonOptions, { args }: Command) => {
      refuseUnknown(args[0], budget);
      return show(options);
    });
  sub(
    'set <limit> <value>',
    'set a limit from now on, stronger than the configuration; "default" takes it back',
    'set type_budgets.research 2',
  ).action((limit: string, value: string, options: CommonOptions) => {
    const { config } = configOf(options);
    const setting = limitSetting(limit, config, value === 'default');
    return change(
      options,
      value === 'default'
        ? { kind: 'unset', setting }
        : { kind: 'set', setting, value: limitValue(setting, value) },
    );
  });
  sub('top-up <usd>', 'allow so much more today', 'top-up 2.50').action(
    (usd: string, options: CommonOptions) =>
      change(options, { kind: 'top_up', amount: usdAmount(usd, 'top-up') }),
  );
  sub(
    'pause [reason]',
    'make no API call until resumed; local models go on',
    'pause "the bill looks odd"',
  ).action((reason: string | undefined, options: CommonOptions) =>
    change(options, { kind: 'pause', reason: reason ?? '' }),
  );
  sub('resume', 'allow API calls again', 'resume').action((options: CommonOptions) =>
    change(options, { kind: 'resume' }),
  );
  sub(
    'settle [call]',
    'state what a call with unknown cost did cost, or import a usage report',
    'settle 01JD0000000000000000000000 --cost-usd 0.0123\n  swarmd budget settle --report usage.csv',
  )
    .addOption(new Option('--cost-usd <usd>', 'what the provider charged for it'))
    .addOption(new Option('--report <file>', 'CSV or JSON: cost_usd with call_id, or with day and model'))
    .action(settle);
}

/** `swarmd budget` alone shows; a word that is no command of it is not taken for nothing. */
function refuseUnknown(word: string | undefined, budget: Command): void {
  if (word === undefined) return;
  const known = budget.commands.map((one) => one.name());
  throw new SwarmdError('USAGE', `there is no "swarmd budget ${word}"${didYouMean(word, known)}`, {
    where: word,
    allowed: known.join(', '),
  });
}

async function show(options: CommonOptions): Promise<void> {
  const record = await openRecord(options);
  try {
    const [budget, unknown] = [await record.budget(), await unknownCalls(options)];
    if (options.json === true) print(jsonLine({ ...budget, unknown: unknown.map(unknownJson) }));
    else for (const line of budgetLines(budget, unknown, Date.now())) print(line);
  } finally {
    record.close();
  }
}

/** From the file itself: a daemon writes there too, and a read waits for nobody. */
async function unknownCalls(options: CommonOptions): Promise<readonly CallRecord[]> {
  const { path } = configOf(options).config.memory;
  if (!existsSync(path)) return [];
  const [{ openRecordFile }, calls] = await Promise.all([
    import('./record-file.ts'),
    import('../../memory/calls.ts'),
  ]);
  const store = openRecordFile(path);
  try {
    return calls.unknownCalls(store);
  } finally {
    store.close();
  }
}

async function change(options: CommonOptions, what: BudgetChange): Promise<void> {
  const wasPaused = await withMemory(options, async (memory) => {
    const { paused } = memory.budget.status();
    await memory.budget.change(what);
    if (what.kind === 'set') tellUnknownClient(what.setting, memory, options);
    return paused !== undefined;
  });
  if (options.json !== true) tell(sentence(what, wasPaused));
  await show(options);
}

/** A limit may come before its client: it is kept, and the name said, since it may be mistyped. */
function tellUnknownClient(setting: string, memory: Memory, options: CommonOptions): void {
  const [, name] = /^client_budgets\.(.+)$/.exec(setting) ?? [];
  if (name === undefined || memory.clients.named(name) !== undefined) return;
  if (Object.hasOwn(configOf(options).config.clients ?? {}, name)) return;
  tell(safeLine(`note: no client is called "${name}" yet; swarmd clients list shows those there are`));
}

function sentence(change: BudgetChange, wasPaused: boolean): string {
  switch (change.kind) {
    case 'set':
      return change.value === 0
        ? `${change.setting}: no limit from now on (to spend nothing: swarmd budget pause)`
        : `${change.setting} is set; it holds from now on, before what the configuration says`;
    case 'unset':
      return `${change.setting} is what the configuration says again`;
    case 'top_up':
      return `${formatUsd(change.amount)} more for today`;
    case 'pause':
      return 'paused: no API call is made from now on; what only a paid model may answer waits for: swarmd budget resume';
    case 'resume':
      return wasPaused
        ? 'API calls are allowed again, within the limits; what waited for it goes on'
        : 'it was not paused; API calls are allowed, within the limits';
  }
}

async function settle(call: string | undefined, options: SettleOptions): Promise<void> {
  const { costUsd, report } = options;
  if ((call === undefined) === (report === undefined) || (call === undefined) !== (costUsd === undefined))
    throw new SwarmdError('USAGE', 'settle takes a call and its cost, or a report', {
      where: 'settle',
      allowed: 'swarmd budget settle CALL --cost-usd 0.0123, or swarmd budget settle --report usage.csv',
    });
  const lines =
    report === undefined
      ? [{ callId: call ?? '', cost: usdAmount(costUsd ?? '', '--cost-usd') }]
      : readUsageReport(report);
  const done = await withMemory(options, (memory) => memory.budget.settleAll(lines));
  if (call !== undefined && done.settled.length === 0)
    throw new SwarmdError('NOT_FOUND', `${call}: ${done.skipped[0]?.reason ?? 'nothing to settle'}`, {
      where: call,
      allowed: 'a call that `swarmd budget show` lists as unknown',
    });
  if (options.json === true) print(jsonLine(settledJson(done)));
  else {
    for (const one of done.settled)
      print(safeLine(`settled  ${one.callId}  ${formatUsd(one.before)} -> ${formatUsd(one.cost)}`));
    for (const one of done.skipped) tell(safeLine(`left     ${one.line}: ${one.reason}`));
    if (report !== undefined)
      tell(lines.length === 0 ? 'the report has no line' : `${plural(done.settled.length, 'call')} settled`);
  }
}

function unknownJson(call: CallRecord) {
  return {
    call_id: call.id,
    action_id: call.actionId,
    model: call.model,
    started_at: new Date(call.startedAt).toISOString(),
    charged_usd: call.cost / 1e9,
  };
}

function settledJson(done: SettledReport) {
  return {
    settled: done.settled.map((one) => ({
      call_id: one.callId,
      before_usd: one.before / 1e9,
      cost_usd: one.cost / 1e9,
    })),
    skipped: done.skipped,
  };
}
