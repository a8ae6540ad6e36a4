import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeMidnightMs } from './midnights.ts';

export interface Job {
  seed: number;
  /** Of its files. */
  directory: string;
  openaiUrl: string;
  anthropicUrl: string;
  naive: boolean;
  /** Added to the system's time: a schedule plays on days of its own, whenever it runs. */
  clockOffsetMs: number;
}

export interface Jobs {
  jobs: readonly Job[];
}

const midnightFile = ({ directory }: Job) => join(directory, 'after-midnight');

/** The time of a schedule: the system's, moved to its day, and once its midnight was passed, behind that. */
export function timeOf(job: Job, systemTime: number): number {
  const moved = systemTime + job.clockOffsetMs;
  return existsSync(midnightFile(job)) ? moved + beforeMidnightMs : moved;
}

/** From now on, whatever is killed and started again, it is after midnight. */
export function passMidnight(job: Job): void {
  writeFileSync(midnightFile(job), '');
}
