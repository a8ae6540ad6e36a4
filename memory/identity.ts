import { SwarmdError } from '../config/errors.ts';
import type { Cell } from './database.ts';
import type { Entry, Identity, NewEntry } from './types/entries.ts';

/**
 * What an identity may see, as one SQL condition on `entries`:
 *   public    everybody; internal: identities with a role; private: the client that wrote it
 * and, of these,
 *   shared    everybody; chat, agent, team: the same chat, role or project
 */
export function visibleTo(
  identity: Identity | undefined,
): { sql: string[]; parameters: Record<string, Cell> } | undefined {
  if (identity === undefined) return undefined;
  return {
    sql: [
      `(entries.visibility = 'public' or (entries.visibility = 'internal' and @me_role is not null)
        or (entries.visibility = 'private' and entries.client = @me_client))`,
      `(entries.scope = 'shared' or (entries.scope = 'chat' and entries.chat_id = @me_chat)
        or (entries.scope = 'agent' and entries.role = @me_role)
        or (entries.scope = 'team' and entries.project = @me_project))`,
    ],
    parameters: {
      me_client: identity.client,
      me_role: identity.role ?? null,
      me_chat: identity.chatId ?? null,
      me_project: identity.project ?? null,
    },
  };
}

/** The same rule on one entry at hand. */
export function maySee(identity: Identity | undefined, entry: Entry): boolean {
  if (identity === undefined) return true;
  const open =
    entry.visibility === 'public' ||
    (entry.visibility === 'internal' && identity.role !== undefined) ||
    (entry.visibility === 'private' && entry.client === identity.client);
  if (!open || entry.scope === 'shared') return open;
  const [theirs, mine] = {
    chat: [entry.chatId, identity.chatId],
    agent: [entry.role, identity.role],
    team: [entry.project, identity.project],
  }[entry.scope] ?? [null, undefined];
  return mine !== undefined && theirs === mine;
}

/** Only its writer, or the owner, changes an entry. */
export function mayChange(identity: Identity | undefined, entry: Entry): boolean {
  return identity === undefined || (maySee(identity, entry) && entry.client === identity.client);
}

/**
 * Signs an entry with the identity that writes it. It cannot write in another's name, into a chat, role or
 * project that is not its own, or as confirmed. Throws DENIED naming the field.
 */
export function signed(identity: Identity | undefined, entry: NewEntry): NewEntry {
  if (identity === undefined) return entry;
  const mine: NewEntry = {
    ...entry,
    client: identity.client,
    confirmedBy: null,
    trust: entry.trust === 'untrusted' ? 'untrusted' : 'agent',
  };
  const own = [
    ['chatId', 'chat', identity.chatId],
    ['role', 'agent', identity.role],
    ['project', 'team', identity.project],
  ] as const;
  for (const [field, scope, value] of own) {
    const stated = entry[field];
    const needed = entry.scope === scope;
    if (value === undefined ? needed : stated != null && stated !== value) {
      throw new SwarmdError(
        'DENIED',
        `${identity.client} may not write for ${field} ${stated ?? `of scope ${scope}`}`,
        {
          where: field,
          allowed: value ?? 'scope=shared',
        },
      );
    }
    if (value !== undefined && (needed || field === 'role')) mine[field] = value;
  }
  return mine;
}
