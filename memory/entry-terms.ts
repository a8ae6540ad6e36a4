import { SwarmdError } from '../config/errors.ts';
import { didYouMean } from '../config/suggest.ts';
import { importanceOf } from './entry-types.ts';
import { splitTerms } from './grammar.ts';
import { instantMs } from './time-words.ts';
import type { EntryTrust, NewEntry } from './types/entries.ts';

type Field = Exclude<
  keyof NewEntry,
  'supersededBy' | 'supersededAt' | 'seenCount' | 'client' | 'confirmedBy'
>;

/** Every spelling of a field of `mem-db write`. */
const spellings: Readonly<Record<string, Field>> = {
  t: 'type',
  type: 'type',
  topic: 'topic',
  text: 'text',
  choice: 'choice',
  rationale: 'rationale',
  session: 'session',
  source: 'source',
  importance: 'importance',
  due: 'due',
  links: 'links',
  scope: 'scope',
  chat_id: 'chatId',
  chat: 'chatId',
  role: 'role',
  agent_role: 'role',
  visibility: 'visibility',
  project: 'project',
  project_id: 'project',
  task_id: 'taskId',
  task: 'taskId',
  metric: 'metric',
  status: 'status',
  timestamp: 'timestamp',
  trust: 'trust',
};

/**
 * An entry from `key=value` terms. `text=-` reads the text from standard input, which has no limit of length.
 * Throws USAGE for unknown, missing or repeated fields; values are checked when the entry is written.
 */
export function readNewEntry(terms: readonly string[], now: number, readText: () => string): NewEntry {
  const { type, text, ...others } = readEntryFields(terms, now);
  if (type === undefined || text === undefined) {
    throw new SwarmdError('USAGE', `${type === undefined ? 't' : 'text'} is missing`, {
      where: type === undefined ? 't' : 'text',
      allowed: 'mem-db write t=d topic=auth text="Use JWT"',
    });
  }
  return { ...others, type, text: text === '-' ? readText() : text };
}

/** The same without what must be there: the fields of an entry that are to change. */
export function readEntryFields(terms: readonly string[], now: number): Partial<NewEntry> {
  const fields = new Map<Field, string>();
  for (const [key, value] of splitTerms(terms)) {
    const field = spellings[key.toLowerCase().replaceAll('-', '_')];
    if (field === undefined) {
      const known = Object.keys(spellings);
      throw new SwarmdError('USAGE', `unknown field "${key}"${didYouMean(key, known)}`, {
        where: key,
        allowed: known.join(', '),
      });
    }
    if (fields.has(field))
      throw new SwarmdError('USAGE', `the field "${key}" is given twice`, { where: key });
    fields.set(field, value);
  }
  const { importance, timestamp, trust, ...others } = Object.fromEntries(fields) as Partial<
    Record<Field, string>
  >;
  return {
    ...others,
    ...(importance === undefined ? {} : { importance: importanceOf(importance) }),
    ...(timestamp === undefined ? {} : { timestamp: instantMs(timestamp, 'timestamp', now) }),
    ...(trust === undefined ? {} : { trust: trust as EntryTrust }),
  };
}
