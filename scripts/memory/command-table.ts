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
  show: { load: (): Promise<Command> => import('./show.ts') },
  supersede: { load: (): Promise<Command> => import('./supersede.ts') },
  confirm: { load: async (): Promise<Command> => (await import('./supersede.ts')).confirm },
  todo: { load: (): Promise<Command> => import('./todo.ts') },
  embed: { load: async (): Promise<Command> => (await import('./semantic.ts')).embed },
  semantic: { load: (): Promise<Command> => import('./semantic.ts') },
  topics: { load: async (): Promise<Command> => (await import('./curate.ts')).topics },
  consolidate: { load: async (): Promise<Command> => (await import('./curate.ts')).consolidate },
  prune: { load: (): Promise<Command> => import('./prune.ts') },
  export: { load: async (): Promise<Command> => (await import('./transfer.ts')).exportEntries },
  import: { load: async (): Promise<Command> => (await import('./transfer.ts')).importFile },
  backup: { load: async (): Promise<Command> => (await import('./copies.ts')).backup },
  restore: { load: async (): Promise<Command> => (await import('./copies.ts')).restore },
  sql: { load: (): Promise<Command> => import('./sql.ts') },
  watch: { load: (): Promise<Command> => import('./watch.ts') },
  mcp: { load: (): Promise<Command> => import('./mcp.ts') },
};

export type CommandName = keyof typeof commands;

export const commandNames = Object.keys(commands) as CommandName[];

/** Names of the predecessor, and the ones hands type by habit. */
export const aliases: Readonly<Record<string, string>> = {
  'topic-index': 'topics',
  sync: 'import',
  add: 'write',
  list: 'query',
  search: 'semantic',
};
