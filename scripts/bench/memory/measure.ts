/** Times of a piece of work, and how they are printed beside those of plain SQL. */

/** Milliseconds of each round, ascending: those of the pass over all rounds with the lowest p99. */
export function measure(passes: number, rounds: number, work: (round: number) => unknown): number[] {
  for (let round = 0; round < 10; round += 1) work(round);
  const all = Array.from({ length: passes }, () => onePass(rounds, work));
  return all.toSorted((a, b) => at(a, 0.99) - at(b, 0.99))[0] ?? [];
}

function onePass(rounds: number, work: (round: number) => unknown): number[] {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    work(round);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

function at(times: readonly number[], share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
}

export function report(
  what: string,
  ours: readonly number[],
  plain: readonly number[],
  goal: string,
  baseline: string,
): void {
  const ratio = at(plain, 0.5) / at(ours, 0.5);
  console.log(
    `${what.padEnd(42)} p50 ${at(ours, 0.5).toFixed(2)} p99 ${at(ours, 0.99).toFixed(2)} ms (goal ${goal}); ` +
      `${baseline} p50 ${at(plain, 0.5).toFixed(2)} p99 ${at(plain, 0.99).toFixed(2)} ms: ${ratio.toFixed(2)} times as fast`,
  );
}
