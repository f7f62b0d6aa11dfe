import { isIP, isIPv6 } from 'node:net';
import { blockListOf } from '../../base/subnets.js';

/** IPv4 ranges that are not, or not only, the public internet (IANA's special-purpose registry), and what clouds put at a public address. */
const SPECIAL_IPV4 = blockListOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8',
  '169.254.0.0/16', // link-local, and with it the metadata services of most clouds
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4', // multicast
  '240.0.0.0/4',
  '168.63.129.16/32', // Azure's host
]);

/** The only part of IPv6 that is handed out to the public. What embeds an IPv4 address elsewhere (mapped, NAT64) lies outside it. */
const GLOBAL_IPV6 = blockListOf(['2000::/3']);

/** Parts of it that are not the public internet, or that lead to an IPv4 address of the sender's choice. */
const SPECIAL_IPV6 = blockListOf([
  '2001::/23', // protocol assignments, Teredo among them
  '2001:db8::/32',
  '2002::/16', // 6to4
  '3fff::/20',
]);

/** Whether `address` is an IP address on the public internet. False for whatever is not a plain IP address. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false;
  if (!isIPv6(address)) return !SPECIAL_IPV4.check(address, 'ipv4');
  return GLOBAL_IPV6.check(address, 'ipv6') && !SPECIAL_IPV6.check(address, 'ipv6');
}
