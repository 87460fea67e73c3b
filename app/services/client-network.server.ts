import ipaddr from "ipaddr.js";

/**
 * Removes the port ("192.0.2.1:50123", "[2001:db8::1]:443"), which changes with each connection, and the zone of an IPv6
 * address ("fe80::1%eth0.100"), which names an interface of this host.
 */
const bareAddress = (address: string): string =>
  address
    .trim()
    .replace(/^\[(.*)\](:\d+)?$/, "$1")
    .replace(/^([\d.]+):\d+$/, "$1")
    .replace(/^([^%]*:[^%]*)%.*$/, "$1");

/** @returns an IPv4 address, also for an IPv4-mapped IPv6 one ("::ffff:192.0.2.1"); undefined for any other text */
function parseAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const text = bareAddress(address);
  // Stricter than ipaddr.parse(), which also accepts "192.0.2" and octal numbers.
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
  return isAddress ? ipaddr.process(text) : undefined;
}

const prefix = (address: ipaddr.IPv6, groups: number): string =>
  `${address.parts
    .slice(0, groups)
    .map((group) => group.toString(16))
    .join(":")}::/${groups * 16}`;

/**
 * The network that a rate limit counts: an IPv4 address, or an IPv6 /64, because one customer owns all of it.
 * @returns `192.0.2.1`, `2001:db8:0:1::/64`, or `unknown` for text that is not an address
 */
export function clientNetwork(address: string): string {
  const parsed = parseAddress(address);
  if (!parsed) return "unknown";
  return parsed instanceof ipaddr.IPv6 ? prefix(parsed, 4) : parsed.toString();
}

/** The /48 of an IPv6 address, such as `2001:db8:0::/48`; undefined for any other text. */
export function ipv6Prefix48(address: string): string | undefined {
  const parsed = parseAddress(address);
  return parsed instanceof ipaddr.IPv6 ? prefix(parsed, 3) : undefined;
}
