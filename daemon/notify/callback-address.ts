/** Where a callback may go: hosts that the configuration names, and no private address unless it says so. */
import { BlockList, isIP } from 'node:net';
import type { Notifications } from '../../config/notifications.ts';

/** Why an address cannot be a callback's; undefined when it can. */
export function callbackFault(
  address: string,
  { callbackHosts, callbackPrivateAddresses }: Notifications,
): string | undefined {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return 'is no http or https address';
  if (url.username !== '' || url.password !== '') return 'holds a login';
  const host = bareHost(url);
  if (callbackHosts.length === 0) return 'no host is allowed; notifications.callback_hosts names them';
  const allowed = callbackHosts.some((one) =>
    one.startsWith('.') ? host.endsWith(one) : one === host || one === url.host.toLowerCase(),
  );
  if (!allowed) return `its host ${host} is not among notifications.callback_hosts`;
  if (!callbackPrivateAddresses && isIP(host) !== 0 && isPrivateAddress(host))
    return 'its address is a private one; notifications.callback_private_addresses allows them';
  return undefined;
}

/** This machine, this network, and what is not one receiver's address at all. */
export function isPrivateAddress(address: string): boolean {
  return notPublic.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

const notPublic = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  notPublic.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['::', 127],
  // Addresses of version 4 in other clothes; `::ffff:…` is judged as what it stands for.
  ['64:ff9b::', 96],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  notPublic.addSubnet(net, prefix, 'ipv6');

function bareHost(url: URL): string {
  return url.hostname.toLowerCase().replace(/^\[|\]$/g, '');
}
