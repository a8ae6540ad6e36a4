/** Entries: what agents and people know, and what may be done with it. */

export interface Entry {
  id: number;
  timestamp: number;
  type: string;
  topic: string | null;
  text: string;
  choice: string | null;
  rationale: string | null;
  session: string | null;
  source: string | null;
  importance: 'H' | 'M' | 'L' | null;
  due: string | null;
  links: string | null;
  scope: string;
  chatId: string | null;
  role: string | null;
  visibility: string;
  project: string | null;
  taskId: string | null;
  metric: string | null;
  status: string;
  supersededBy: number | null;
  supersededAt: number | null;
  /** The client or identity that wrote it; null: the owner. */
  client: string | null;
  /** Where the text comes from. What is `untrusted` never becomes a directive. */
  trust: EntryTrust;
  /** Who confirmed a decision or lesson as binding for agents; null: nobody. */
  confirmedBy: string | null;
  /** How often it was written: a duplicate raises this instead of adding a row. */
  seenCount: number;
}

/** `person`: typed by the owner; `agent`: an agent's own conclusion; `untrusted`: taken from a page, a file, a tool's output. */
export type EntryTrust = 'person' | 'agent' | 'untrusted';

export type NewEntry = Pick<Entry, 'type' | 'text'> & Partial<Omit<Entry, 'id' | 'type' | 'text'>>;

/**
 * Who reads or writes, where it is not the owner of the file: a client with a token, an agent, a chat. The
 * daemon and the MCP server state it; it does not come from what is asked. Not a wall against a shell of the
 * same user, who can read the file itself.
 */
export interface Identity {
  client: string;
  role?: string | undefined;
  chatId?: string | undefined;
  project?: string | undefined;
}

export interface SearchResult {
  entry: Entry;
  score: number;
  /** Its place among the word matches and among the nearest vectors, from 1; undefined: not among them. */
  wordRank: number | undefined;
  vectorRank: number | undefined;
}

export interface TodoClaim {
  todo: Entry;
  holder: string;
  /** Raised by every claim: a holder whose lease ran out and went to another cannot close the todo any more. */
  fence: number;
  until: number;
}

/** Without an identity everything here acts for the owner. What an identity may not see does not exist for it. */
export interface Entries {
  /** Stores an entry, or returns the one that says the same already, counted once more. */
  write(entry: NewEntry, identity?: Identity): Promise<Entry>;
  /** The same grammar as `mem-db query`: `['topic=auth', 'recent=7d']`. */
  query(terms: readonly string[], now: number, identity?: Identity): Entry[];
  /** Undefined also for what the identity may not see. */
  get(id: number, identity?: Identity): Entry | undefined;
  /** By words, and by meaning too where a vector of the entries' own model is given; best first. */
  search(
    text: string,
    options: { limit: number; identity?: Identity; vector?: readonly number[] },
  ): Promise<SearchResult[]>;
  /** What was written after an id, oldest first, and the id to go on from; without an id only where the file stands. */
  newer(
    after: number | undefined,
    terms: readonly string[],
    identity?: Identity,
  ): { entries: Entry[]; after: number };
  /** Confirmed decisions and lessons in force, the important ones first: what agents must heed. */
  directives(identity: Identity | undefined, limit: number): Entry[];
  /** Active decisions on the same topic that choose something else. */
  conflicts(entry: Entry, identity?: Identity): Entry[];
  supersede(id: number, by: number | Partial<NewEntry>, identity?: Identity): Promise<Entry>;
  /** Makes a decision or lesson binding for agents; throws DENIED for text from untrusted content. */
  confirm(id: number, by: string): Promise<Entry>;
  /** Takes a todo (the most pressing free one without an id) until the lease ends; undefined: none is free. */
  claimTodo(claim: {
    id?: number;
    holder: string;
    leaseMs: number;
    identity?: Identity;
  }): Promise<TodoClaim | undefined>;
  /** Closes a claimed todo, or opens it again; throws CONFLICT when the claim is over. */
  closeTodo(close: {
    id: number;
    state: 'DONE' | 'BLOCKED' | 'OPEN';
    text?: string;
    fence?: number;
    holder?: string;
    identity?: Identity;
  }): Promise<Entry>;
  todoContext(id: number, identity?: Identity): { todo: Entry; related: Entry[] };
  /** The model whose vectors the entries have; undefined: none has one. */
  embeddedBy(): string | undefined;
  /**
   * Which model the entries' vectors are of, how many have one, and how many lack one of the model named; of the
   * entries after an id, or of all, which takes seconds of a large file.
   */
  embeddings(
    model?: string,
    after?: number,
  ): { model: string | undefined; embedded: number; missing: number };
  /**
   * Gives entries without a vector of this model one, batch by batch, until none lacks it, `embed` answers
   * undefined (not now) or the signal ends it. Returns how many. `progress` is told after each batch.
   */
  embedMissing(options: {
    model: string;
    /** Only entries after this id: those up to it are known to have their vector. */
    after?: number;
    /** Texts of one batch; default 64. */
    batchSize?: number;
    /** A text without a vector is one the model refuses; its entry goes without. */
    embed: (texts: readonly string[]) => Promise<(readonly number[] | undefined)[] | undefined>;
    signal?: AbortSignal;
    progress?: (embedded: number, missing: number) => void;
  }): Promise<number>;
}
