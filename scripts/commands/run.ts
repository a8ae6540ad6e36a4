import type { Command } from 'commander';
import { SwarmdError } from '../../config/errors.ts';
import type { Client } from '../../daemon/client.ts';
import type { Daemon } from '../../daemon/daemon.ts';
import { InputRefused } from '../../daemon/http/errors.ts';
import { type ResultJson, resultJson } from '../../daemon/http/wire/action-json.ts';
import { type EventJson, eventJson } from '../../daemon/http/wire/event-json.ts';
import { print, startProgress, tell } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { waitWord } from '../terminal/words.ts';
import { asked, fieldsOf, type InputOptions, withInputOptions } from './input-options.ts';
import { prepareLocal } from './local-daemon.ts';
import { runningDaemon } from './record.ts';
import { aboutLines, answerText, exitCodeOfResult } from './result-text.ts';
import { type CommonOptions, withCommonOptions } from './settings.ts';

type RunOptions = CommonOptions & InputOptions & { yesSpend?: boolean };

/** `swarmd run "…"`: submits, waits and prints. Where no daemon runs it starts one for the call and stops it. */
export function registerRun(program: Command): void {
  const command = program
    .command('run')
    .description('ask, wait, and print the answer with tier, cost and why')
    .argument('<prompt...>', 'what to ask; several words need no quotes');
  withCommonOptions(withInputOptions(command))
    .option('--yes-spend', 'where no daemon runs: agree that paid models may be called, within the budget')
    .addHelpText(
      'after',
      `
The answer goes to stdout; tier, quality, cost and why go to stderr.

Example:
  swarmd run "Classify as positive or negative: I love it"
  swarmd run --private --schema person.json "Extract name and city: Ada lives in London" --json`,
    )
    .action(run);
}

async function run(words: readonly string[], options: RunOptions): Promise<void> {
  const input = asked(words.join(' '), fieldsOf(options));
  const progress = startProgress('waiting');
  const onEvent = (event: EventJson) => {
    progress.update(safeLine(event.line, 70));
    // It may be until tomorrow, when a budget starts anew: whoever waits has to know.
    if (event.kind === 'parked' && event.status === 'delayed') tellWait(event.line);
  };
  let result: ResultJson;
  try {
    result = await askOnce(input, options, onEvent);
  } finally {
    progress.end();
  }
  if (options.json === true) print(jsonLine(result));
  else {
    if (result.status === 'completed') print(answerText(result));
    for (const line of aboutLines(result)) tell(line);
    if (result.error?.code === 'ALL_CANDIDATES_FAILED')
      tell('help    swarmd doctor says what is missing; --simulate tries it on simulated models');
  }
  process.exitCode = exitCodeOfResult(result);
}

function tellWait(line: string): void {
  tell(`waits   ${safeLine(line, 100)}`);
}

