import type { Command } from 'commander';
import { connect } from '../../daemon/client.ts';
import type { EventJson } from '../../daemon/http/wire/event-json.ts';
import { paint, print, screenWidth } from '../terminal/output.ts';
import { cut, jsonLine, safeLine } from '../terminal/safe-text.ts';
import { type CommonOptions, dataDirOf, withCommonOptions } from './settings.ts';

interface WatchOptions extends CommonOptions {
  tree?: boolean;
}

export function registerWatch(program: Command): void {
  withCommonOptions(
    program
      .command('watch')
      .description('see what happens, as it happens')
      .argument('[id]', 'of one action: it ends with it'),
  )
    .option('--tree', 'with an id: its sub-agents too')
    .addHelpText('after', '\nExample:\n  swarmd watch\n  swarmd watch 01KA0B… --tree --json')
    .action(watch);
}

async function watch(id: string | undefined, options: WatchOptions): Promise<void> {
  const client = await connect({ dataDir: dataDirOf(options) });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const events = client.events({
    signal: stop.signal,
    ...(id === undefined ? {} : { id }),
    ...(options.tree === true ? { tree: true } : {}),
  });
  for await (const event of events) print(options.json === true ? jsonLine(event) : eventLine(event));
}

/** `12:03:07 01KA0B…  assessed   phi3-mini rejected (0.41): not valid JSON`. */
export function eventLine(event: EventJson): string {
  const time = new Date(event.at ?? 0).toTimeString().slice(0, 8);
  const text = `${time} ${event.action_id}  ${event.kind.padEnd(10)} ${safeLine(event.line)}`;
  const line = cut(text, screenWidth());
  if (event.kind === 'finished') return paint(event.status === 'completed' ? 'green' : 'red', line);
  return event.kind === 'escalated' || event.kind === 'fell_back' ? paint('yellow', line) : line;
}
