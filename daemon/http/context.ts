import type { Memory } from '../../memory/types/memory.ts';
import type { EmbedTexts } from '../../router/embed-call.ts';
import type { Control } from '../control.ts';
import type { SearchEntries } from '../search-entries.ts';
import type { Access } from './access.ts';
import type { EventLog } from './event-log.ts';

/** What every group of routes works with. */
export interface HttpContext {
  control: Control;
  memory: Memory;
  searchEntries: SearchEntries;
  /** Embedding calls, each with its slot and its row of the ledger. */
  embedTexts: EmbedTexts;
  events: EventLog;
  /** Who asks. */
  access: Access;
  /** Milliseconds since 1970, UTC. */
  now: () => number;
  /** Aborted when the server closes: long waits end then. */
  closing: AbortSignal;
}
