/** Small tools of the benchmarks: run calls at a concurrency, and say how long they took. */

export interface Measured {
  perSecond: number;
  /** Milliseconds, ascending. */
  latencies: number[];
}

/** Makes `count` calls, `concurrency` at a time, each with its number; rejects with the first failure. */
export async function runCalls(
  call: (n: number) => Promise<unknown>,
  count: number,
  concurrency: number,
): Promise<Measured> {
  const latencies: number[] = [];
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (next < count) {
        const n = next;
        next += 1;
        const since = performance.now();
        await call(n);
        latencies.push(performance.now() - since);
      }
    }),
  );
  const perSecond = (count * 1_000) / (performance.now() - startedAt);
  return { perSecond, latencies: latencies.sort((a, b) => a - b) };
}

/** The value below which this share of the ascending values lies. */
export function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
}
