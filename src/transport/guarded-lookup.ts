// Looks names up for a pool, and remembers what they stood for: one that stood for public addresses does not come to
// stand for one within our own walls, whoever answers for the name (DNS rebinding). Names that are private from the
// beginning stay what they are.
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { BlockList, isIPv6, type LookupFunction } from 'node:net';

/** As node's own `dns.lookup`, asked for all addresses. */
export type Resolve = (
  name: string,
  options: LookupOptions & { readonly all: true },
  tell: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Loopback, private, link-local, shared with a carrier, unspecified. */
const WITHIN: readonly (readonly [net: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['::', 128],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
];

const walls = new BlockList();
for (const [net, prefix] of WITHIN) walls.addSubnet(net, prefix, isIPv6(net) ? 'ipv6' : 'ipv4');

/** IPv4 addresses in IPv6 clothes are seen through: the list does so itself for mapped ones. */
function isWithin({ address, family }: LookupAddress): boolean {
  const embedded = /^64:ff9b::(?:.*:)?([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (embedded !== null) return walls.check(fromHex(embedded[1], embedded[2]));
  return walls.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

function fromHex(high = '0', low = '0'): string {
  const [h, l] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return `${h >> 8}.${h & 255}.${l >> 8}.${l & 255}`;
}

/** One for each name: it remembers. */
export function createGuardedLookup(resolve: Resolve = lookup): LookupFunction {
  let isPublic = false;
  const permitted = (addresses: readonly LookupAddress[]): LookupAddress[] | undefined => {
    const outside = addresses.filter((address) => !isWithin(address));
    if (isPublic && outside.length < addresses.length) return undefined;
    isPublic ||= outside.length > 0;
    // Of a name that says both on the first day, what is within is left out.
    return outside.length > 0 ? outside : [...addresses];
  };
  return (name, options, tell) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      const told = error === null ? permitted(addresses) : [];
      if (error !== null || told === undefined) tell(error ?? refusal(name), []);
      else answer(told, options.all === true, tell);
    });
  };
}

function answer(told: LookupAddress[], all: boolean, tell: Parameters<LookupFunction>[2]): void {
  const [first] = told;
  if (all || first === undefined) tell(null, told);
  else tell(null, first.address, first.family);
}

function refusal(name: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${name} was public and is private now.`), { code: 'EREBIND' });
}
