import type { Command } from 'commander';
import type { ActionJson } from '../../daemon/http/wire/action-json.ts';
import { print } from '../terminal/output.ts';
import { jsonLine, safeLine, safeText } from '../terminal/safe-text.ts';
import { dollars, duration, quality, tierWord, waitWord } from '../terminal/words.ts';
import { openRecord } from './record.ts';
import { type CommonOptions, withCommonOptions } from './settings.ts';

export function registerShow(program: Command): void {
  withCommonOptions(
    program
      .command('show')
      .description('show one action with what was asked')
      .argument('<id>', 'of the action'),
  )
    .addHelpText('after', '\nExample:\n  swarmd show 01KA0B…')
    .action(async (id: string, options: CommonOptions) => {
      const record = await openRecord(options);
      try {
        const action = await record.action(id);
        if (options.json === true) print(jsonLine(action));
        else for (const line of showLines(action)) print(line);
      } finally {
        record.close();
      }
    });
}

function showLines(action: ActionJson): string[] {
  const rows: [string, string | null][] = [
    ['id', action.id],
    ['type', action.type],
    ['status', action.status + (action.waiting_for === null ? '' : ` (${waitWord(action.waiting_for)})`)],
    ['parent', action.parent_id],
    ['agent', action.agent],
    ['client', action.client],
    ['privacy', action.privacy],
    ['priority', String(action.priority)],
    [
      'attempts',
      `${action.attempts_made} of ${action.attempts}${action.crashes > 0 ? `, ${action.crashes} crashes` : ''}`,
    ],
    ['budget', action.budget_usd === null ? null : dollars(action.budget_usd)],
    ['tags', action.tags.length === 0 ? null : action.tags.join(', ')],
    ['created', action.created_at],
    ['runs at', action.status === 'delayed' ? action.run_at : null],
    ['deadline', action.deadline_at],
    ['finished', action.finished_at],
    ['took', action.duration_ms === null ? null : duration(action.duration_ms)],
    ['complexity', action.complexity],
    ['tier', action.tier === null ? null : `${tierWord(action.tier)} (${action.model})`],
    ['quality', action.quality === null ? null : quality(action.quality)],
    ['cost', dollars(action.cost_usd)],
    ['tree cost', action.tree_cost_usd === action.cost_usd ? null : dollars(action.tree_cost_usd)],
    ['cached', action.cached ? 'yes' : null],
    ['degraded', action.degraded],
    ['why', action.reason],
    ['error', action.error === null ? null : `${action.error.code}: ${action.error.message}`],
  ];
  const lines = rows.flatMap(([name, value]) =>
    value === null || value === '-' ? [] : [`${name.padEnd(11)}${safeLine(value)}`],
  );
  return [
    ...lines,
    '',
    'asked',
    ...askedText(action.input).map((line) => `  ${line}`),
    ...(action.answer === null || action.answer === undefined
      ? []
      : [
          '',
          'answer',
          ...safeText(action.answer)
            .split('\n')
            .map((line) => `  ${line}`),
        ]),
  ];
}

/** A prompt as it is; everything else of the input as JSON. */
function askedText(input: Record<string, unknown> | undefined): string[] {
  const { prompt, objective, ...rest } = input ?? {};
  const text = typeof prompt === 'string' ? prompt : typeof objective === 'string' ? objective : undefined;
  return [
    ...(text === undefined ? [] : safeText(text).split('\n')),
    ...(Object.keys(rest).length === 0 ? [] : safeText(JSON.stringify(rest, null, 2)).split('\n')),
  ];
}
