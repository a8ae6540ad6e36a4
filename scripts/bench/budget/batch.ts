/**
 * Plays a batch of schedules: one worker process for all of them, killed with SIGKILL in the middle and started
 * again; a simulated provider for each, with a tokenizer that counts 2.5 times as many tokens.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { budgetStatus } from '../../../memory/budget-status.ts';
import { callsOfAction } from '../../../memory/calls.ts';
import { openStore, type Store } from '../../../memory/database.ts';
import { recoverCalls } from '../../../memory/ledger.ts';
import { migrate } from '../../../memory/migrations.ts';
import type { UsageReport } from '../../../memory/types/budget.ts';
import type { CallRecord } from '../../../memory/types/calls.ts';
import { settleReport } from '../../../memory/usage-report.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type DaysVerdict, verifyDays } from './days.ts';
import { type Job, type Jobs, timeOf } from './jobs.ts';
import { beforeMidnightMs } from './midnights.ts';
import { makeSchedule, randomFrom, type Schedule } from './schedule.ts';
import { seedSpending } from './seed-spending.ts';
import { type Billed, billedShareOf, isKnown, overruns, sumOf, type Verdict, verify } from './verify.ts';
import type { Seen } from './worker.ts';

export interface BatchResult {
  schedule: Schedule;
  verdict: Verdict;
  /** Of a schedule that plays on two days. */
  days: DaysVerdict | undefined;
  billedCalls: number;
  refusals: number;
  kills: number;
}

/** The day on which schedules play that end on the day on which they begin. */
const noon = Date.UTC(2026, 10, 21, 12);
const day = '2026-11-21';

interface Running {
  schedule: Schedule;
  job: Job;
  simulator: Simulator;
  reported: Set<string>;
}

/** `kills`: how often the process is killed before it may finish; `naive`: with the ledger that must fail. */
export async function playBatch(given: {
  seeds: readonly number[];
  kills: number;
  naive?: boolean;
}): Promise<BatchResult[]> {
  const directory = mkdtempSync(join(tmpdir(), 'swarmd-budget-'));
  const startedAt = Date.now();
  const naive = given.naive === true;
  const all = await Promise.all(given.seeds.map((seed) => prepare(seed, directory, naive, startedAt)));
  try {
    const file = join(directory, 'jobs.json');
    const jobs: Jobs = { jobs: all.map((one) => one.job) };
    writeFileSync(file, JSON.stringify(jobs));
    const random = randomFrom((given.seeds[0] ?? 0) ^ 0x5bd1e995);
    let kills = 0;
    let seen: Seen[] | undefined;
    while (seen === undefined) {
      const calls = kills < given.kills ? Math.round(random() * 40 * all.length) : Number.POSITIVE_INFINITY;
      seen = await oneLife(file, all, calls);
      await quiet(all);
      if (seen !== undefined) break;
      kills += 1;
      if (!naive) for (const one of all) importReport(one);
    }
    const results: BatchResult[] = [];
    for (const one of all) {
      const saw = seen.find((each) => each.seed === one.schedule.seed);
      if (saw === undefined) throw new Error(`the worker said nothing of schedule ${one.schedule.seed}`);
      const verdict = naive ? naiveVerdict(one) : judge(one, saw);
      const { midnight } = one.schedule;
      results.push({
        schedule: one.schedule,
        verdict,
        days:
          naive || midnight === undefined
            ? undefined
            : withStore(one, (store) => verifyDays(one.schedule, midnight, store)),
        billedCalls: one.simulator.bill().total.calls,
        refusals: saw.refusals,
        kills,
      });
    }
    return results;
  } finally {
    await Promise.all(all.map((one) => one.simulator.close()));
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function prepare(seed: number, parent: string, naive: boolean, startedAt: number): Promise<Running> {
  const schedule = makeSchedule(seed);
  const directory = join(parent, String(seed));
  mkdirSync(directory);
  // Every look at this clock is a millisecond of its own, which tells a request to its line of the bill.
  let tick = noon;
  const now = () => {
    tick += 1;
    return tick;
  };
  const simulator = await startSimulator({ seed, speed: 0.02, hostileTokenizer: 2.5, now });
  // A Retry-After of whole seconds would only make the run longer.
  simulator.setFaults(...schedule.faults.map((rule) => ({ ...rule, retry_after: 0 })));
  const { openaiUrl, anthropicUrl } = simulator;
  const { midnight } = schedule;
  const begins = midnight === undefined ? noon : midnight.at - beforeMidnightMs;
  const job = { seed, directory, openaiUrl, anthropicUrl, naive, clockOffsetMs: begins - startedAt };
  const running = { schedule, simulator, reported: new Set<string>(), job };
  withStore(running, (store) => {
    migrate(store);
    seedSpending(store, schedule, begins);
  });
  return running;
}

/** One life of the process: killed after so many further calls, or ended, with what it saw of the schedules. */
async function oneLife(file: string, all: readonly Running[], calls: number): Promise<Seen[] | undefined> {
  const child = spawnWorker(file);
  const end = endOf(child);
  const asked = () => all.reduce((sum, one) => sum + one.simulator.received().length, 0);
  const before = asked();
  while (child.exitCode === null && child.signalCode === null) {
    if (asked() - before > calls) child.kill('SIGKILL');
    await wait(5);
  }
  const { code, signal, output } = await end;
  if (signal === 'SIGKILL') return undefined;
  if (code !== 0) throw new Error(`the worker ended with ${code}`);
  return JSON.parse(output) as Seen[];
}

function spawnWorker(file: string): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'worker.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
  return child;
}

function endOf(
  child: ChildProcess,
): Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }> {
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, output })));
}

