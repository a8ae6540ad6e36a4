import { SwarmdError } from '../config/errors.ts';
import type { Store } from './database.ts';
import { getEntry, insertEntry } from './entries.ts';
import { type EntryRow, entryColumns, toEntry } from './entry-rows.ts';
import { mayChange, maySee, signed, visibleTo } from './identity.ts';
import type { Entry, Identity, NewEntry } from './types/entries.ts';

/** Entries that one supersedes or is superseded by, oldest first, itself included. */
export function chainOf(store: Store, id: number, identity?: Identity): Entry[] {
  const rows = store.all<EntryRow>(
    `with recursive
       later (id, depth) as (select @id, 0 union select entries.superseded_by, depth + 1 from entries
         join later on entries.id = later.id where entries.superseded_by is not null and depth < 1000),
       newest (id) as (select id from later order by depth desc limit 1),
       chain (id) as (select id from newest union select entries.id from entries join chain on entries.superseded_by = chain.id)
     select ${entryColumns} from entries where entries.id in (select id from chain) order by entries.id`,
    { id },
  );
  return rows.map(toEntry).filter((entry) => maySee(identity, entry));
}

/** The entry, for whoever may see it. What may not be seen does not exist. Throws NOT_FOUND. */
export function visibleEntry(store: Store, id: number, identity?: Identity): Entry {
  const entry = getEntry(store, id);
  if (entry !== undefined && maySee(identity, entry)) return entry;
  throw new SwarmdError('NOT_FOUND', `there is no entry #${id}`, { where: 'id' });
}

function changeableEntry(store: Store, id: number, identity: Identity | undefined): Entry {
  const entry = visibleEntry(store, id, identity);
  if (mayChange(identity, entry)) return entry;
  throw new SwarmdError('DENIED', `only its writer may change entry #${id}`, { where: 'id' });
}

/**
 * Puts a newer entry in the place of an older one: either one that exists (`byId`) or a new one (`by`), which
 * takes what it does not state from the old one. Returns both.
 */
export function supersedeEntry(
  store: Store,
  input: {
    id: number;
    byId?: number | undefined;
    by?: Partial<NewEntry> | undefined;
    now: number;
    identity?: Identity | undefined;
  },
): { old: Entry; replacement: Entry } {
  const { id, now, identity } = input;
  const old = changeableEntry(store, id, identity);
  if (old.supersededBy !== null) {
    throw new SwarmdError('CONFLICT', `entry #${id} is superseded by #${old.supersededBy} already`, {
      where: 'id',
      allowed: `mem-db supersede ${old.supersededBy} …`,
    });
  }
  const replacementId = input.byId ?? insertReplacement(store, old, input.by ?? {}, now, identity);
  const replacement = visibleEntry(store, replacementId, identity);
  if (replacementId === id || isBelow(store, replacementId, id)) {
    throw new SwarmdError(
      'CONFLICT',
      `#${id} cannot be superseded by #${replacementId}, which it supersedes`,
      { where: 'by' },
    );
  }
  store.run(
    `update entries set status = 'superseded', superseded_by = @by, superseded_at = @now where id = @id`,
    { id, by: replacementId, now },
  );
  return { old: visibleEntry(store, id), replacement };
}

/** True when following `superseded_by` from one entry leads to the other. */
function isBelow(store: Store, from: number, to: number): boolean {
  let entry = getEntry(store, from);
  for (let steps = 0; entry !== undefined && entry.supersededBy !== null && steps < 1000; steps += 1) {
    if (entry.supersededBy === to) return true;
    entry = getEntry(store, entry.supersededBy);
  }
  return false;
}

function insertReplacement(
  store: Store,
  old: Entry,
  changes: Partial<NewEntry>,
  now: number,
  identity: Identity | undefined,
): number {
  const { id: _id, timestamp: _t, status: _s, seenCount: _c, confirmedBy: _b, ...kept } = old;
  const entry = signed(identity, { ...kept, ...changes, supersededBy: null, supersededAt: null });
  return insertEntry(store, entry, now).id;
}

