import {
  acceptAction,
  acceptActions,
  cancelAction,
  claimAction,
  finishAction,
  parkAction,
  releaseFromBudget,
  retryAction,
  spawnActions,
} from './actions.ts';
import { changeBudget } from './budget-limits.ts';
import { keepAnswer } from './cache.ts';
import { confirmEntry, supersedeEntry } from './curate.ts';
import type { Durability, Store } from './database.ts';
import { writeEntry } from './entries.ts';
import { changeExperiment, startExperiment } from './experiments.ts';
import { addLabel } from './labels.ts';
import { beginCall, finishCall, judgeCall, recoverCalls, settleUnknownCall } from './ledger.ts';
import { dropOutbox, putOutbox } from './outbox.ts';
import { setState } from './state.ts';
import { claimTodo, closeTodo } from './todo.ts';
import { settleReport } from './usage-report.ts';
import { storeEmbeddings } from './vectors.ts';

/**
 * Every write, by name. Each is a synchronous function of the store and one plain value, so that it runs the
 * same in the writer thread, in a command and in a test. `full`: its result is a promise to somebody.
 */
export const operations = {
  acceptAction,
  acceptActions,
  spawnActions,
  claimAction,
  parkAction,
  finishAction,
  cancelAction,
  releaseFromBudget,
  retryAction,
  beginCall,
  finishCall,
  judgeCall,
  addLabel,
  settleUnknownCall,
  settleReport,
  changeBudget,
  recoverCalls,
  keepAnswer,
  setState,
  putOutbox,
  dropOutbox,
  startExperiment,
  changeExperiment,
  writeEntry,
  supersedeEntry,
  confirmEntry,
  claimTodo,
  closeTodo,
  storeEmbeddings,
} as const satisfies Record<string, (store: Store, input: never) => unknown>;

export type OperationName = keyof typeof operations;
export type OperationInput<Name extends OperationName> = Parameters<(typeof operations)[Name]>[1];
export type OperationResult<Name extends OperationName> = ReturnType<(typeof operations)[Name]>;

const full: ReadonlySet<OperationName> = new Set([
  'acceptAction',
  'acceptActions',
  'spawnActions',
  'finishAction',
  'cancelAction',
  'beginCall',
  'finishCall',
  'settleUnknownCall',
  'settleReport',
  'changeBudget',
  'putOutbox',
  'startExperiment',
  'changeExperiment',
  'recoverCalls',
] as const);

export function durabilityOf(name: OperationName): Durability {
  return full.has(name) ? 'full' : 'normal';
}