async function askOnce(
  input: unknown,
  options: RunOptions,
  onEvent: (event: EventJson) => void,
): Promise<ResultJson> {
  // A second `run` at the same time finds the data directory taken: it waits for its turn.
  for (const until = Date.now() + 120_000; ; ) {
    const client = await runningDaemon(options);
    if (client !== undefined) return await askDaemon(client, input, onEvent);
    try {
      return await askHere(input, options, onEvent);
    } catch (error) {
      const taken = error instanceof SwarmdError && error.code === 'DAEMON_RUNNING';
      if (!taken || Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

async function askDaemon(
  client: Client,
  input: unknown,
  onEvent: (event: EventJson) => void,
): Promise<ResultJson> {
  const { id } = await client.submit(input);
  const done = new AbortController();
  let waits = false;
  const watching = watch(client, id, done.signal, (event) => {
    if (event.kind === 'parked') waits = true;
    onEvent(event);
  });
  // It may have been put aside before the stream was open.
  const look = setTimeout(() => {
    client
      .action(id)
      .then(({ status, error, waiting_for }) => {
        if (waits || status !== 'delayed' || waiting_for === null) return;
        tellWait(`${waitWord(waiting_for)}: ${error?.message ?? ''}`);
      })
      .catch(() => {});
  }, lookAfterMs);
  const forget = onInterrupt(() => client.cancel(id, interrupted));
  const stay = onTermination(`swarmd: it goes on; to end it: swarmd cancel ${id}`);
  try {
    return await client.waitFor(id);
  } finally {
    clearTimeout(look);
    forget();
    stay();
    done.abort();
    await watching;
  }
}

const lookAfterMs = 1_000;
const interrupted = 'cancelled by you';

/** Ctrl-C cancels the action, which then ends the wait; a second one ends the process. Returns what lifts it. */
function onInterrupt(cancel: () => Promise<unknown>): () => void {
  const listener = () => {
    tell('swarmd: cancelled by you; once more to leave at once');
    cancel().catch(() => process.exit(130));
  };
  process.once('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}

/** SIGTERM ends the process, not the action: says what becomes of it. Returns what lifts it. */
function onTermination(line: string): () => void {
  const listener = () => {
    tell(line);
    process.exit(143);
  };
  process.once('SIGTERM', listener);
  return () => process.off('SIGTERM', listener);
}

/** Progress only: whatever goes wrong here, the result decides. */
async function watch(
  client: Client,
  id: string,
  signal: AbortSignal,
  onEvent: (event: EventJson) => void,
): Promise<void> {
  try {
    for await (const event of client.events({ id, tree: true, signal })) onEvent(event);
  } catch {
    // The wait for the result says what is wrong, if anything is.
  }
}

/** A daemon in this process, without HTTP, for one action. */
async function askHere(
  input: unknown,
  options: RunOptions,
  onEvent: (event: EventJson) => void,
): Promise<ResultJson> {
  // Simulated delays are shortened to a fifth: nobody waits for a made-up answer to look real.
  const setup = await prepareLocal(options, { speed: 0.2 });
  let daemon: Daemon | undefined;
  try {
    const [{ startDaemon }, { createLogger }] = await Promise.all([
      import('../../daemon/daemon.ts'),
      import('../../daemon/logger.ts'),
    ]);
    daemon = await startDaemon({
      config: setup.config,
      env: setup.env,
      simulated: setup.simulator !== undefined,
      yesSpend: options.yesSpend === true,
      http: false,
      // stdout is for the answer.
      logger: createLogger('error', process.stderr),
    });
    return await submitAndWait(daemon, input, onEvent);
  } finally {
    await daemon?.stop('drained');
    await setup.simulator?.close();
  }
}

async function submitAndWait(
  daemon: Daemon,
  input: unknown,
  onEvent: (event: EventJson) => void,
): Promise<ResultJson> {
  const { control, memory } = daemon;
  const ended = Promise.withResolvers<void>();
  let id: string | undefined;
  let forget = () => {};
  let stay = () => {};
  const look = () => {
    const action = id === undefined ? undefined : memory.actions.get(id);
    if (action !== undefined && action.finishedAt !== null) ended.resolve();
  };
  const unsubscribe = control.subscribe((event) => {
    onEvent(eventJson(event));
    if (event.kind === 'finished') look();
  });
  try {
    const submitted = await control.submit([input]);
    if (!submitted.ok) {
      throw new InputRefused(submitted.errors.map(({ index: _index, ...error }) => error));
    }
    id = submitted.accepted[0]?.id;
    forget = onInterrupt(() => control.cancel(id ?? '', interrupted));
    stay = onTermination(`swarmd: it goes on with the next swarmd start; to end it: swarmd cancel ${id}`);
    look();
    const stopped = daemon.ended.then((cause) => {
      throw new SwarmdError('KILLED', `swarmd was stopped (${cause}); the action waits in the record`, {
        where: id ?? '',
        retryable: true,
      });
    });
    await Promise.race([ended.promise, stopped]);
    const action = memory.actions.get(id ?? '');
    if (action === undefined) throw new SwarmdError('INTERNAL', 'the action is not in the record');
    return resultJson(action);
  } finally {
    forget();
    stay();
    unsubscribe();
  }
}