/** What an active decision contradicts: others on the same topic, visible to the same readers. */
export function conflictsWith(store: Store, entry: Entry, identity?: Identity): Entry[] {
  if (entry.type !== 'd' || entry.status !== 'active') return [];
  if (entry.topic === null || entry.choice === null) return [];
  const visible = visibleTo(identity);
  const rows = store.all<EntryRow>(
    `select ${entryColumns} from entries
     where entries.topic = @topic and type = 'd' and status = 'active' and entries.id <> @id
       and entries.choice is not null and lower(entries.choice) <> lower(@choice)
       and scope = @scope and project is @project
       ${visible === undefined ? '' : `and ${visible.sql.join(' and ')}`}
     order by ordered_at desc, entries.id desc limit 10`,
    {
      id: entry.id,
      topic: entry.topic,
      choice: entry.choice,
      scope: entry.scope,
      project: entry.project,
      ...visible?.parameters,
    },
  );
  return rows.map(toEntry);
}

/**
 * Makes a decision or lesson binding for agents. A person (or a policy, in its own name) does; text that came
 * from outside cannot be made binding: it has to be written anew by whoever vouches for it.
 */
export function confirmEntry(store: Store, input: { id: number; by: string; now: number }): Entry {
  const entry = visibleEntry(store, input.id);
  if (entry.type !== 'd' && entry.type !== 'L') {
    throw new SwarmdError('INPUT_INVALID', `#${entry.id} is neither a decision nor a lesson`, {
      where: 'id',
      allowed: 'an entry of type d or L',
    });
  }
  if (entry.trust === 'untrusted') {
    throw new SwarmdError('DENIED', `#${entry.id} was taken from untrusted content and cannot bind agents`, {
      where: 'id',
      allowed: 'a new decision or lesson in your own words',
    });
  }
  store.run('update entries set confirmed_by = @by, confirmed_at = @now where id = @id', input);
  return visibleEntry(store, input.id);
}

/** What agents must heed: confirmed decisions and lessons in force, the important ones first. */
export function directives(store: Store, identity: Identity | undefined, limit: number): Entry[] {
  const visible = visibleTo(identity);
  const rows = store.all<EntryRow>(
    `select ${entryColumns} from entries
     where type in ('d', 'L') and status = 'active' and confirmed_by is not null and trust <> 'untrusted'
       ${visible === undefined ? '' : `and ${visible.sql.join(' and ')}`}
     order by importance = 'H' desc, ordered_at desc, entries.id desc limit @limit`,
    { limit, ...visible?.parameters },
  );
  return rows.map(toEntry);
}

export interface Topic {
  topic: string;
  /** Entries in force; decisions among them. */
  count: number;
  decisions: number;
  /** When the newest was written. */
  newest: number;
}

/** Topics with their numbers, the most recent first. */
export function topicList(store: Store, identity: Identity | undefined, limit: number): Topic[] {
  const visible = visibleTo(identity);
  if (visible === undefined) return store.all<Topic>(selectAllTopics, { limit });
  return store.all<Topic>(
    `select entries.topic, count(*) as count, sum(type = 'd') as decisions, max(timestamp) as newest
     from entries not indexed where entries.topic is not null and status not in ('superseded', 'deprecated', 'duplicate')
       and ${visible.sql.join(' and ')}
     group by entries.topic order by newest desc, entries.topic limit @limit`,
    { limit, ...visible.parameters },
  );
}

/** From the indexes alone: reading a million entries takes seconds. */
const selectAllTopics = `
  select topic, count, (
      select count(*) from entries where entries.topic = topics.topic and type = 'd' and type in ('d', 'L') and status = 'active'
    ) as decisions, (
      select timestamp from entries where entries.topic = topics.topic and status not in ('superseded', 'deprecated', 'duplicate')
      order by ordered_at desc, id desc limit 1
    ) as newest
  from (
    select topic, count(*) as count, max(ordered_at) as last from entries
    where topic is not null and status not in ('superseded', 'deprecated', 'duplicate')
    group by topic order by last desc, topic limit @limit
  ) as topics
  order by last desc, topic`;
