import vm from 'node:vm';

// One empty context for all bounded work: it holds nothing but the function of the moment.
const context = vm.createContext(Object.create(null));
const script = new vm.Script('work()');

/** What bounded work came to; `timedOut` when it was stopped. */
export type Bounded<Result> = { timedOut: false; result: Result } | { timedOut: true };

/**
 * Runs synchronous work for at most `ms` milliseconds, then stops it wherever it is. V8 stops a regular
 * expression in the middle of its backtracking too (measured: `^(a+)+$` on 41 characters ends at 50 ms), so
 * patterns that users write may be run on text that models write. Costs 0.2 ms a call: not for every check.
 */
export function withTimeLimit<Result>(ms: number, work: () => Result): Bounded<Result> {
  context.work = work;
  try {
    return { timedOut: false, result: script.runInContext(context, { timeout: ms }) as Result };
  } catch (error) {
    // The error is of the context's own realm: `instanceof Error` is false for it.
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return { timedOut: true };
    throw error;
  } finally {
    context.work = undefined;
  }
}
