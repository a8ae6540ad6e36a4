import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { isPrivateAddress } from './callback-address.ts';
import { SendError } from './send-error.ts';

/**
 * Connects to public addresses only: what a name stands for is looked up once, judged, and that very address is
 * connected to, so that a name cannot stand for another one a moment later.
 */
export function publicOnly(): Agent {
  return new Agent({ connect: { lookup: lookupPublic } });
}

const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    if (error !== null) return callback(error, '', 0);
    const open = found.filter(({ address }) => !isPrivateAddress(address));
    const [first] = open;
    if (first === undefined)
      return callback(new SendError(`${hostname} has only private addresses`, { final: true }), '', 0);
    if (options.all === true) callback(null, open);
    else callback(null, first.address, first.family);
  });
};
