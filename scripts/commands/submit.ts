import { readFileSync } from 'node:fs';
import { text as readStream } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { ulid } from 'ulid';
import { loadAgents } from '../../agents/definitions.ts';
import { exitCodes, type Fault, SwarmdError } from '../../config/errors.ts';
import { parseActionInputs } from '../../daemon/action-input.ts';
import type { Client } from '../../daemon/client.ts';
import type { Accepted } from '../../daemon/control.ts';
import { isDataDirectoryTaken } from '../../daemon/data-directory.ts';
import { InputRefused } from '../../daemon/http/errors.ts';
import { print, startProgress, tell } from '../terminal/output.ts';
import { jsonLine } from '../terminal/safe-text.ts';
import { plural } from '../terminal/words.ts';
import { asked, fieldsOf, type InputOptions, withInputOptions } from './input-options.ts';
import { runningDaemon } from './record.ts';
import { exitCodeOfResult } from './result-text.ts';
import { type CommonOptions, configOf, dataDirOf, withCommonOptions } from './settings.ts';
import { type LineFormat, type NumberedInput, readLines, refusedLines } from './submitted-lines.ts';
import { waitForAll } from './wait-for-all.ts';
import { withMemory } from './with-memory.ts';

interface SubmitOptions extends CommonOptions, InputOptions {
  file?: string;
  format?: LineFormat;
  wait?: boolean;
  key?: string;
}

/** One request stays well under the server's limit for bodies. */
const chunkBytes = 2 * 1024 * 1024;
const chunkActions = 5000;

/** `swarmd submit`: hands in one or many actions, all or none, and prints their ids. */
export function registerSubmit(program: Command): void {
  const command = program
    .command('submit')
    .description('hand in actions from arguments, a file or standard input')
    .argument('[prompts...]', 'one action each; - reads standard input');
  withCommonOptions(withInputOptions(command))
    .option('--file <file>', 'one objective a line, or JSON lines with the fields of an action')
    .addOption(
      new Option('--format <format>', 'of the file or standard input (default: by its first line)').choices([
        'lines',
        'jsonl',
      ]),
    )
    .option('--key <key>', 'idempotency key: submitting the same again makes nothing twice')
    .option('--wait', 'wait until all have ended; exit 0 only when all completed')
    .addHelpText(
      'after',
      `
Either all are accepted or none; faults are named with their line. Where no daemon runs the actions are
accepted into the record and start with the next daemon.

Example:
  swarmd submit "Summarize: …" "Translate to German: hello" --tag today
  swarmd submit --file objectives.txt --type agent --wait
  cat actions.jsonl | swarmd submit - --format jsonl`,
    )
    .action(submit);
}

async function submit(prompts: readonly string[], options: SubmitOptions): Promise<void> {
  const inputs = await collectInputs(prompts, options);
  if (inputs.length === 0)
    throw new SwarmdError('USAGE', 'there is nothing to submit', {
      allowed: 'prompts as arguments, --file FILE, or - for standard input',
    });
  refuseUnreadable(inputs, options);
  const client = options.wait === true ? await daemonSoon(options) : await runningDaemon(options);
  const accepted =
    client === undefined ? await acceptHere(inputs, options) : await sendAll(client, inputs, options);
  for (const one of accepted) print(options.json === true ? jsonLine(one) : one.id);
  if (client === undefined) {
    const what = plural(accepted.length, 'action');
    tell(`swarmd: accepted ${what}; no daemon runs, they start with: swarmd start`);
    if (options.wait === true)
      throw new SwarmdError('DAEMON_UNREACHABLE', '--wait needs a running daemon', {
        allowed: 'swarmd start, then: swarmd list',
        retryable: true,
      });
    return;
  }
  if (options.wait !== true) return;
  const ids = accepted.map((one) => one.id);
  const leave = () => {
    const those = ids.length === 1 ? `swarmd cancel ${ids[0]}` : 'swarmd cancel ID';
    tell(
      `swarmd: ${ids.length === 1 ? 'it goes' : 'they go'} on; to end ${ids.length === 1 ? 'it' : 'one'}: ${those}`,
    );
    process.exit(130);
  };
  process.once('SIGINT', leave);
  const results = await waitForAll(client, ids, options.json === true, () => runningDaemon(options));
  process.off('SIGINT', leave);
  process.exitCode = results.map(exitCodeOfResult).find((code) => code !== exitCodes.ok) ?? exitCodes.ok;
}

const startMs = 20_000;

/** The running daemon; one that is only starting (it has the directory, and no address yet) is waited for. */
async function daemonSoon(options: SubmitOptions): Promise<Client | undefined> {
  for (const until = Date.now() + startMs; ; ) {
    const client = await runningDaemon(options);
    if (client !== undefined || !isDataDirectoryTaken(dataDirOf(options)) || Date.now() > until)
      return client;
    await sleep(200);
  }
}

