import { type Command, InvalidArgumentError, Option } from 'commander';
import { SwarmdError } from '../../config/errors.ts';
import { didYouMean } from '../../config/suggest.ts';
import { parseActionInput } from '../../daemon/action-input.ts';
import { sinceTime } from '../../daemon/http/query.ts';
import type { ActionJson } from '../../daemon/http/wire/action-json.ts';
import { actionStatuses } from '../../memory/types/actions.ts';
import { print, screenWidth, tell } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { actionCost, ago, quality, tierWord, waitWord } from '../terminal/words.ts';
import { openRecord, type RecordReader } from './record.ts';
import { type CommonOptions, configOf, withCommonOptions } from './settings.ts';

interface ListOptions extends CommonOptions {
  status?: string;
  type?: string;
  since?: string;
  tag?: string;
  client?: string;
  limit: number;
}

export function registerList(program: Command): void {
  withCommonOptions(program.command('list').description('list actions, newest first'))
    .option('--status <list>', 'queued, running, waiting, delayed, completed, failed, cancelled')
    .option('--type <name>', 'of this type')
    .option('--since <time>', '24h, 7d, 2026-11-21')
    .option('--tag <tag>', 'with this tag')
    .option('--client <name>', 'handed in by this client (swarmd clients)')
    .addOption(new Option('--limit <n>', 'at most so many').default(20).argParser(limit))
    .addHelpText('after', '\nExample:\n  swarmd list --status failed,cancelled --since 7d')
    .action(list);
}

/** The largest list the daemon gives. */
const maxLimit = 1000;

function limit(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= maxLimit) return value;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${maxLimit}.`);
}

async function list(options: ListOptions): Promise<void> {
  // Checked here, with or without a daemon: a mistyped word finds nothing, and would look like an answer.
  if (options.status !== undefined) refuseUnknownStatus(options.status);
  if (options.since !== undefined) sinceTime(options.since, Date.now());
  const record = await openRecord(options);
  try {
    const { status, type, since, tag, client, limit } = options;
    const actions = await record.list({
      ...(status === undefined ? {} : { status }),
      ...(type === undefined ? {} : { type }),
      ...(since === undefined ? {} : { since }),
      ...(tag === undefined ? {} : { tag }),
      ...(client === undefined ? {} : { client }),
      limit,
    });
    if (actions.length === 0 && type !== undefined) await refuseUnknownType(type, record, options);
    if (options.json === true && actions.length === 0) print('[]');
    else if (options.json === true) for (const action of actions) print(jsonLine(action));
    else if (actions.length === 0) tell('no action');
    else for (const line of actionTable(actions, Date.now())) print(line);
  } finally {
    record.close();
  }
}

function refuseUnknownStatus(text: string): void {
  for (const word of text.split(',').map((one) => one.trim())) {
    if (actionStatuses.some((status) => status === word)) continue;
    throw new SwarmdError(
      'INPUT_INVALID',
      `${JSON.stringify(word)} is no status${didYouMean(word, actionStatuses)}`,
      { where: '--status', allowed: actionStatuses.join(', ') },
    );
  }
}

/** A type that is no longer configured is still the type of the actions that have it. */
async function refuseUnknownType(type: string, record: RecordReader, options: CommonOptions): Promise<void> {
  if ((await record.list({ type, limit: 1 })).length > 0) return;
  const context = { config: configOf(options).config, now: Date.now(), newId: () => '', agents: new Map() };
  const parsed = parseActionInput({ type, prompt: 'which types are there?' }, context);
  const fault = parsed.ok ? undefined : parsed.errors.find((error) => error.field === 'type');
  if (fault === undefined) return;
  throw new SwarmdError('INPUT_INVALID', fault.message.replace(/; allowed: .*$/s, ''), {
    where: '--type',
    allowed: fault.allowed,
  });
}

function actionTable(actions: readonly ActionJson[], now: number): string[] {
  const columns: Column<ActionJson>[] = [
    { title: 'ID', value: (action) => action.id },
    { title: 'STATUS', value: statusWord },
    { title: 'TIER', value: (action) => tierWord(action.tier) },
    { title: 'QUALITY', value: (action) => quality(action.quality), align: 'right' },
    { title: 'COST', value: (action) => actionCost(action).cost, align: 'right' },
    { title: 'AGE', value: (action) => ago(action.created_at, now), align: 'right' },
    { title: 'TYPE', value: (action) => safeLine(action.type, 20) },
    { title: 'ASKED', value: (action) => safeLine(action.title ?? ''), flexible: true },
  ];
  return tableLines(actions, columns, screenWidth());
}

function statusWord(action: ActionJson): string {
  if (action.waiting_for !== null) return `${action.status}: ${waitWord(action.waiting_for)}`;
  return action.degraded === null ? action.status : `${action.status}*`;
}
