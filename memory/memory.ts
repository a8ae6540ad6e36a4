import { SwarmdError } from '../config/errors.ts';
import {
  countActions,
  countWaiting,
  getAction,
  getActionByQueueJob,
  listActions,
  listChildren,
  listOpen,
  listTree,
  pendingChildren,
} from './action-reads.ts';
import { refusalFor } from './budget.ts';
import { budgetStatus } from './budget-status.ts';
import { cachedAnswer } from './cache.ts';
import { callSums, callsOfAction, callTotals, passRate, unknownCalls } from './calls.ts';
import { clientNamed, clientWithToken } from './clients.ts';
import { openStore, type Store } from './database.ts';
import {
  getExperiment,
  listExperiments,
  noteworthyExperiments,
  runningExperiments,
  tallyExperiment,
} from './experiments.ts';
import { listLabels, tallyLabels } from './labels.ts';
import { lockHolders } from './lock-holder.ts';
import { entriesOf } from './memory-entries.ts';
import { pendingOutbox } from './outbox.ts';
import { identifyProcess } from './process-identity.ts';
import { drift } from './report/quality.ts';
import { Searcher } from './searcher.ts';
import { getState } from './state.ts';
import type { Actions } from './types/actions.ts';
import type { Memory, MemoryOptions } from './types/memory.ts';
import { Writer } from './writer.ts';

/** How long a write waits for another process's lock before that is told to `onError`, in milliseconds. */
const busyTimeoutMs = 3_000;
/** And how long in all, before it fails with MEMORY_BUSY. */
const patienceMs = 60_000;
/** A read waits for a lock only while the file is created or recovered; longer would stall the event loop. */
const readBusyTimeoutMs = 200;
/** `/readyz` asks whether a write commits; one that takes longer is an answer too. */
const writableWithinMs = 2_000;

/**
 * Opens the memory for the daemon: writes go to a thread of their own (group commit), short indexed reads
 * stay here. Creates and migrates the file. Throws SwarmdError: MEMORY_BUSY, MEMORY_CORRUPT, MEMORY_NEWER or
 * MEMORY_UNAVAILABLE.
 */
