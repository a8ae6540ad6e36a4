/** The baseline that names itself in the benchmark: BullMQ and nothing else. The one file of scripts/ that imports it. */
import { Queue, Worker } from 'bullmq';

export interface PlainWorker {
  /** Adds one job a number and resolves when the last has completed; rejects when one fails. */
  run(numbers: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

export async function startPlainWorker(
  url: string,
  concurrency: number,
  work: (n: number) => Promise<string>,
): Promise<PlainWorker> {
  const connection = { url, maxRetriesPerRequest: null };
  const queue = new Queue('bare', { connection });
  const worker = new Worker('bare', (job) => work(Number(job.data.n)), {
    connection,
    concurrency,
    removeOnComplete: { age: 3_600, count: 1_000 },
    removeOnFail: { age: 3_600, count: 1_000 },
  });
  await worker.waitUntilReady();
  return {
    async run(numbers) {
      const { promise: all, resolve, reject } = Promise.withResolvers<void>();
      let left = numbers.length;
      const onCompleted = () => {
        left -= 1;
        if (left === 0) resolve();
      };
      worker.on('completed', onCompleted);
      worker.on('failed', (_job, error) => reject(error));
      await queue.addBulk(numbers.map((n) => ({ name: 'prompt', data: { n } })));
      await all;
      worker.off('completed', onCompleted);
    },
    async close() {
      await worker.close();
      await queue.close();
    },
  };
}
