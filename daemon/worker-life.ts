import { DelayedError } from 'bullmq';
import type { Deps } from './deps.ts';
import type { StopReason } from './in-flight.ts';
import type { ActionJobWorker, JobProcessor } from './queue/backend.ts';

/** The worker from its first job to its last. */
export interface WorkerLife {
  /** `asPaused`: it takes nothing until `resume`. */
  start(asPaused: boolean): void;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Stops what runs at once; it goes back into the queue. */
  stopNow(reason: StopReason): Promise<void>;
  /** Takes no more jobs, lets what runs end within the drain time, puts the rest back, closes. */
  close(): Promise<void>;
  /** How many jobs lost their worker and were taken up here since the start. */
  stalled(): number;
}

/** After the drain time what runs gets this long to put itself back, in milliseconds. */
const putBackMs = 5_000;
const sentBackForMs = 1_000;

export function createWorkerLife(deps: Deps, processor: JobProcessor, drainMs: () => number): WorkerLife {
  let stopping = false;
  let paused = false;
  // A paused worker still takes the job its open fetch was waiting for (seen on PostgreSQL), and the one after
  // the one that ends (seen with the one just put back): while paused or stopping, what comes is sent back.
  const worker: ActionJobWorker = deps.queue.openWorker(async (job, token, signal) => {
    if (!stopping && !paused) return await processor(job, token, signal);
    await job.moveToDelayed(deps.clock.now() + sentBackForMs, token);
    throw new DelayedError();
  });
  worker.on('error', (error) => deps.logger.warn({ err: error }, 'queue'));
  worker.on('lockRenewalFailed', (jobIds: string[]) => {
    deps.logger.warn({ jobIds }, 'locks lost: their work is stopped, another worker has it');
    for (const id of jobIds) deps.inFlight.stopJob(id, 'lost');
  });
  let stalled = 0;
  worker.on('stalled', () => {
    stalled += 1;
  });
  let running: Promise<void> | undefined;

  async function settled(ms: number): Promise<boolean> {
    const deadline = deps.clock.now() + ms;
    while (deps.inFlight.size() > 0 && deps.clock.now() < deadline) await deps.clock.sleep(20);
    return deps.inFlight.size() === 0;
  }

  return {
    stalled: () => stalled,
    start(asPaused) {
      paused = asPaused;
      running = worker.run().catch((error: unknown) => deps.logger.error({ err: error }, 'the worker ended'));
      if (paused) void worker.pause(true);
    },
    pause() {
      paused = true;
      return worker.pause(true);
    },
    resume() {
      paused = false;
      return Promise.resolve(worker.resume());
    },
    async stopNow(reason) {
      stopping = true;
      deps.parking.close();
      await worker.pause(true);
      deps.inFlight.stopAll(reason);
      await settled(putBackMs);
    },
    async close() {
      stopping = true;
      deps.parking.close();
      await worker.pause(true);
      if (!(await settled(drainMs()))) {
        deps.inFlight.stopAll('shutdown');
        await settled(putBackMs);
      }
      // What does not let go even then is left to the next start: its claim is fenced.
      await worker.close(deps.inFlight.size() > 0);
      await running;
    },
  };
}