export async function openMemory(options: MemoryOptions): Promise<Memory> {
  const writer = await Writer.open(
    { path: options.path, busyTimeoutMs, patienceMs, usageLogPath: options.usageLogPath },
    options.onError,
  );
  let store: Store;
  try {
    store = openStore(options.path, { mode: 'read', busyTimeoutMs: readBusyTimeoutMs });
  } catch (error) {
    await writer.close();
    throw error;
  }
  const searcher = new Searcher(options.path);
  const holder = identifyProcess();
  const { budget } = options;
  const limits = typeof budget === 'function' ? budget : () => budget;
  // What `mem-db`, which reads no configuration, must know of it.
  writer.send('setState', {
    key: 'cost_control.time_zone',
    value: limits().timeZone,
    at: options.now(),
  });

  return {
    path: options.path,
    actions: actionsOf(store, writer),
    calls: {
      forAction: (actionId) => callsOfAction(store, actionId),
      sums: (since, until, by, client) => callSums(store, since, until, by, client),
      totals: (since, until) => callTotals(store, since, until),
      unknown: () => unknownCalls(store),
    },
    ledger: {
      begin: (start) => writer.run('beginCall', { start, limits: limits(), holder }),
      finish: (end) => writer.run('finishCall', end),
      judge: (judgement) => writer.send('judgeCall', judgement),
    },
    budget: {
      status: () => budgetStatus(store, limits(), options.now()),
      wouldRefuse: (reserve, { actionId, agent, client, experiment }, role) =>
        refusalFor(store, limits(), {
          reserve,
          actionId,
          agent,
          client,
          experiment,
          role,
          at: options.now(),
        }),
      change: (change) => writer.run('changeBudget', { change, limits: limits(), at: options.now() }),
      settle: (callId, cost) => writer.run('settleUnknownCall', { callId, cost }),
      settleAll: (report) => writer.run('settleReport', { report }),
    },
    cache: {
      get: (key) => cachedAnswer(store, key, options.now()),
      put: (key, value) => {
        if (options.cacheTtlMs <= 0) return;
        writer.send('keepAnswer', { key, value, now: options.now(), ttlMs: options.cacheTtlMs });
      },
    },
    passRates: {
      rate: (type, complexity, model) => passRate(store, { type, complexity, model, now: options.now() }),
    },
    labels: {
      add: (label) => writer.run('addLabel', label),
      list: (filter) => listLabels(store, filter),
      tally: (since, until) => tallyLabels(store, since, until),
    },
    learning: { drift: (learned, now) => drift(store, learned, now) },
    entries: entriesOf(store, writer, searcher, options.now),
    clients: {
      named: (name) => clientNamed(store, name),
      withToken: (token) => clientWithToken(store, token),
    },
    experiments: {
      start: (wanted) => writer.run('startExperiment', wanted),
      change: (input) => writer.run('changeExperiment', input),
      running: () => runningExperiments(store),
      get: (name) => getExperiment(store, name),
      list: (limit) => listExperiments(store, limit),
      noteworthy: () => noteworthyExperiments(store),
      tally: (experiment) => tallyExperiment(store, experiment),
    },
    state: {
      get: (key) => getState(store, key),
      set: (key, value) => writer.run('setState', { key, value, at: options.now() }),
    },
    outbox: {
      put: (rows) => writer.run('putOutbox', { rows, at: options.now() }),
      pending: (channel, limit) => pendingOutbox(store, channel, limit),
      drop: (row) => writer.run('dropOutbox', row),
    },
    recover: async (at) => ({ calls: await writer.run('recoverCalls', { at }) }),
    writable: () => commitsInTime(writer, options),
    close: async () => {
      // The reader goes first: a checkpoint can empty the log only when nobody reads from it.
      await searcher.close();
      await writer.close(() => store.close());
    },
  };
}

function actionsOf(store: Store, writer: Writer): Actions {
  return {
    accept: (action) => writer.run('acceptAction', action),
    acceptAll: (actions) => writer.run('acceptActions', actions),
    spawn: (parentId, fence, children, limits) =>
      writer.run('spawnActions', { parentId, fence, children, limits }),
    claim: (id, at) => writer.run('claimAction', { id, at }),
    park: (park) => writer.run('parkAction', park),
    finish: (id, fence, result, at, outbox) => writer.run('finishAction', { id, fence, result, at, outbox }),
    cancel: (id, reason, at) => writer.run('cancelAction', { id, reason, at }),
    retry: (id, at) => writer.run('retryAction', { id, at }),
    releaseFromBudget: (which) => writer.run('releaseFromBudget', { which }),
    waitingCounts: () => countWaiting(store),
    get: (id) => getAction(store, id),
    byQueueJob: (queueJob) => getActionByQueueJob(store, queueJob),
    list: (filter) => listActions(store, filter),
    children: (parentId) => listChildren(store, parentId),
    pendingChildren: (parentId) => pendingChildren(store, parentId),
    tree: (rootId) => listTree(store, rootId),
    open: (after, limit) => listOpen(store, after, limit),
    counts: () => countActions(store),
  };
}

/** False, with the reason to `onError`, when a small write fails or waits too long. */
async function commitsInTime(writer: Writer, options: MemoryOptions): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Error>((resolve) => {
    timer = setTimeout(() => {
      const holders = lockHolders(options.path) ?? 'nobody known';
      resolve(
        new SwarmdError('MEMORY_BUSY', `a write has waited ${writableWithinMs} ms; locked by ${holders}`, {
          where: options.path,
          retryable: true,
        }),
      );
    }, writableWithinMs);
  });
  const write = writer
    .run('setState', { key: 'written_at', value: options.now(), at: options.now() })
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
  const problem = await Promise.race([write, late]);
  clearTimeout(timer);
  if (problem instanceof Error) options.onError(problem);
  return !(problem instanceof Error);
}
