/**
 * Reads of the record for commands: through the daemon where one runs, else from the SQLite file itself. Both
 * answer in the same shapes, made in daemon/http/wire/.
 */
import { existsSync } from 'node:fs';
import type { Config } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import { readAddress } from '../../daemon/address.ts';
import { type Client, connect, type ListQuery } from '../../daemon/client.ts';
import { listFilter } from '../../daemon/http/list-filter.ts';
import { parseColumns, sinceTime } from '../../daemon/http/query.ts';
import {
  type ActionJson,
  actionJson,
  type ResultJson,
  resultJson,
} from '../../daemon/http/wire/action-json.ts';
import { type ExperimentJson, experimentJson } from '../../daemon/http/wire/experiment-json.ts';
import { type ExplanationJson, explanationJson } from '../../daemon/http/wire/explanation-json.ts';
import { type BudgetJson, budgetJson, type SumsJson, sumsJson } from '../../daemon/http/wire/ledger-json.ts';
import type { StatusJson } from '../../daemon/http/wire/status-json.ts';
import type { ActionRecord } from '../../memory/types/actions.ts';
import { driftHere } from './drift-here.ts';
import { type CommonOptions, configOf, dataDirOf } from './settings.ts';

export interface RecordReader {
  /** Undefined when the file is read directly. */
  client: Client | undefined;
  list(query: ListQuery): Promise<readonly ActionJson[]>;
  action(id: string): Promise<ActionJson>;
  result(id: string): Promise<ResultJson>;
  explain(id: string): Promise<ExplanationJson>;
  tree(id: string): Promise<readonly ActionJson[]>;
  sums(query: { since: string; until?: string; by: string }): Promise<readonly SumsJson[]>;
  budget(): Promise<BudgetJson>;
  status(): Promise<StatusJson>;
  close(): void;
}

/** A client of the daemon of this data directory, or undefined when none runs. Other failures are thrown. */
export async function runningDaemon(options: CommonOptions): Promise<Client | undefined> {
  const dataDir = dataDirOf(options);
  if (readAddress(dataDir) === undefined) return undefined;
  try {
    return await connect({ dataDir });
  } catch (error) {
    // The address of a daemon that died; the next one writes its own.
    if (error instanceof SwarmdError && error.code === 'DAEMON_UNREACHABLE') return undefined;
    throw error;
  }
}

export async function openRecord(options: CommonOptions): Promise<RecordReader> {
  const client = await runningDaemon(options);
  return client === undefined ? await readFile(options) : readDaemon(client);
}

function readDaemon(client: Client): RecordReader {
  return {
    client,
    list: (query) => client.list(query),
    action: (id) => client.action(id),
    result: (id) => client.result(id),
    explain: (id) => client.explain(id),
    tree: async (id) => (await client.tree(id)).actions,
    sums: (query) => client.sums(query),
    budget: () => client.budget(),
    status: () => client.status(),
    close() {},
  };
}

/** SQLite is loaded only here: a command that talks to a daemon needs none. */
async function readFile(options: CommonOptions): Promise<RecordReader> {
  const { config } = configOf(options);
  const { path } = config.memory;
  if (!existsSync(path)) return emptyRecord(config);
  const [
    { openRecordFile },
    actions,
    calls,
    { budgetStatus },
    { noteworthyExperiments, tallyExperiment },
    { listLabels },
  ] = await Promise.all([
    import('./record-file.ts'),
    import('../../memory/action-reads.ts'),
    import('../../memory/calls.ts'),
    import('../../memory/budget-status.ts'),
    import('../../memory/experiments.ts'),
    import('../../memory/labels.ts'),
  ]);
  const store = openRecordFile(path);
  const now = () => Date.now();
  const find = (id: string): ActionRecord => {
    const action = actions.getAction(store, id);
    if (action === undefined) throw noAction(id);
    return action;
  };
  const budget = () => budgetJson(budgetStatus(store, config.costControl, now()));
  return {
    client: undefined,
    list: async (query) => {
      const { parentId, rootId, ...rest } = query;
      const filter = listFilter(
        {
          ...rest,
          ...(parentId === undefined ? {} : { parent_id: parentId }),
          ...(rootId === undefined ? {} : { root_id: rootId }),
        },
        now(),
      );
      return actions.listActions(store, filter).map(actionJson);
    },
    action: async (id) => actionJson(find(id)),
    result: async (id) => resultJson(find(id)),
    explain: async (id) =>
      explanationJson(find(id), calls.callsOfAction(store, id), listLabels(store, { actionId: id })),
    tree: async (id) => actions.listTree(store, find(id).rootId).map(actionJson),
    sums: async ({ since, until, by }) => {
      const from = sinceTime(since, now());
      const to = until === undefined ? now() + 1 : sinceTime(until, now());
      return calls.callSums(store, from, to, parseColumns(by)).map(sumsJson);
    },
    budget: async () => budget(),
    status: async () => ({
      ...stoppedStatus(
        config,
        actions.countActions(store),
        actions.countWaiting(store),
        budget(),
        noteworthyExperiments(store).map((one) => experimentJson(one, tallyExperiment(store, one))),
      ),
      drift: await driftHere(store, options),
    }),
    close: () => store.close(),
  };
}

function noAction(id: string): SwarmdError {
  return new SwarmdError('NOT_FOUND', `no action ${JSON.stringify(id)}`, {
    where: id,
    allowed: 'an id that `swarmd list` shows',
  });
}

/** Nothing was ever done here: reading must not create the file. */
function emptyRecord(config: Config): RecordReader {
  const none = (id: string) => Promise.reject(noAction(id));
  const budget = async (): Promise<BudgetJson> => {
    const { unusedBudget } = await import('../../memory/budget-status.ts');
    return budgetJson(unusedBudget(config.costControl, Date.now()));
  };
  return {
    client: undefined,
    list: () => Promise.resolve([]),
    action: none,
    result: none,
    explain: none,
    tree: none,
    sums: async ({ by }) => {
      parseColumns(by);
      return [];
    },
    budget,
    status: async () => stoppedStatus(config, {}, {}, await budget(), []),
    close() {},
  };
}

function stoppedStatus(
  config: Config,
  actions: Readonly<Record<string, number>>,
  waitingFor: Readonly<Record<string, number>>,
  budget: BudgetJson,
  experiments: readonly ExperimentJson[],
): StatusJson {
  return {
    running: false,
    pid: null,
    version: null,
    started_at: null,
    data_dir: config.dataDir,
    url: null,
    simulated: false,
    state: 'stopped',
    queue: null,
    actions,
    waiting_for: waitingFor,
    budget,
    experiments,
    after_outcomes: null,
    api_allowed: null,
    drift: [],
    models: [],
    hosts: [],
  };
}
