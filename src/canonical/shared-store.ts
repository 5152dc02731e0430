// Addresses that an upstream reads with the gateway's own rights, whoever asks: a caller may name none but what
// the operator has opened to all callers.
import { GatewayError } from './errors.ts';
import { isArray, isObject, type Json } from './json.ts';

/** The address a field names, if it is closed to callers. */
export type Judge = (name: string, value: Json) => string | undefined;

export interface Closed {
  readonly path: string;
  readonly address: string;
}

/** The first address in a body that `judge` names as closed. Fields in `data` hold what vendors only pass on. */
export function findClosed(
  value: Json | undefined,
  judge: Judge,
  data: ReadonlySet<string>,
  path = '',
): Closed | undefined {
  if (isArray(value)) return firstOf(value, (item, at) => findClosed(item, judge, data, `${path}[${at}]`));
  if (!isObject(value)) return undefined;
  return firstOf(Object.entries(value), ([name, inner]) => {
    if (inner === undefined || data.has(name)) return undefined;
    const at = path === '' ? name : `${path}.${name}`;
    const address = judge(name, inner);
    return address === undefined ? findClosed(inner, judge, data, at) : { path: at, address };
  });
}

function firstOf<T>(
  items: readonly T[],
  find: (item: T, at: number) => Closed | undefined,
): Closed | undefined {
  for (const [at, item] of items.entries()) {
    const found = find(item, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A letter may be written as its number: then a search for a name finds nothing. */
const HIDDEN = ['\\u003', '\\u004', '\\u005', '\\u006', '\\u007'] as const;

/** Could a body have one of these keys? It is searched, not parsed. */
export function mayHaveKey(bytes: Buffer, keys: readonly string[]): boolean {
  if (keys.some((key) => bytes.includes(`"${key}"`))) return true;
  return bytes.includes('\\u00') && HIDDEN.some((start) => bytes.includes(start));
}

export function isInBucket(address: string, scheme: string, buckets: readonly string[] | undefined): boolean {
  return buckets?.some((bucket) => address.startsWith(`${scheme}://${bucket}/`)) ?? false;
}

export function closedAddress({ path, address }: Closed, option: string): GatewayError {
  return new GatewayError(
    'unsupported',
    `The address ${address} (\`${path}\`) would be read with the gateway's own rights.`,
    { param: path, remedy: `Send the bytes, or ask the operator to ${option}.` },
  );
}

export function closedStore({ path, address }: Closed): GatewayError {
  const shown = address.length > 80 ? `${address.slice(0, 80)}…` : address;
  return new GatewayError(
    'unsupported',
    `"${shown}" (\`${path}\`) is kept in the account that all callers of the upstream share.`,
    { param: path, remedy: `Send what it holds, or ask the operator to ${SHARE_FILES}.` },
  );
}

/** The first text in a value, for whoever is to be told what it names. */
export function firstText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const inner of Object.values(value)) {
    const text = firstText(inner);
    if (text !== undefined) return text;
  }
  return undefined;
}

export const LIST_BUCKET = 'list the bucket in options.buckets';
export const SHARE_FILES = 'set options.shared_files';
