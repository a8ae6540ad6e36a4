/** What is asked of the memory, by `mem-db query`, the agents' tools, HTTP and MCP alike. */
export interface Query {
  /** Columns that must equal a value (or one of several, separated by commas, for short words). */
  equal: Partial<Record<EqualColumn, readonly string[]>>;
  /** Contains, ignoring case. */
  text: string | undefined;
  /** Full-text words: all of them, or a phrase in quotation marks, or a prefix with `*`. */
  words: string | undefined;
  since: number | undefined;
  /** Inclusive. */
  until: number | undefined;
  idFrom: number | undefined;
  idTo: number | undefined;
  dueFrom: string | undefined;
  dueTo: string | undefined;
  /** undefined: only what is current (not superseded, deprecated or duplicate). */
  status: readonly string[] | undefined;
  /** -1: all. */
  limit: number;
  sort: { column: SortColumn; descending: boolean };
  count: boolean;
  by: GroupColumn | undefined;
}

export const equalColumns = [
  'type',
  'topic',
  'session',
  'source',
  'choice',
  'importance',
  'scope',
  'chat_id',
  'role',
  'visibility',
  'project',
  'task_id',
  'metric',
  'client',
  // Of the ledger only: `topic=llm_cost`.
  'tier',
  'model',
  'agent',
] as const;
export type EqualColumn = (typeof equalColumns)[number];

export const sortColumns = ['time', 'id', 'type', 'topic', 'importance', 'due', 'role', 'project'] as const;
export type SortColumn = (typeof sortColumns)[number];

export const groupColumns = [
  'day',
  'tier',
  'model',
  'agent',
  'client',
  'type',
  'topic',
  'role',
  'project',
  'source',
  'status',
] as const;
export type GroupColumn = (typeof groupColumns)[number];
