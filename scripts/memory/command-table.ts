import type { CommandContext } from './options.ts';

export interface Command {
  run(context: CommandContext): number | Promise<number>;
}

/** Every command with the module that is loaded for it, and nothing else. Help texts are in `help.ts`. */
export const commands = {
  init: { load: (): Promise<Command> => import('./init.ts') },
  status: { load: (): Promise<Command> => import('./status.ts') },
  health: { load: (): Promise<Command> => import('./health.ts') },
  query: { load: (): Promise<Command> => import('./query.ts') },
  recent: { load: (): Promise<Command> => import('./query.ts') },
  render: { load: async (): Promise<Command> => (await import('./query.ts')).render },
  write: { load: (): Promise<Command> => import('./write.ts') },
};

export type CommandName = keyof typeof commands;

export const commandNames = Object.keys(commands) as CommandName[];

/** Names of the predecessor, and the ones hands type by habit. */
export const aliases: Readonly<Record<string, string>> = {
  add: 'write',
  search: 'query',
  list: 'query',
};
