/** Ctrl-C ends the work in hand in an orderly way; a second one ends the process. */
export function stopOnSignal(): AbortSignal {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('stopped')));
  return stop.signal;
}
