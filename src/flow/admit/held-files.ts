// Stage admit: files that a call points to by their ids. Tenants share the upstream's account, so another's file is
// none; one's own is where it is, and so must the call be. Files that nobody brought here are the upstream's business.
import type { CallWire } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asTenantId, type TenantId } from '../../canonical/ids.ts';
import { asObject, asString, isArray, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Records } from '../../ports.ts';
import type { VirtualModel } from '../stage.ts';

/** Where it is written down. */
export type Owners = Pick<Records, 'get'>;

/** Under this name, which no tenant has, it is written down whose a file is. */
export const OWNERS: TenantId = asTenantId('');

/** Name of the fields that hold such ids, and of lists of them. */
const FIELD = 'file_id';
const STEM = 'file';
const TAIL = '_id';
const MOST_LOOKS = 32;
/** Each is looked up on its own. */
const MOST_IDS = 100;
/** A letter in disguise: what a reader sees there is known after a full parse only. */
const DISGUISE = '\\u00';
/** Those of the field's name; accents and line ends stand for nothing in it. */
const DISGUISES = [...FIELD].flatMap((letter) => {
  const hex = letter.charCodeAt(0).toString(16);
  return [...new Set([hex, hex.toUpperCase()])].map((digits) => DISGUISE + digits);
});
const NAMES: ReadonlySet<string> = new Set([FIELD, `${FIELD}s`]);

/** A false alarm costs a parse, nothing else. Asked of every call: looks for the rarest of the letters. */
export function mayPointToFiles(wire: CallWire): boolean {
  const { mediaType, bytes } = wire;
  if (mediaType !== 'application/json') return false;
  if (!wire.holds(TAIL)) return hasDisguise(wire);
  let at = bytes.indexOf(TAIL);
  for (let looks = 0; at >= 0; looks += 1) {
    // Others are there by the thousand, perhaps on purpose.
    if (looks === MOST_LOOKS)
      return bytes.includes(FIELD, Math.max(0, at - STEM.length)) || hasDisguise(wire);
    if (bytes.toString('latin1', Math.max(0, at - STEM.length), at) === STEM) return true;
    at = bytes.indexOf(TAIL, at + TAIL.length);
  }
  return hasDisguise(wire);
}

function hasDisguise(wire: CallWire): boolean {
  return wire.holds(DISGUISE) && DISGUISES.some((letter) => wire.holds(letter));
}

/** The upstreams of the tenant's own files that the call points to. Rejects when one of them is another's. */
export async function placesOfFiles(
  wire: CallWire,
  tenant: TenantId,
  records: Owners,
): Promise<ReadonlySet<string>> {
  const places = new Set<string>();
  for (const id of idsIn(JSON.parse(wire.bytes.toString('utf8')) as Json)) {
    const own = await records.get('file', tenant, id).catch(notNow);
    const owner = own ?? (await records.get('file', OWNERS, id).catch(notNow));
    if (own === undefined && owner !== undefined) throw noSuchFile(id);
    const place =
      own === undefined ? undefined : asString(asObject(JSON.parse(own.value) as Json)?.['upstream']);
    if (place !== undefined) places.add(place);
  }
  return places;
}

/** Walked without calling itself: how deep a body goes is the caller's choice. */
function idsIn(body: Json): ReadonlySet<string> {
  const ids = new Set<string>();
  const left: Json[] = [body];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (isArray(value)) for (const inner of value) left.push(inner);
    else if (isObject(value)) look(value, ids, left);
  }
  return ids;
}

function look(object: JsonObject, ids: Set<string>, left: Json[]): void {
  for (const [name, value] of Object.entries(object)) {
    if (NAMES.has(name)) noteIds(value, ids);
    if (typeof value === 'object') left.push(value);
  }
}

function noteIds(value: Json | undefined, ids: Set<string>): void {
  for (const id of isArray(value) ? value : [value]) {
    if (typeof id === 'string') ids.add(id);
    if (ids.size > MOST_IDS) throw tooMany();
  }
}

function tooMany(): GatewayError {
  return new GatewayError('bad_request', `The call points to more than ${MOST_IDS} files.`, {
    param: FIELD,
    remedy: 'Send several calls with fewer files each.',
  });
}

/** The one upstream at which the files are, and the sealer, too. Throws where none of the targets is. */
export function pinToFiles(
  places: ReadonlySet<string>,
  virtual: VirtualModel,
  pin: string | undefined,
): string | undefined {
  const [place] = places;
  if (place === undefined) return pin;
  const elsewhere = places.size > 1 || (pin !== undefined && pin !== place);
  if (!elsewhere && virtual.targets.some(({ upstream }) => upstream.name === place)) return place;
  const where = [...places].map((name) => `"${name}"`).join(' and ');
  throw new GatewayError(
    'bad_request',
    elsewhere
      ? `The call needs what is at several upstreams; its files are at ${where}.`
      : `The file is at the upstream ${where}, which is no target of the model "${virtual.name}".`,
    { param: FIELD, remedy: 'Send the data itself, or upload it to an upstream of this model.' },
  );
}

function noSuchFile(id: string): GatewayError {
  const shown = id.length > 80 ? `${id.slice(0, 80)}…` : id;
  return new GatewayError('not_found', `There is no file "${shown}".`, {
    param: FIELD,
    remedy: 'GET /v1/files lists those there are.',
  });
}

function notNow(cause: unknown): never {
  if (cause instanceof GatewayError) throw cause;
  const remedy = 'Try again shortly.';
  throw new GatewayError('store_down', 'Whose files these are cannot be read at the moment.', {
    remedy,
    cause,
  });
}
