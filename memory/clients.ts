/**
 * Programs and people besides the owner. Each has a token, of which only the hash is kept: it is looked up with
 * every request, so that a client added, changed or removed by a command is so for a running daemon at once.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { SwarmdError } from '../config/errors.ts';
import { didYouMean } from '../config/suggest.ts';
import type { Privacy } from '../router/types.ts';
import type { Store } from './database.ts';
import type { Identity } from './types/entries.ts';

/**
 *   read     its own actions, results, events, calls and costs; the entries its identity may see
 *   submit   hands in, cancels and retries its own actions, chats, writes entries
 *   admin    the daemon as a whole: status, metrics, budget, pause, resume, drain, reload, kill
 */
export const clientScopes = ['read', 'submit', 'admin'] as const;
export type ClientScope = (typeof clientScopes)[number];

export interface ClientRecord {
  name: string;
  scopes: readonly ClientScope[];
  /** `local`: nothing it hands in leaves the user's own hardware. */
  privacy: Privacy;
  /** As whom the memory is asked for it: its name, and what it was given of these. */
  identity: Identity;
  createdAt: number;
  /** When its present token was made. */
  tokenMadeAt: number;
}

export interface NewClient {
  /** Its name, and the role, project and chat whose entries it may see and write. */
  identity: Identity;
  /** Of its token; the token itself is never stored. */
  tokenHash: Buffer;
  scopes: readonly ClientScope[];
  privacy: Privacy;
  at: number;
}

/** Reads; commands change clients by the functions below. */
export interface Clients {
  named(name: string): ClientRecord | undefined;
  /** Who carries this token. */
  withToken(token: string): ClientRecord | undefined;
}

interface ClientRow {
  name: string;
  token_hash: Buffer;
  scopes: string;
  privacy: Privacy;
  role: string | null;
  project: string | null;
  chat_id: string | null;
  created_at: number;
  token_made_at: number;
}

const columns = 'name, token_hash, scopes, privacy, role, project, chat_id, created_at, token_made_at';
const selectNamed = `select ${columns} from _clients where name = ?`;
const selectByHash = `select ${columns} from _clients where token_hash = ?`;
const selectAll = `select ${columns} from _clients order by name`;
const insertClient = `
  insert into _clients (name, token_hash, scopes, privacy, role, project, chat_id, created_at, token_made_at)
  values (@name, @hash, @scopes, @privacy, @role, @project, @chat_id, @at, @at)`;
const putToken = 'update _clients set token_hash = @hash, token_made_at = @at where name = @name';
const deleteClient = 'delete from _clients where name = ?';

/** Long enough that nobody finds one by trying, and known for what it is where it turns up. */
export function newToken(): string {
  return `swc_${randomBytes(32).toString('base64url')}`;
}

/** A token is random, so a plain hash of it tells nothing; a slow one would only slow every request. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Throws CONFLICT for a name that is taken. */
export function addClient(store: Store, client: NewClient): ClientRecord {
  const { client: name, role, project, chatId } = client.identity;
  if (clientNamed(store, name) !== undefined)
    throw new SwarmdError('CONFLICT', `there is a client "${name}" already`, {
      where: name,
      allowed: 'another name, or a new token for it: swarmd clients rotate',
    });
  store.run(insertClient, {
    name,
    hash: client.tokenHash,
    scopes: JSON.stringify(client.scopes),
    privacy: client.privacy,
    role: role ?? null,
    project: project ?? null,
    chat_id: chatId ?? null,
    at: client.at,
  });
  return existing(store, name);
}

/** Gives a client another token; the one before is worth nothing from the commit on. Throws NOT_FOUND. */
export function rotateClientToken(
  store: Store,
  given: { name: string; tokenHash: Buffer; at: number },
): ClientRecord {
  const { name, at } = given;
  existing(store, name);
  store.run(putToken, { name, hash: given.tokenHash, at });
  return existing(store, name);
}

/** Forgets a client and its token. What it handed in stays as it is, private where it was. Throws NOT_FOUND. */
export function removeClient(store: Store, given: { name: string }): ClientRecord {
  const client = existing(store, given.name);
  store.run(deleteClient, given.name);
  return client;
}

export function listClients(store: Store): ClientRecord[] {
  return store.all<ClientRow>(selectAll).map(toClient);
}

export function clientNamed(store: Store, name: string): ClientRecord | undefined {
  const row = store.get<ClientRow>(selectNamed, name);
  return row === undefined ? undefined : toClient(row);
}

/**
 * Who carries this token. The index is asked for its hash, of which nobody without the token can choose a byte,
 * so the time of that search tells nothing; what was found is compared in constant time all the same.
 */
export function clientWithToken(store: Store, token: string): ClientRecord | undefined {
  const hash = tokenHash(token);
  const row = store.get<ClientRow>(selectByHash, hash);
  return row !== undefined && timingSafeEqual(row.token_hash, hash) ? toClient(row) : undefined;
}

function existing(store: Store, name: string): ClientRecord {
  const client = clientNamed(store, name);
  if (client !== undefined) return client;
  const names = listClients(store).map((one) => one.name);
  throw new SwarmdError('NOT_FOUND', `there is no client "${name}"${didYouMean(name, names)}`, {
    where: name,
    allowed: names.length === 0 ? 'a client made by: swarmd clients add NAME' : names.join(', '),
  });
}

function toClient(row: ClientRow): ClientRecord {
  return {
    name: row.name,
    scopes: JSON.parse(row.scopes),
    privacy: row.privacy,
    identity: {
      client: row.name,
      role: row.role ?? undefined,
      project: row.project ?? undefined,
      chatId: row.chat_id ?? undefined,
    },
    createdAt: row.created_at,
    tokenMadeAt: row.token_made_at,
  };
}
