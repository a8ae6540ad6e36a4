import type { DaemonStatus } from '../../control.ts';
import { type ExperimentJson, experimentJson } from './experiment-json.ts';
import { type BudgetJson, budgetJson } from './ledger-json.ts';
import { iso } from './units.ts';

export interface StatusJson {
  running: boolean;
  pid: number | null;
  version: string | null;
  started_at: string | null;
  data_dir: string;
  url: string | null;
  simulated: boolean;
  state: string;
  queue: {
    url: string;
    jobs: Readonly<Record<string, number>>;
    last_finished_at: string | null;
    stalled: number;
  } | null;
  actions: Readonly<Record<string, number>>;
  /** Of those put aside, how many wait for what. */
  waiting_for: Readonly<Record<string, number>>;
  budget: BudgetJson;
  /** Those that run, and the newest where it came back by itself. */
  experiments: readonly ExperimentJson[];
  /** Shadows and audits since the start; null where no daemon runs. */
  after_outcomes: { waiting: number; running: number; done: number; left_out: number } | null;
  api_allowed: true | string | null;
  /** How answers have changed since the gate was calibrated, a line each. */
  drift: readonly string[];
  models: readonly {
    name: string;
    tier: string;
    provider: string;
    live: boolean | null;
    breaker: string;
    reason: string | null;
  }[];
  hosts: readonly {
    name: string;
    slots: number;
    /** Calls under way. */
    active: number;
    /** Requests that wait in memory for a slot. */
    waiting: number;
    /** Actions put aside until a slot is free. */
    put_aside: number;
    resident: readonly string[];
    /** A model is being loaded. */
    loading: boolean;
    /** Models loaded by swarmd since its start, how many of those loads failed, and how long all took together. */
    swaps: number;
    swaps_failed: number;
    swap_ms: number;
  }[];
}

export function statusJson(status: DaemonStatus): StatusJson {
  return {
    running: true,
    pid: status.pid,
    version: status.version,
    started_at: iso(status.startedAt),
    data_dir: status.dataDir,
    url: status.url ?? null,
    simulated: status.simulated,
    state: status.state,
    queue: {
      url: status.queue.url,
      jobs: status.queue.jobs,
      last_finished_at: iso(status.queue.lastFinishedAt),
      stalled: status.queue.stalled,
    },
    actions: status.actions,
    waiting_for: status.waitingFor,
    budget: budgetJson(status.budget),
    experiments: status.experiments.map(({ experiment, tallies }) => experimentJson(experiment, tallies)),
    after_outcomes: {
      waiting: status.afterOutcomes.waiting,
      running: status.afterOutcomes.running,
      done: status.afterOutcomes.done,
      left_out: status.afterOutcomes.leftOut,
    },
    api_allowed: status.apiAllowed,
    drift: status.drift,
    models: status.models.map((model) => ({
      name: model.name,
      tier: model.tier,
      provider: model.provider,
      live: model.live ?? null,
      breaker: model.breaker,
      reason: model.reason ?? null,
    })),
    hosts: status.hosts.map((host) => ({
      name: host.host,
      slots: host.slots,
      active: host.active,
      waiting: host.waiting,
      put_aside: host.aside,
      resident: host.resident,
      loading: host.loading,
      swaps: host.swaps.count,
      swaps_failed: host.swaps.failed,
      swap_ms: Math.round(host.swaps.ms),
    })),
  };
}
