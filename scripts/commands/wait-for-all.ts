import type { Client } from '../../daemon/client.ts';
import type { ResultJson } from '../../daemon/http/wire/action-json.ts';
import { print, startProgress } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { dollars, duration, quality, tierWord } from '../terminal/words.ts';

/** How many waits are open at once: each is a connection. */
const atOnce = 32;

/** Waits for every action and prints each as it ends; returns the results in the order of the ids. */
export async function waitForAll(
  client: Client,
  ids: readonly string[],
  json: boolean,
): Promise<readonly ResultJson[]> {
  const results: ResultJson[] = [];
  let done = 0;
  let next = 0;
  const progress = startProgress(`waiting for ${ids.length}`);
  const worker = async (): Promise<void> => {
    for (let i = next++; i < ids.length; i = next++) {
      const id = ids[i] ?? '';
      const result = await client.waitFor(id);
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

function endedLine(result: ResultJson): string {
  const what =
    result.status === 'completed'
      ? `${tierWord(result.tier)} ${quality(result.quality)} ${dollars(result.cost_usd)} ${duration(result.duration_ms)}`
      : safeLine(result.error?.message ?? '');
  return `${result.id}  ${result.status.padEnd(9)}  ${what}`;
}
