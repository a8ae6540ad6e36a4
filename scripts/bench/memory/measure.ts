/** Times of a piece of work, and how they are printed beside those of plain SQL. */

/** Milliseconds of each round, ascending: by the clock, and of this process's own work alone. */
export interface Times {
  clock: readonly number[];
  work: readonly number[];
}

/** Of several passes over the same rounds the one with the lowest p99: what else the machine does is not ours. */
export function measure(passes: number, rounds: number, work: (round: number) => unknown): Times {
  for (let round = 0; round < 10; round += 1) work(round);
  const all = Array.from({ length: passes }, () => onePass(rounds, work));
  const [best] = all.toSorted((a, b) => at(a.clock, 0.99) - at(b.clock, 0.99));
  return best ?? { clock: [], work: [] };
}

function onePass(rounds: number, work: (round: number) => unknown): Times {
  const clock: number[] = [];
  const own: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const usage = process.cpuUsage();
    const started = performance.now();
    work(round);
    clock.push(performance.now() - started);
    const { user, system } = process.cpuUsage(usage);
    own.push((user + system) / 1000);
  }
  return { clock: ascending(clock), work: ascending(own) };
}

/** Times taken elsewhere, of which only the clock's are known. */
export function timesOf(clock: readonly number[]): Times {
  return { clock: ascending(clock), work: [] };
}

function ascending(times: readonly number[]): number[] {
  return times.toSorted((a, b) => a - b);
}

function at(times: readonly number[], share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
}

export function report(what: string, ours: Times, plain: Times, goal: string, baseline: string): void {
  const ratio = at(plain.clock, 0.5) / at(ours.clock, 0.5);
  console.log(
    `${what.padEnd(42)} ${shown(ours)} (goal ${goal}); ${baseline} ${shown(plain)}: ${ratio.toFixed(2)} times as fast`,
  );
}

function shown({ clock, work }: Times): string {
  const own = work.length === 0 ? '' : ` (own work p99 ${at(work, 0.99).toFixed(2)})`;
  return `p50 ${at(clock, 0.5).toFixed(2)} p99 ${at(clock, 0.99).toFixed(2)}${own} ms`;
}