/** Waits until the providers have noticed that nobody listens any more: then their bills are complete. */
async function quiet(all: readonly Running[]): Promise<void> {
  const count = () => all.reduce((sum, one) => sum + one.simulator.bill().total.calls, 0);
  // Three looks: on a busy machine one timer may fire before what has arrived is read.
  for (let same = 0, before = count(); same < 3; ) {
    await wait(80);
    const calls = count();
    same = calls === before ? same + 1 : 0;
    before = calls;
  }
}

/** What the provider says, as `swarmd budget settle --report` takes it. */
function importReport(one: Running): void {
  if (!one.schedule.reports) return;
  withStore(one, (store) =>
    store.transaction(() => {
      recoverCalls(store, { at: timeOf(one.job, Date.now()) });
      if (one.schedule.kind === 'coarse') {
        settleReport(store, { report: lineByLine(one, store) });
        return;
      }
      const { settled } = settleReport(store, { report: byModel(one) });
      for (const { callId } of settled) one.reported.add(callId);
    }, 'full'),
  );
}

/** The sum of each model: enough for a limit on everything, not for one on a part. */
function byModel(one: Running): UsageReport {
  return Object.entries(one.simulator.bill().models).map(([model, total]) => ({
    day,
    model,
    cost: total.nano_usd,
  }));
}

/** The cost of each unknown call that can be told from the others of its action. */
function lineByLine(one: Running, store: Store): UsageReport {
  const billed = billOf(one.simulator);
  return [...callsOf(one, store)].flatMap(([actionId, calls]) => {
    const unsure = calls.filter((call) => !isKnown(call));
    const [only] = unsure;
    if (unsure.length !== 1 || only?.settlement !== 'unknown') return [];
    const cost = sumOf(billed.filter((line) => line.actionId === actionId)) - sumOf(calls.filter(isKnown));
    return [{ callId: only.id, cost }];
  });
}

function judge(one: Running, saw: Seen): Verdict {
  // Before the last report: what it gives back came too late to be spent.
  const billedShare =
    saw.exhausted && one.schedule.kind === 'fine'
      ? billedShareOf(one.schedule, [...withStore(one, (store) => callsOf(one, store)).values()].flat())
      : undefined;
  importReport(one);
  return withStore(one, (store) => {
    const calls = callsOf(one, store);
    const { spent, reserved } = standing(one, store);
    return verify({
      ...saw,
      billedShare,
      schedule: one.schedule,
      billed: billOf(one.simulator),
      calls,
      reported: one.reported,
      ledger: { spentToday: spent, reserved },
    });
  });
}

/** Spent and reserved on the schedule's day, or on its two days together. */
function standing({ job, schedule }: Running, store: Store): { spent: number; reserved: number } {
  const { midnight, limits } = schedule;
  const times = midnight === undefined ? [timeOf(job, Date.now())] : [midnight.at - 1, midnight.at];
  const days = times.map((at) => budgetStatus(store, limits, at));
  return {
    spent: days.reduce((sum, one) => sum + one.spent, 0),
    reserved: days.reduce((sum, one) => sum + one.reserved, 0),
  };
}

function callsOf(one: Running, store: Store): Map<string, readonly CallRecord[]> {
  return new Map(one.schedule.actions.map(({ id }) => [id, callsOfAction(store, id)]));
}

function naiveVerdict(one: Running): Verdict {
  const billed = billOf(one.simulator);
  return {
    problems: overruns({ schedule: one.schedule, billed }),
    billedUsd: one.simulator.bill().total.nano_usd / 1e9,
    unknownCalls: 0,
    billedShare: undefined,
  };
}

/** The bill's lines with the action whose request each was. */
function billOf(simulator: Simulator): Billed[] {
  const actions = new Map<number, string>();
  for (const { at, body } of simulator.received()) {
    const mark = /\[(act-\d+)\]/.exec(body)?.[1];
    if (mark !== undefined) actions.set(at, mark);
  }
  return simulator.bill().rows.map((row) => {
    // One that hung before its headers is billed under the next look at the clock.
    const actionId = actions.get(row.at) ?? actions.get(row.at - 1);
    if (actionId === undefined) throw new Error(`nobody asked for ${row.id}, which was billed`);
    return { actionId, model: row.model, cost: row.nano_usd };
  });
}

/** The file itself, as any command opens it: the worker is dead, and its threads cost more than all of this. */
function withStore<T>(one: Running, work: (store: Store) => T): T {
  const store = openStore(join(one.job.directory, 'memory.db'), { mode: 'write', busyTimeoutMs: 5_000 });
  try {
    return work(store);
  } finally {
    store.close();
  }
}
