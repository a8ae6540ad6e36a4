import { type Command, Option } from 'commander';
import type { ActionJson } from '../../daemon/http/wire/action-json.ts';
import { print, screenWidth, tell } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { ago, dollars, quality, tierWord } from '../terminal/words.ts';
import { openRecord } from './record.ts';
import { type CommonOptions, withCommonOptions } from './settings.ts';

interface ListOptions extends CommonOptions {
  status?: string;
  type?: string;
  since?: string;
  tag?: string;
  limit: string;
}

export function registerList(program: Command): void {
  withCommonOptions(program.command('list').description('list actions, newest first'))
    .option('--status <list>', 'queued, running, waiting, delayed, completed, failed, cancelled')
    .option('--type <name>', 'of this type')
    .option('--since <time>', '24h, 7d, 2026-11-21')
    .option('--tag <tag>', 'with this tag')
    .addOption(new Option('--limit <n>', 'at most so many').default('20'))
    .addHelpText('after', '\nExample:\n  swarmd list --status failed,cancelled --since 7d')
    .action(list);
}

async function list(options: ListOptions): Promise<void> {
  const record = await openRecord(options);
  try {
    const { status, type, since, tag, limit } = options;
    const actions = await record.list({
      ...(status === undefined ? {} : { status }),
      ...(type === undefined ? {} : { type }),
      ...(since === undefined ? {} : { since }),
      ...(tag === undefined ? {} : { tag }),
      limit: Number(limit),
    });
    if (options.json === true) for (const action of actions) print(jsonLine(action));
    else if (actions.length === 0) tell('no action');
    else for (const line of actionTable(actions, Date.now())) print(line);
  } finally {
    record.close();
  }
}

function actionTable(actions: readonly ActionJson[], now: number): string[] {
  const columns: Column<ActionJson>[] = [
    { title: 'ID', value: (action) => action.id },
    { title: 'STATUS', value: statusWord },
    { title: 'TIER', value: (action) => tierWord(action.tier) },
    { title: 'QUALITY', value: (action) => quality(action.quality), align: 'right' },
    { title: 'COST', value: (action) => dollars(action.cost_usd), align: 'right' },
    { title: 'AGE', value: (action) => ago(action.created_at, now), align: 'right' },
    { title: 'TYPE', value: (action) => safeLine(action.type, 20) },
    { title: 'ASKED', value: (action) => safeLine(action.title ?? ''), flexible: true },
  ];
  return tableLines(actions, columns, screenWidth());
}

function statusWord(action: ActionJson): string {
  if (action.waiting_for !== null) return `${action.status}:${action.waiting_for}`;
  return action.degraded === null ? action.status : `${action.status}*`;
}
