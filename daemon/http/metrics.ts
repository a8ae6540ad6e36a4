import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { toUsd } from '../../config/money.ts';
import { actionStatuses } from '../../memory/types/actions.ts';
import type { CallSums } from '../../memory/types/calls.ts';
import type { HttpContext } from './context.ts';

export interface Metrics {
  contentType: string;
  text: () => Promise<string>;
}

/**
 * Prometheus metrics. Costs and calls are read from the ledger at each scrape, so a restart loses nothing and
 * they equal `swarmd costs`; only the histogram of quality counts from the first scrape on.
 */
export function createMetrics({ control, memory, events, now }: HttpContext): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  const cost = new Counter({
    name: 'swarmd_llm_cost_usd_total',
    help: 'Dollars spent on calls, all of the ledger.',
    labelNames: ['tier', 'model'],
    registers: [registry],
  });
  const calls = new Counter({
    name: 'swarmd_llm_calls_total',
    help: 'Finished calls of models, all of the ledger.',
    labelNames: ['tier', 'outcome'],
    registers: [registry],
  });
  const quality = new Histogram({
    name: 'swarmd_quality_score',
    help: 'Quality of assessed answers, accepted or not, since the first scrape.',
    labelNames: ['tier'],
    buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    registers: [registry],
  });
  const remaining = new Gauge({
    name: 'swarmd_budget_remaining_usd',
    help: 'What the day still allows, reservations taken off; +Inf without a daily limit.',
    registers: [registry],
  });
  const agents = new Gauge({
    name: 'swarmd_agents_live',
    help: 'Actions of type agent that run or wait for children.',
    registers: [registry],
  });
  const jobs = new Gauge({
    name: 'swarmd_queue_jobs',
    help: 'Jobs in the queue by state.',
    labelNames: ['queue', 'state'],
    registers: [registry],
  });
  const actions = new Gauge({
    name: 'swarmd_actions',
    help: 'Actions in the record by status.',
    labelNames: ['status'],
    registers: [registry],
  });
  const stalled = new Counter({
    name: 'swarmd_stalled_total',
    help: 'Actions that came back from a lost worker, since the start.',
    registers: [registry],
  });
  const waiting = new Gauge({
    name: 'swarmd_actions_waiting',
    help: 'Actions put aside, by what they wait for.',
    labelNames: ['for'],
    registers: [registry],
  });
  const slots = new Gauge({
    name: 'swarmd_host_slots',
    help: 'Calls under way at a host, and requests or actions that wait for it.',
    labelNames: ['host', 'state'],
    registers: [registry],
  });
  const swaps = new Counter({
    name: 'swarmd_model_swaps_total',
    help: 'Models loaded by swarmd since its start.',
    labelNames: ['host', 'outcome'],
    registers: [registry],
  });
  const swapSeconds = new Counter({
    name: 'swarmd_model_swap_seconds_total',
    help: 'Seconds spent loading them.',
    labelNames: ['host'],
    registers: [registry],
  });
  const build = new Gauge({
    name: 'swarmd_build_info',
    help: 'Always 1; the version is the label.',
    labelNames: ['version', 'node'],
    registers: [registry],
  });

  events.subscribe(({ event }) => {
    if (event.kind === 'assessed' && event.quality !== undefined)
      quality.observe({ tier: event.tier ?? 'unknown' }, event.quality);
  });

  const collect = async (): Promise<void> => {
    const ledger = memory.calls.sums(0, now() + 1, ['tier', 'model', 'outcome']);
    setTotals(
      cost,
      ledger,
      ({ tier, model }) => ({ tier, model }),
      (sums) => toUsd(sums.cost),
    );
    setTotals(
      calls,
      ledger,
      ({ tier, outcome }) => ({ tier, outcome }),
      (sums) => sums.calls,
    );
    const budget = memory.budget.status();
    const free = budget.dailyLimit - budget.spent - budget.reserved;
    remaining.set(budget.dailyLimit === 0 ? Number.POSITIVE_INFINITY : toUsd(Math.max(0, free)));
    const counts = memory.actions.counts();
    for (const status of actionStatuses) actions.set({ status }, counts[status]);
    waiting.reset();
    for (const [what, count] of Object.entries(memory.actions.waitingCounts()))
      waiting.set({ for: what }, count);
    const live = memory.actions.list({ type: 'agent', status: ['running', 'waiting'], limit: 10_000 });
    agents.set(live.length);
    const { queue, version, hosts } = await control.status();
    swaps.reset();
    swapSeconds.reset();
    for (const host of hosts) {
      slots.set({ host: host.host, state: 'active' }, host.active);
      slots.set({ host: host.host, state: 'waiting' }, host.waiting + host.aside);
      swaps.inc({ host: host.host, outcome: 'ok' }, host.swaps.count - host.swaps.failed);
      swaps.inc({ host: host.host, outcome: 'error' }, host.swaps.failed);
      swapSeconds.inc({ host: host.host }, host.swaps.ms / 1_000);
    }
    for (const [state, count] of Object.entries(queue.jobs)) jobs.set({ queue: 'actions', state }, count);
    stalled.reset();
    stalled.inc(queue.stalled);
    build.set({ version, node: process.version }, 1);
  };

  return {
    contentType: registry.contentType,
    text: async () => {
      await collect();
      return registry.metrics();
    },
  };
}

/** Sets a counter to totals that the ledger already has, summed over what its labels leave out. */
function setTotals<Label extends string>(
  counter: Counter<Label>,
  ledger: readonly CallSums[],
  labelsOf: (sums: CallSums) => Record<Label, string | undefined>,
  amountOf: (sums: CallSums) => number,
): void {
  counter.reset();
  for (const sums of ledger) {
    const labels = Object.fromEntries(
      Object.entries<string | undefined>(labelsOf(sums)).map(([name, value]) => [name, value ?? 'unknown']),
    ) as Record<Label, string>;
    counter.inc(labels, amountOf(sums));
  }
}
