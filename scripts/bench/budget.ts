/**
 * The proof that money cannot overrun: random schedules of 64 actions at once, the process killed with SIGKILL and
 * started again, compared with the bill of a simulated provider whose tokenizer counts 2.5 times as many tokens. In
 * a part of them the budget day, and here and there the month, ends with calls under way, in several time zones.
 * Then the same on a naive ledger (look, then spend), which must overrun.
 *
 *   node scripts/bench/budget.ts [--schedules 1000] [--batch 16] [--seed 1] [--naive 32] [--midnight] [--json]
 *
 * --midnight: only schedules during which a budget day ends.
 * Exits with 1 when a schedule breaks a promise, or when the naive ledger does not.
 */
import { parseArgs } from 'node:util';
import { type BatchResult, playBatch } from './budget/batch.ts';
import { makeSchedule } from './budget/schedule.ts';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '1000' },
    batch: { type: 'string', default: '16' },
    seed: { type: 'string', default: '1' },
    naive: { type: 'string', default: '32' },
    midnight: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const size = Number(values.batch);
const startedAt = Date.now();
const results = await playAll(Number(values.seed), Number(values.schedules), false);
// The naive ledger knows the day's limit alone; where the schedule has nothing else, it is sure to be met.
const naive = (await playAll(Number(values.seed), Number(values.naive), true)).filter(
  (one) => one.schedule.kind === 'fine',
);
const broken = results.filter((one) => problemsOf(one).length > 0);
const overrun = naive.filter((one) =>
  one.verdict.problems.some((problem) => problem.includes('overrun: day')),
);
const summary = summarize();
if (values.json) console.log(JSON.stringify(summary));
else for (const [name, value] of Object.entries(summary)) console.log(`${name.padEnd(56)} ${value}`);
process.exitCode = broken.length > 0 || overrun.length * 2 < naive.length ? 1 : 0;

async function playAll(first: number, count: number, naiveLedger: boolean): Promise<BatchResult[]> {
  const done: BatchResult[] = [];
  let seed = first;
  for (let at = 0; at < count; at += size) {
    const seeds: number[] = [];
    for (; seeds.length < Math.min(size, count - at); seed += 1)
      if (naiveLedger || !values.midnight || makeSchedule(seed).midnight !== undefined) seeds.push(seed);
    const played = await playBatch({ seeds, kills: 1 + ((at / size) % 4), naive: naiveLedger });
    done.push(...played);
    for (const one of naiveLedger ? [] : played)
      for (const problem of problemsOf(one))
        console.error(`schedule ${one.schedule.seed} (${one.schedule.kind}): ${problem}`);
    const wrong = done.filter((one) => problemsOf(one).length > 0).length;
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    console.error(
      `${naiveLedger ? 'naive ledger' : 'swarmd'}: ${done.length} of ${count} schedules, ${wrong} ${naiveLedger ? 'overrun' : 'broken'}, ${seconds} s`,
    );
  }
  return done;
}

function problemsOf({ verdict, days }: BatchResult): readonly string[] {
  return [...verdict.problems, ...(days?.problems ?? [])];
}

function summarize(): Record<string, string | number> {
  const sum = (of: (one: BatchResult) => number) => results.reduce((total, one) => total + of(one), 0);
  const shares = results.flatMap((one) => one.verdict.billedShare ?? []);
  const worst = Math.min(...shares);
  return {
    schedules: results.length,
    'with one limit, worst call at most 1 % of it': results.filter((one) => one.schedule.kind === 'fine')
      .length,
    'kill -9 lived through, all schedules together': sum((one) => one.kills),
    'calls billed by the provider': sum((one) => one.billedCalls),
    'calls refused by a limit': sum((one) => one.refusals),
    'calls with unknown cost at the end, charged in full': sum((one) => one.verdict.unknownCalls),
    'schedules that broke a promise': broken.length,
    'schedules across a midnight': results.filter((one) => one.days !== undefined).length,
    'their calls on the first day': sum((one) => one.days?.calls[0] ?? 0),
    'their calls on the second day': sum((one) => one.days?.calls[1] ?? 0),
    'calls reserved before midnight and settled after it': sum((one) => one.days?.across ?? 0),
    'limits met and used up': shares.length,
    'least share of such a limit billed, unknowns apart': shares.length === 0 ? '-' : worst.toFixed(4),
    'naive ledger: schedules with the one limit of a day': naive.length,
    'naive ledger: of these, overrun': overrun.length,
    seconds: Math.round((Date.now() - startedAt) / 1000),
  };
}
