/** Which proxies are trusted to say whom they speak for: nobody, so many hops, or those at these addresses. */
export type TrustProxy = false | number | readonly string[];

/**
 * Whom an address is counted as. An IPv4 address stands for itself, also where a dual-stack socket shows it as IPv6;
 * an IPv6 address stands for its /64 network, as that is what one customer is given: RFC 6177.
 */
export function toClientNetwork(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [front = '', back] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const head = front === '' ? [] : front.split(':');
  const tail = back === undefined || back === '' ? [] : back.split(':');
  const zeros = back === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  return `${[...head, ...Array<string>(zeros).fill('0'), ...tail].slice(0, 4).join(':')}::/64`;
}
