import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { SwarmdError } from '../../config/errors.ts';
import { TokenRefused } from './errors.ts';

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

/** Refuses all but the token. Both sides are hashed first: equal lengths, and no time that tells where they differ. */
export function checkToken(authorization: string | undefined, token: string): void {
  if (authorization === undefined) throw new TokenRefused('this needs a token');
  const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
  if (!timingSafeEqual(digest(given), digest(token)))
    throw new TokenRefused('the token is not the right one');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
