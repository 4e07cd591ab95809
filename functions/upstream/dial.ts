import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What an upstream may be. Every URL that a user registers is hostile until it has passed here. */
export interface DialRules {
  /** Lets loopback addresses pass, over http too: the local gateway alone. */
  readonly allowLoopback: boolean;
  /** The gateway's own host name, with its port if it has one: an upstream must not be ourselves. */
  readonly ownHost: string | undefined;
  /** How a name is resolved: the system's way, unless a test brings its own. */
  readonly resolve?: ResolveAll;
}

/** An address that an upstream must not have was about to be dialled. */
export class ForbiddenAddress extends Error {
  constructor(host: string) {
    super(`${host} has an address that is not public`);
    this.name = 'ForbiddenAddress';
  }
}

/**
 * Checks what can be said of an upstream's URL without a look-up. What its name resolves to is checked at every
 * connection, by {@link checkedLookup}.
 * @returns what is wrong with it, for the user who registers it; `undefined` when it may be used
 */
export function upstreamUrlProblem(value: string, rules: DialRules): string | undefined {
  if (!URL.canParse(value)) return 'must be an absolute URL';
  const url = new URL(value);
  const loopback = rules.allowLoopback && isLoopbackHost(url);
  if (url.protocol !== 'https:' && !(loopback && url.protocol === 'http:')) return 'must be an https URL';
  if (url.username !== '' || url.password !== '') return 'must not contain credentials';
  if (url.hash !== '') return 'must not contain a fragment';
  if (isOwnHost(url, rules)) return 'must not be the gateway itself';
  const isPublic = isDialable(url, rules) && (hostOf(url) !== 'localhost' || loopback);
  return isPublic ? undefined : 'must have a public address';
}

/**
 * A `lookup` for sockets that answers allowed addresses or fails: so what is checked is what is dialled, however often
 * a name changes its answer.
 */
export function checkedLookup(rules: DialRules): LookupFunction {
  return (hostname, options, callback) => {
    (rules.resolve ?? lookup)(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isAllowedAddress(address, rules))) {
        return callback(new ForbiddenAddress(hostname), []);
      }
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
}

type ResolveAll = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Whether what the URL itself says may be dialled: if its host is an address, an allowed one. Sockets dial an address
 * without a look-up, so it is checked here.
 */
export function isDialable(url: URL, rules: DialRules): boolean {
  const host = hostOf(url);
  return !ipaddr.isValid(host) || isAllowedAddress(host, rules);
}

/** The URL parser has already turned every numeric form (`0x7f.1`, `2130706433`) into dotted decimals. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');

/** Whether the URL is the gateway's own, so that a call would come back to us. */
export const isOwnHost = (url: URL, { ownHost }: DialRules): boolean =>
  hostOf(url) + (url.port === '' ? '' : `:${url.port}`) === ownHost;

/** Every public IPv6 address is in it; what lies outside is reserved, or carries another address inside. */
const GLOBAL_UNICAST_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Public unicast alone: not private, loopback, link-local (with the metadata addresses), shared (CGNAT), unique local,
 * multicast, reserved, or a form that carries another address inside (mapped, compatible, NAT64, 6to4, Teredo).
 */
function isAllowedAddress(address: string, rules: DialRules): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (rules.allowLoopback && range === 'loopback') return true;
  return range === 'unicast' && (parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST_IPV6));
}

function isLoopbackHost(url: URL): boolean {
  const host = hostOf(url);
  return host === 'localhost' || (ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback');
}
