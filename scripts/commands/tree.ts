import type { Command } from 'commander';
import type { ActionJson } from '../../daemon/http/wire/action-json.ts';
import { print, screenWidth } from '../terminal/output.ts';
import { cut, jsonLine, safeLine } from '../terminal/safe-text.ts';
import { dollars, plural, quality, tierWord } from '../terminal/words.ts';
import { openRecord } from './record.ts';
import { type CommonOptions, withCommonOptions } from './settings.ts';

export function registerTree(program: Command): void {
  withCommonOptions(
    program
      .command('tree')
      .description('show an action with its sub-agents')
      .argument('<id>', 'of any action of the tree'),
  )
    .addHelpText('after', '\nExample:\n  swarmd tree 01KA0B…')
    .action(async (id: string, options: CommonOptions) => {
      const record = await openRecord(options);
      try {
        const actions = await record.tree(id);
        if (options.json === true) for (const action of actions) print(jsonLine(action));
        else for (const line of treeLines(actions)) print(cut(line, screenWidth()));
      } finally {
        record.close();
      }
    });
}

/** The tree drawn with lines, children in the order in which they were accepted. */
export function treeLines(actions: readonly ActionJson[]): string[] {
  const ids = new Set(actions.map((action) => action.id));
  const byParent = Map.groupBy(actions, (action) =>
    action.parent_id !== null && ids.has(action.parent_id) ? action.parent_id : '',
  );
  const lines: string[] = [];
  const draw = (action: ActionJson, own: string, below: string): void => {
    lines.push(own + describe(action));
    const children = (byParent.get(action.id) ?? []).toSorted((a, b) =>
      a.created_at === b.created_at
        ? a.id < b.id
          ? -1
          : 1
        : (a.created_at ?? '') < (b.created_at ?? '')
          ? -1
          : 1,
    );
    for (const [i, child] of children.entries()) {
      const last = i === children.length - 1;
      draw(child, `${below}${last ? '└─ ' : '├─ '}`, `${below}${last ? '   ' : '│  '}`);
    }
  };
  for (const root of byParent.get('') ?? []) draw(root, '', '');
  const cost = actions.reduce((sum, action) => sum + (action.cost_usd ?? 0), 0);
  return [...lines, `${plural(actions.length, 'action')}, ${dollars(cost)} together`];
}

function describe(action: ActionJson): string {
  const result =
    action.tier === null
      ? ''
      : `  ${tierWord(action.tier)} ${quality(action.quality)} ${dollars(action.cost_usd)}`;
  const who = action.agent === null ? action.type : `${action.type}:${action.agent}`;
  return `${action.status.padEnd(9)} ${action.id}  ${safeLine(who, 30)}${result}  ${safeLine(action.title ?? '')}`;
}
