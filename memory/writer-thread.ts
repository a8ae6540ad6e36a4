import { statSync } from 'node:fs';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { SwarmdError } from '../config/errors.ts';
import { type OperationOutcome, runBatch } from './batch.ts';
import { openStore, type Store } from './database.ts';
import { lockHolders } from './lock-holder.ts';
import { migrate } from './migrations.ts';
import { describeSqliteError } from './sqlite-errors.ts';
import { appendToUsageLog } from './usage-log.ts';
import type { WriterOptions, WriterReply, WriterRequest } from './wire.ts';
import { packError } from './wire.ts';

/** Operations of one transaction; more wait for the next one, so that no reader of the file waits long. */
const largestBatch = 1000;

/** Bytes of a file that is checked at every start, in a tenth of a second; and after a kill, in about one. */
const largestChecked = 20_000_000;
const largestCheckedAfterKill = 200_000_000;

const port = parentPort as MessagePort;
const options = workerData as WriterOptions;
const store = open();
if (store !== undefined) serve(store);

function open(): Store | undefined {
  let opened: Store | undefined;
  try {
    const killed = wasKilled();
    opened = openStore(options.path, {
      mode: 'write',
      busyTimeoutMs: options.busyTimeoutMs,
      patience: { forMs: options.patienceMs, tell: tellWhoIsWaitedFor },
    });
    migrate(opened);
    assertSound(opened, killed ? largestCheckedAfterKill : largestChecked);
    reply({ kind: 'ready' });
    return opened;
  } catch (error) {
    opened?.close();
    reply({ kind: 'surprise', error: packError(describeSqliteError(error, options.path)) });
    port.close();
    return undefined;
  }
}

/** A log that was not emptied: whoever wrote last did not close the file. */
function wasKilled(): boolean {
  return (statSync(`${options.path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Reads every page of a file up to this size; a larger one is read by each day's backup and `mem-db health`. */
function assertSound(store: Store, largest: number): void {
  if (statSync(options.path).size > largest) return;
  const found = store.sqlite.pragma('quick_check(1)', { simple: true });
  if (found === 'ok') return;
  throw Object.assign(new Error(String(found)), { code: 'SQLITE_CORRUPT' });
}

function tellWhoIsWaitedFor(): void {
  const message = `writes wait for the memory file, locked by ${lockHolders(options.path) ?? 'another process'}`;
  const error = new SwarmdError('MEMORY_BUSY', message, { where: options.path, retryable: true });
  reply({ kind: 'waiting', error: packError(error) });
}

function serve(store: Store): void {
  port.on('message', (first: WriterRequest) => {
    const requests = drain(first);
    const batch = requests.flatMap((request) => (request.kind === 'run' ? request.operations : []));
    if (batch.length > 0) {
      const outcomes = runBatch(store, batch);
      if (options.usageLogPath !== undefined) logUsage(store, options.usageLogPath, batch, outcomes);
      reply({
        kind: 'done',
        outcomes: outcomes.map((outcome, index) => ({
          id: batch[index]?.id ?? 0,
          ...(outcome.ok ? { value: outcome.value } : { error: packError(outcome.error) }),
        })),
      });
    }
    if (requests.at(-1)?.kind === 'close') close(store);
  });
}

/** What came in while the last transaction was committing goes into the next one. */
function drain(first: WriterRequest): WriterRequest[] {
  const requests = [first];
  let operations = first.kind === 'run' ? first.operations.length : 0;
  while (operations < largestBatch && requests.at(-1)?.kind === 'run') {
    const next: { message: WriterRequest } | undefined = receiveMessageOnPort(port);
    if (next === undefined) break;
    requests.push(next.message);
    if (next.message.kind === 'run') operations += next.message.operations.length;
  }
  return requests;
}

function close(store: Store): void {
  try {
    store.checkpoint();
  } catch (error) {
    reply({ kind: 'surprise', error: packError(error) });
  }
  store.close();
  reply({ kind: 'closed' });
  port.close();
}

function logUsage(
  store: Store,
  path: string,
  batch: readonly { name: string; input: unknown }[],
  outcomes: OperationOutcome[],
): void {
  try {
    appendToUsageLog(store, path, batch, outcomes);
  } catch (error) {
    reply({ kind: 'surprise', error: packError(error) });
  }
}

function reply(message: WriterReply): void {
  port.postMessage(message);
}
