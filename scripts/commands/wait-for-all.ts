import { setTimeout as sleep } from 'node:timers/promises';
import { SwarmdError } from '../../config/errors.ts';
import type { Client } from '../../daemon/client.ts';
import type { ResultJson } from '../../daemon/http/wire/action-json.ts';
import { print, startProgress, tell } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { actionCost, duration, plural, quality, tierWord } from '../terminal/words.ts';

/** How many waits are open at once: each is a connection. */
const atOnce = 32;

type Waiter = Pick<Client, 'waitFor'>;

/** A restart takes some seconds; whoever waits longer is better told. */
const restartMs = 20_000;
const lookEveryMs = 500;

/**
 * Waits for every action and prints each as it ends; returns the results in the order of the ids. When the
 * daemon goes away, `reconnect` is asked for the next one for `patienceMs`; then DAEMON_UNREACHABLE is thrown.
 */
export async function waitForAll(
  client: Waiter,
  ids: readonly string[],
  json: boolean,
  reconnect: () => Promise<Waiter | undefined>,
  patienceMs = restartMs,
): Promise<readonly ResultJson[]> {
  let current = client;
  let returning: Promise<Waiter> | undefined;
  const results: ResultJson[] = [];
  let done = 0;
  let next = 0;
  const progress = startProgress(`waiting for ${ids.length}`);
  const waitThrough = async (id: string): Promise<ResultJson> => {
    for (;;) {
      const asked = current;
      try {
        return await asked.waitFor(id);
      } catch (error) {
        if (!(error instanceof SwarmdError) || error.code !== 'DAEMON_UNREACHABLE') throw error;
        // Every open wait notices; one of them looks for the next daemon.
        if (asked !== current) continue;
        returning ??= nextDaemon(reconnect, patienceMs, ids.length - done);
        current = await returning;
        returning = undefined;
      }
    }
  };
  const worker = async (): Promise<void> => {
    for (let i = next++; i < ids.length; i = next++) {
      const id = ids[i] ?? '';
      const result = await waitThrough(id);
      results[i] = result;
      done += 1;
      progress.end();
      print(json ? jsonLine(result) : endedLine(result));
      progress.update(`${done} of ${ids.length} have ended`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, ids.length) }, worker));
  progress.end();
  return results;
}

async function nextDaemon(
  reconnect: () => Promise<Waiter | undefined>,
  patienceMs: number,
  open: number,
): Promise<Waiter> {
  tell(`swarmd: the daemon does not answer; waiting ${Math.round(patienceMs / 1000)} s for it to come back`);
  for (const until = Date.now() + patienceMs; ; ) {
    const client = await reconnect();
    if (client !== undefined) return client;
    if (Date.now() > until) break;
    await sleep(lookEveryMs);
  }
  throw new SwarmdError('DAEMON_UNREACHABLE', `the daemon is gone; ${plural(open, 'action')} had not ended`, {
    allowed:
      'nothing is lost: they are in the record, and go on with swarmd start; swarmd list shows them, swarmd result ID the answer',
    retryable: true,
  });
}

function endedLine(result: ResultJson): string {
  const what =
    result.status === 'completed'
      ? `${tierWord(result.tier)} ${quality(result.quality)} ${actionCost(result).cost} ${duration(result.duration_ms)}`
      : safeLine(result.error?.message ?? '');
  return `${result.id}  ${result.status.padEnd(9)}  ${what}`;
}