async function collectInputs(
  prompts: readonly string[],
  options: SubmitOptions,
): Promise<readonly NumberedInput[]> {
  const fields = fieldsOf(options);
  const inputs: NumberedInput[] = [];
  for (const [i, prompt] of prompts.entries()) {
    if (prompt === '-') inputs.push(...readLines(await readStream(process.stdin), options.format, fields));
    else inputs.push({ line: i + 1, input: asked(prompt, fields) });
  }
  if (options.file !== undefined) inputs.push(...readLines(readText(options.file), options.format, fields));
  return inputs;
}

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'this is a directory',
  EACCES: 'this file may not be read by you',
};

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new SwarmdError('USAGE', `--file: ${unreadable[code] ?? (error as Error).message}`, {
      where: file,
      allowed: 'a text file that can be read, or - for standard input',
      cause: error,
    });
  }
}

/** Several requests are needed from some size on: then everything is validated before the first is sent. */
async function sendAll(
  client: Client,
  inputs: readonly NumberedInput[],
  options: SubmitOptions,
): Promise<readonly Accepted[]> {
  const chunks = chunksOf(inputs);
  if (chunks.length > 1) await withLines(inputs, () => validateHere(inputs, options));
  const key = options.key ?? ulid();
  const progress = startProgress(`submitting ${plural(inputs.length, 'action')}`);
  const accepted: Accepted[] = [];
  try {
    for (const [i, chunk] of chunks.entries()) {
      progress.update(`submitting: ${accepted.length} of ${inputs.length}`);
      const bodies = chunk.map((one) => one.input);
      // The key makes sending a chunk again harmless when its answer was lost.
      const send = () => client.submitAll(bodies, { idempotencyKey: `${key}.${i}` });
      accepted.push(...(await withLines(chunk, () => onceAgain(send), accepted.length === 0)));
    }
  } catch (error) {
    if (accepted.length > 0)
      tell(
        `swarmd: ${accepted.length} of ${inputs.length} were accepted; the same --key ${key} goes on from there`,
      );
    throw error;
  } finally {
    progress.end();
  }
  return accepted;
}

async function onceAgain<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof SwarmdError && error.retryable) return await send();
    throw error;
  }
}

/** Errors name the line of the file instead of the place in the request. */
async function withLines<T>(
  inputs: readonly NumberedInput[],
  work: () => T | Promise<T>,
  nothingSubmitted = true,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InputRefused)) throw error;
    throw refusedLines(placed(error, inputs), nothingSubmitted);
  }
}

function placed(refused: InputRefused, inputs: readonly NumberedInput[]): Fault[] {
  return refused.errors.map((one) => {
    const line = inputs[one.index ?? 0]?.line;
    return line === undefined ? one : { ...one, line };
  });
}

/** Refuses lines that could not be read, together with whatever is wrong with the others. */
function refuseUnreadable(inputs: readonly NumberedInput[], options: SubmitOptions): void {
  const faults: Fault[] = inputs.flatMap(({ line, fault }) =>
    fault === undefined ? [] : [{ field: '', message: fault, line, allowed: 'one JSON value a line' }],
  );
  if (faults.length === 0) return;
  const readable = inputs.filter((one) => one.fault === undefined);
  try {
    validateHere(readable, options);
  } catch (error) {
    if (!(error instanceof InputRefused)) throw error;
    faults.push(...placed(error, readable));
  }
  throw refusedLines(faults, true);
}

function chunksOf(inputs: readonly NumberedInput[]): NumberedInput[][] {
  const chunks: NumberedInput[][] = [];
  let bytes = 0;
  for (const one of inputs) {
    const size = Buffer.byteLength(JSON.stringify(one.input) ?? '');
    const last = chunks.at(-1);
    if (last === undefined || last.length >= chunkActions || bytes + size > chunkBytes) {
      chunks.push([one]);
      bytes = size;
    } else {
      last.push(one);
      bytes += size;
    }
  }
  return chunks;
}

function validateHere(inputs: readonly NumberedInput[], options: SubmitOptions) {
  const { config } = configOf(options);
  const raws = inputs.map((one) => one.input);
  const parsed = parseActionInputs(raws, {
    config,
    now: Date.now(),
    newId: () => ulid(),
    agents: loadAgents(config.agents.libraryDir),
  });
  if (!parsed.ok) throw new InputRefused(parsed.errors);
  return parsed.actions;
}

/** Commits straight into the record: the next daemon finds there what its queue does not have. */
async function acceptHere(
  inputs: readonly NumberedInput[],
  options: SubmitOptions,
): Promise<readonly Accepted[]> {
  const actions = await withLines(inputs, () => validateHere(inputs, options));
  return await withMemory(options, async (memory) => {
    const { key } = options;
    const keyed = actions.map((action, i) =>
      key === undefined || action.idempotencyKey !== undefined
        ? action
        : { ...action, idempotencyKey: `${key}.0/${i}` },
    );
    const accepted = await memory.actions.acceptAll(keyed);
    return accepted.map(({ action, duplicate }) => ({
      id: action.id,
      type: action.type,
      status: action.status,
      duplicate,
    }));
  });
}
