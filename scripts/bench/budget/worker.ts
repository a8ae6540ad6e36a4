/**
 * A process that works on schedules, 64 actions of each at once, with the product's memory, router and SDKs;
 * its parent kills it at any moment and starts it again. What is done is read from the record.
 *
 *   node scripts/bench/budget/worker.ts JOBS.json
 */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { ulid } from 'ulid';
import type { Config } from '../../../config/config.ts';
import { loadConfig } from '../../../config/load.ts';
import type { NanoUsd } from '../../../config/money.ts';
import { dearestModelPrice, modelPrice } from '../../../config/prices.ts';
import { openMemory } from '../../../memory/memory.ts';
import type { NewAction } from '../../../memory/types/actions.ts';
import type { Memory } from '../../../memory/types/memory.ts';
import { createProviders } from '../../../router/providers/providers.ts';
import { createRouter, type Router } from '../../../router/route.ts';
import { createSlots } from '../../../router/slots.ts';
import type { Breakers, BudgetRefusal, Clock, Ledger } from '../../../router/types/outside.ts';
import type { Outcome } from '../../../router/types.ts';
import { type Calendar, openCalendar } from './calendar.ts';
import type { Job, Jobs } from './jobs.ts';
import { beforeMidnightMs } from './midnights.ts';
import { type NaiveLedger, openNaiveLedger } from './naive-ledger.ts';
import { makeSchedule, models, type PlannedAction } from './schedule.ts';

/** What one life of the process saw of one schedule. */
export interface Seen {
  seed: number;
  refusals: number;
  /** The lowest share of the limit that was spent and reserved, unknowns apart, when the day's limit refused. */
  earliestRefusal: number | undefined;
  dearest: number;
  /** Nothing was under way and the next call was refused. */
  exhausted: boolean;
}

const concurrency = 64;
/** How often an action asks again while calls under way may give back what they reserved. */
const mostTries = 500;

const { jobs } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Jobs;
// A breaker that rests would keep money from being spent, which is what is tested here.
const breakers: Breakers = {
  state: () => ({ state: 'closed' }),
  succeeded() {},
  failed() {},
  probe() {},
};
const base = baseConfig();
const seen = await Promise.all(jobs.map(workOn));
process.stdout.write(`${JSON.stringify(seen)}\n`);

async function workOn(job: Job): Promise<Seen> {
  const schedule = makeSchedule(job.seed);
  const { limits } = schedule;
  const calendar = openCalendar(job, schedule, concurrency);
  const { now } = calendar;
  const memory = await openMemory({
    path: `${job.directory}/memory.db`,
    budget: limits,
    cacheTtlMs: 0,
    usageLogPath: undefined,
    now,
    onError: (error) => process.stderr.write(`${error.message}\n`),
  });
  await memory.recover(now());
  await memory.actions.acceptAll(schedule.actions.map((action) => newAction(action, now())));
  const saw: Seen = {
    seed: job.seed,
    refusals: 0,
    earliestRefusal: undefined,
    dearest: 0,
    exhausted: false,
  };
  const naive = job.naive
    ? openNaiveLedger(`${job.directory}/naive`, limits.dailyBudget, schedule.spentToday)
    : undefined;
  const router = routerOf({ job, memory, naive, saw, calendar });
  const waiting = schedule.actions.filter((action) => memory.actions.get(action.id)?.finishedAt === null);
  const hands = Array.from({ length: concurrency }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await act(next, memory, router, calendar);
    calendar.handEnds();
  });
  await Promise.all(hands);
  await memory.close();
  return saw;
}

async function act(action: PlannedAction, memory: Memory, router: Router, calendar: Calendar): Promise<void> {
  const { now } = calendar;
  const claimed = await memory.actions.claim(action.id, now());
  if (claimed === undefined) return;
  const stop = new AbortController();
  const timer =
    action.cancelAfterMs === undefined ? undefined : setTimeout(() => stop.abort(), action.cancelAfterMs);
  let outcome: Outcome;
  for (let tries = 0; ; tries += 1) {
    outcome = await router.route(requestOf(action, claimed.budget, now()), stop.signal);
    if (tries >= mostTries || stop.signal.aborted) break;
    if (waitsForMidnight(outcome, calendar)) {
      await calendar.midnightPassed();
      continue;
    }
    if (!mayPassSoon(outcome, now())) break;
    await wait(20 + (tries % 7) * 5);
  }
  clearTimeout(timer);
  const error = outcome.kind === 'failed' ? { error: outcome.error } : {};
  const status = outcome.kind === 'answered' ? 'completed' : 'failed';
  await memory.actions.finish(action.id, claimed.fence, { status, ...error }, now());
}

/** Refused only because of what calls under way have reserved. */
function mayPassSoon(outcome: Outcome, now: number): boolean {
  if (outcome.kind !== 'failed' || outcome.error.code !== 'BUDGET_REFUSED') return false;
  return outcome.error.retryAt !== undefined && outcome.error.retryAt < now + 60_000;
}

