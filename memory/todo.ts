import { SwarmdError } from '../config/errors.ts';
import { visibleEntry } from './curate.ts';
import type { Store } from './database.ts';
import { insertEntry } from './entries.ts';
import { type EntryRow, entryColumns, toEntry } from './entry-rows.ts';
import { maySee, visibleTo } from './identity.ts';
import type { Entry, Identity, TodoClaim } from './types/entries.ts';

interface Lease {
  holder: string;
  fence: number;
  until: number;
}

const important = `case importance when 'H' then 0 when 'L' then 2 else 1 end`;

/**
 * Takes a todo for one worker until its lease ends: the one named, or the most pressing that is free. In one
 * transaction, so two workers never hold the same. Undefined: nothing is free. Throws CONFLICT when the one
 * named is held or done.
 */
export function claimTodo(
  store: Store,
  input: {
    id?: number | undefined;
    holder: string;
    leaseMs: number;
    now: number;
    identity?: Identity | undefined;
  },
): TodoClaim | undefined {
  const id = input.id ?? nextFree(store, input.now, input.identity);
  if (id === undefined) return undefined;
  const todo = todoOf(store, id, input.identity);
  const lease = leaseOf(store, id);
  const state = todo.choice ?? 'OPEN';
  if (state === 'DONE' || state === 'BLOCKED') throw conflict(`todo #${id} is ${state}`);
  if (
    state === 'IN_PROGRESS' &&
    lease !== undefined &&
    lease.until > input.now &&
    lease.holder !== input.holder
  ) {
    throw conflict(`todo #${id} is held by ${lease.holder} until ${new Date(lease.until).toISOString()}`);
  }
  const fence = (lease?.fence ?? 0) + 1;
  const until = input.now + input.leaseMs;
  store.run(
    `insert into todo_leases (entry_id, holder, fence, until) values (@id, @holder, @fence, @until)
     on conflict (entry_id) do update set holder = @holder, fence = @fence, until = @until`,
    { id, holder: input.holder, fence, until },
  );
  setState(store, id, 'IN_PROGRESS');
  return { todo: visibleEntry(store, id), holder: input.holder, fence, until };
}

/** Closes a todo (DONE with a result, BLOCKED with a reason), or opens it again. Throws CONFLICT for a stale claim. */
export function closeTodo(
  store: Store,
  input: {
    id: number;
    state: 'DONE' | 'BLOCKED' | 'OPEN';
    text: string | undefined;
    /** Who does it, and with which claim; neither: the owner, who may always. */
    holder?: string | undefined;
    fence?: number | undefined;
    now: number;
    identity?: Identity | undefined;
  },
): Entry {
  const todo = todoOf(store, input.id, input.identity);
  const lease = leaseOf(store, input.id);
  if (input.fence !== undefined && lease?.fence !== input.fence) {
    throw conflict(
      `the claim of todo #${input.id} is over (fence ${input.fence}, now ${lease?.fence ?? 'none'})`,
    );
  }
  const held = lease !== undefined && lease.until > input.now && todo.choice === 'IN_PROGRESS';
  if (held && input.fence === undefined && input.holder !== undefined && lease.holder !== input.holder) {
    throw conflict(`todo #${input.id} is held by ${lease.holder}`);
  }
  if (todo.choice === 'DONE' && input.state === 'DONE') throw conflict(`todo #${input.id} is DONE already`);
  setState(store, input.id, input.state);
  store.run('update todo_leases set until = 0 where entry_id = ?', input.id);
  if (input.text !== undefined) {
    insertEntry(
      store,
      {
        type: input.state === 'OPEN' ? 'n' : 'R',
        topic: todo.topic,
        text: input.text,
        choice: input.state === 'DONE' ? 'success' : input.state === 'BLOCKED' ? 'failure' : null,
        taskId: String(input.id),
        project: todo.project,
        scope: todo.scope,
        chatId: todo.chatId,
        role: todo.role,
        visibility: todo.visibility,
        client: input.identity?.client ?? null,
        source: input.holder ?? null,
      },
      input.now,
    );
  }
  return visibleEntry(store, input.id);
}

/** Throws CONFLICT while somebody's lease runs and the one who closes states neither its holder nor its fence. */
export function refuseHeld(
  store: Store,
  input: { id: number; holder?: string | undefined; fence?: number | undefined; now: number },
): void {
  if (input.holder !== undefined || input.fence !== undefined) return;
  const lease = leaseOf(store, input.id);
  if (lease === undefined || lease.until <= input.now) return;
  throw new SwarmdError('CONFLICT', `todo #${input.id} is held by ${lease.holder}`, {
    where: 'id',
    allowed: `--by ${lease.holder}, --fence with the claim's number, or --force`,
  });
}

/** Todos and goals in a state, the most pressing first; an IN_PROGRESS one whose lease is over counts as OPEN. */
export function listTodos(
  store: Store,
  input: { states: readonly string[]; limit: number; now: number; identity?: Identity | undefined },
): (Entry & { holder: string | null })[] {
  const visible = visibleTo(input.identity);
  const rows = store.all<EntryRow & { holder: string | null }>(
    `select ${entryColumns}, iif(until > @now, holder, null) as holder
     from entries left join todo_leases on entry_id = entries.id
     where type in ('T', 'G') and status = 'active' and ${visible?.sql.join(' and ') ?? 'true'}
       and iif(coalesce(entries.choice, 'OPEN') = 'IN_PROGRESS' and coalesce(until, 0) between 1 and @now,
         'OPEN', coalesce(entries.choice, 'OPEN')) in (select value from json_each(@states))
     order by ${important}, coalesce(due, '9999'), ordered_at, entries.id limit @limit`,
    {
      now: input.now,
      states: JSON.stringify(input.states),
      limit: input.limit,
      ...visible?.parameters,
    },
  );
  return rows.map((row) => ({ ...toEntry(row), holder: row.holder }));
}

/** What one should know before working on a todo: itself, what was tried and found, and lessons on its topic. */
export function todoContext(
  store: Store,
  id: number,
  identity?: Identity,
): { todo: Entry; related: Entry[] } {
  const todo = todoOf(store, id, identity);
  const rows = store.all<EntryRow>(
    `select ${entryColumns} from entries
     where entries.id <> @id and status = 'active'
       and (task_id = @task or (entries.topic = @topic and type in ('L', 'd')))
     order by ordered_at, entries.id limit 200`,
    { id, task: String(id), topic: todo.topic },
  );
  return { todo, related: rows.map(toEntry).filter((entry) => maySee(identity, entry)) };
}

function nextFree(store: Store, now: number, identity: Identity | undefined): number | undefined {
  return listTodos(store, { states: ['OPEN'], limit: 1, now, identity })[0]?.id;
}

function todoOf(store: Store, id: number, identity: Identity | undefined): Entry {
  const entry = visibleEntry(store, id, identity);
  if (entry.type === 'T' || entry.type === 'G') return entry;
  throw new SwarmdError('INPUT_INVALID', `#${id} is no todo`, {
    where: 'id',
    allowed: 'mem-db todo shows them',
  });
}

function leaseOf(store: Store, id: number): Lease | undefined {
  return store.get<Lease>('select holder, fence, until from todo_leases where entry_id = ?', id);
}

function setState(store: Store, id: number, state: string): void {
  store.run('update entries set choice = @state where id = @id', { id, state });
}

function conflict(message: string): SwarmdError {
  return new SwarmdError('CONFLICT', message, { where: 'id' });
}
