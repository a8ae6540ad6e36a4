/** DESIGN.md 7.5: where `SWARMD_CRASH_AT` may kill the process; docs/crashes.md says what each proves. */
export const crashLabels = [
  'accepted',
  'claimed',
  'classified',
  'reserved',
  'call-before',
  'call-after',
  'assessed',
  'children-added',
  'waiting-children',
  'recorded',
  'completed',
] as const;

const wanted = process.env.SWARMD_CRASH_AT;

/** Dies here as by kill -9, when told to: no handler runs, nothing is flushed. */
export function crashPoint(label: (typeof crashLabels)[number]): void {
  if (wanted === label) process.kill(process.pid, 'SIGKILL');
}