/** Refused until the day that begins while the schedule plays. */
function waitsForMidnight(outcome: Outcome, calendar: Calendar): boolean {
  if (outcome.kind !== 'failed' || outcome.error.code !== 'BUDGET_REFUSED') return false;
  return outcome.error.retryAt !== undefined && outcome.error.retryAt === calendar.midnight();
}

/** `budget`: what was carved for it, which may be less than what it asked for. */
function requestOf(action: PlannedAction, budget: NanoUsd | undefined, now: number) {
  return {
    origin: {
      actionId: action.id,
      ...(action.client === undefined ? {} : { client: action.client }),
      ...(action.agent === undefined ? {} : { agent: action.agent }),
    },
    type: action.type,
    messages: [{ role: 'user' as const, content: action.prompt }],
    userText: action.prompt,
    maxTokens: action.maxTokens,
    privacy: 'any' as const,
    model: action.model,
    qualityThreshold: 0,
    mustPass: false,
    critical: false,
    ...(budget === undefined ? {} : { budget }),
    // Midnight comes by putting the clock on; a request that is under way is not late for it.
    deadlineAt: now + 20_000 + beforeMidnightMs,
    priority: 5,
    cacheable: false,
  };
}

function routerOf(given: {
  job: Job;
  memory: Memory;
  naive: NaiveLedger | undefined;
  saw: Seen;
  calendar: Calendar;
}): Router {
  const { job, memory, naive, saw, calendar } = given;
  const { now } = calendar;
  const clock: Clock = {
    now,
    sleep: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
  };
  const config: Config = {
    ...base,
    tiers: {
      local_fast: [],
      local_quality: [],
      api_fallback: base.tiers.api_fallback.map((model) => ({
        ...model,
        endpoint: model.provider === 'anthropic' ? job.anthropicUrl : job.openaiUrl,
        timeouts: { connect: 5_000, firstToken: 2_500, idle: 2_500, total: 5_000 },
      })),
    },
  };
  const note = (refusal: BudgetRefusal | undefined) => {
    if (refusal !== undefined) noteRefusal(refusal, memory, saw);
    return refusal;
  };
  const ledger: Ledger = naive?.ledger ?? {
    ...memory.ledger,
    begin: async (start) => {
      saw.dearest = Math.max(saw.dearest, start.reserve);
      const begun = await memory.ledger.begin(start);
      if (!begun.ok) note(begun.refusal);
      else calendar.callBegun();
      return begun;
    },
  };
  return createRouter({
    config: () => config,
    provider: createProviders({ apiKey: () => 'simulated' }),
    prices: { at: modelPrice, dearest: dearestModelPrice },
    ledger,
    cache: { get: () => undefined, put() {} },
    slots: createSlots({ hosts: config.hosts, maxWaitersPerHost: 1_000, clock }),
    breakers,
    passRates: { rate: () => undefined },
    clock,
    random: Math.random,
    newId: () => ulid(now()),
    apiAllowed: () => true,
    wouldRefuse: (reserve, origin) =>
      naive === undefined ? note(memory.budget.wouldRefuse(reserve, origin)) : naive.wouldRefuse(reserve),
  });
}

function noteRefusal(refusal: BudgetRefusal, memory: Memory, saw: Seen): void {
  saw.refusals += 1;
  if (refusal.limit !== 'day') return;
  saw.dearest = Math.max(saw.dearest, refusal.neededNano);
  if (refusal.reservedNano === 0) saw.exhausted = true;
  const { unknown } = memory.budget.status();
  const share = (refusal.usedNano - unknown) / (refusal.limitNano - unknown);
  if (Number.isFinite(share)) saw.earliestRefusal = Math.min(saw.earliestRefusal ?? 1, share);
}

function newAction(action: PlannedAction, createdAt: number): NewAction {
  return {
    id: action.id,
    type: action.type,
    input: { prompt: action.prompt },
    client: action.client,
    agent: action.agent,
    parentId: action.parentId,
    idempotencyKey: undefined,
    queueJob: undefined,
    privacy: 'any',
    priority: 5,
    attempts: 3,
    budget: action.budget,
    deadlineAt: undefined,
    runAt: undefined,
    tags: [],
    createdAt,
  };
}

function baseConfig(): Config {
  return loadConfig({
    cwd: jobs[0]?.directory ?? '.',
    systemFile: '/nonexistent',
    env: { SWARMD_HOME: jobs[0]?.directory, ANTHROPIC_API_KEY: 'simulated', OPENAI_API_KEY: 'simulated' },
    flags: {
      'cost_control.api': 'on',
      'routing.enable_caching': false,
      'routing.enable_self_critique': false,
      'retry.max_retries': 1,
      'retry.initial_delay_ms': 5,
      'retry.max_delay_ms': 10,
      'hosts.anthropic.slots': concurrency,
      'hosts.openai.slots': concurrency,
      'tiers.api_fallback.models': models.map((name) => ({ name })),
    },
  }).config;
}
