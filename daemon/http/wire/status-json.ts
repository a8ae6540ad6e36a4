import type { DaemonStatus } from '../../control.ts';
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
  budget: BudgetJson;
  api_allowed: true | string | null;
  models: readonly {
    name: string;
    tier: string;
    provider: string;
    live: boolean | null;
    breaker: string;
    reason: string | null;
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
    budget: budgetJson(status.budget),
    api_allowed: status.apiAllowed,
    models: status.models.map((model) => ({
      name: model.name,
      tier: model.tier,
      provider: model.provider,
      live: model.live ?? null,
      breaker: model.breaker,
      reason: model.reason ?? null,
    })),
  };
}
