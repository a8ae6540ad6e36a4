import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { SwarmdError } from '../../config/errors.ts';
import type { ClientRecord, ClientScope, Clients } from '../../memory/clients.ts';
import type { ActionRecord } from '../../memory/types/actions.ts';
import type { CallRecord } from '../../memory/types/calls.ts';
import type { Identity } from '../../memory/types/entries.ts';
import type { LabelRecord } from '../../memory/types/labels.ts';
import { notFound, TokenRefused } from './errors.ts';

/** Who may use a route: `anyone` without a token, `client` with any, or a client whose token has the scope. */
export type RouteAccess = 'anyone' | 'client' | ClientScope;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route that does not say is the owner's alone. The owner may use every route. */
    access?: RouteAccess;
  }
}

/** Who asks: the owner of the installation, or a client with a token of its own. */
export type Caller = { kind: 'owner' } | { kind: 'client'; client: ClientRecord };

export interface Access {
  /** Lets a request in, or throws 401 (no valid token) or DENIED (not with this one). */
  admit(request: FastifyRequest): void;
  /** Who makes a request that was let in. */
  callerOf(request: FastifyRequest): Caller;
  /** False once its client was removed, lost the scope, or has another token: a long answer to it ends then. */
  stillAdmitted(request: FastifyRequest): boolean;
}

/** True for the name or address of this very machine's loopback. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Stops pages in a browser from reaching the daemon. A page can only make the browser send a `Host` that is a
 * name (DNS rebinding); so a name must be `localhost` or the configured one, while an address is always what
 * the caller really dialled. An `Origin`, which browsers add, must be the server's own.
 */
export function checkOrigin(
  headers: { host: string | undefined; origin: string | undefined },
  configuredHost: string,
): void {
  const host = hostName(headers.host ?? '');
  if (host === undefined || !(host === 'localhost' || host === configuredHost || isIP(host) !== 0))
    throw new SwarmdError('DENIED', `the Host ${JSON.stringify(headers.host ?? '')} is not this server`, {
      where: 'Host',
      allowed: 'an address, localhost, or http.host',
    });
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${headers.host}`)
    throw new SwarmdError('DENIED', `pages of ${JSON.stringify(origin)} may not use this server`, {
      where: 'Origin',
      allowed: `http://${headers.host}`,
    });
}

/** The name without the port, brackets of IPv6 removed; undefined when it is no host at all. */
function hostName(host: string): string | undefined {
  try {
    const { hostname } = new URL(`http://${host}`);
    return hostname.replace(/^\[|\]$/g, '');
  } catch {
    return undefined;
  }
}

/**
 * The owner's token and the clients'. Clients are looked up with every request, so that one added or removed
 * counts at once.
 */
export function createAccess(token: string, clients: Clients): Access {
  const callers = new WeakMap<FastifyRequest, Caller>();
  const admitted = (request: FastifyRequest): Caller => {
    const caller = identify(request.headers.authorization, token, clients);
    if (!request.is404) assertMayUse(caller, request);
    return caller;
  };
  return {
    admit(request) {
      if (request.routeOptions.config.access !== 'anyone') callers.set(request, admitted(request));
    },
    callerOf(request) {
      const caller = callers.get(request);
      if (caller === undefined) throw new TokenRefused('this needs a token');
      return caller;
    },
    stillAdmitted(request) {
      try {
        admitted(request);
        return true;
      } catch (error) {
        // A memory that cannot be asked now says nothing against it; it is asked again.
        return !(error instanceof SwarmdError && error.code === 'DENIED');
      }
    },
  };
}

/** Both sides are hashed before they are compared: equal lengths, and no time that tells where they differ. */
function identify(authorization: string | undefined, token: string, clients: Clients): Caller {
  if (authorization === undefined) throw new TokenRefused('this needs a token');
  const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
  if (timingSafeEqual(digest(given), digest(token))) return { kind: 'owner' };
  const client = clients.withToken(given);
  if (client === undefined) throw new TokenRefused('the token is not the right one');
  return { kind: 'client', client };
}

function assertMayUse(caller: Caller, request: FastifyRequest): void {
  if (caller.kind === 'owner') return;
  const { access } = request.routeOptions.config;
  const { name, scopes } = caller.client;
  if (access === 'client' || (access !== undefined && access !== 'anyone' && scopes.includes(access))) return;
  const what = `${request.method} ${request.routeOptions.url ?? request.url}`;
  const needed = access === undefined ? 'is for the owner alone' : `needs the scope "${access}"`;
  throw new SwarmdError(
    'DENIED',
    `${what} ${needed}; the token of client "${name}" has ${scopes.join(', ')}`,
    {
      where: what,
      allowed: access === undefined ? 'the owner’s token' : `a token made with --scope ${access}`,
    },
  );
}

/** The name a client submits under and sees by; undefined: the owner, who sees everything. */
export function clientName(caller: Caller): string | undefined {
  return caller.kind === 'owner' ? undefined : caller.client.name;
}

/** As whom the memory is asked; undefined: as the owner. */
export function identityOf(caller: Caller): Identity | undefined {
  return caller.kind === 'owner' ? undefined : caller.client.identity;
}

/** The action, where it exists and the caller may see it. What belongs to somebody else does not exist for a client. */
export function ownAction(caller: Caller, action: ActionRecord | undefined, id: string): ActionRecord {
  const name = clientName(caller);
  if (action === undefined || (name !== undefined && action.client !== name)) throw notFound('action', id);
  return action;
}

/** The calls a client may see: those made for it. Shadows and audits are the installation's own. */
export function ownCalls(caller: Caller, calls: readonly CallRecord[]): readonly CallRecord[] {
  const name = clientName(caller);
  return name === undefined ? calls : calls.filter((call) => call.client === name);
}

/** The labels a client may see: those of its answers, but for the judge's word of an audit. */
export function ownLabels(caller: Caller, labels: readonly LabelRecord[]): readonly LabelRecord[] {
  return clientName(caller) === undefined ? labels : labels.filter((label) => label.source !== 'audit');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
