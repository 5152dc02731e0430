// Files in the vendor's store, which it reads with our rights: callers name only those in buckets opened to them.
import type { CallWire } from '../../canonical/call-wire.ts';
import { asObject, asString, isArray, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';
import {
  type Closed,
  closedAddress,
  findClosed,
  isInBucket,
  type Judge,
  LIST_BUCKET,
  mayHaveKey,
} from '../../canonical/shared-store.ts';

const PLACE = 's3Location';
/** What goes to the model as it is: it has words of its own for places. */
const MORE = 'additionalModelRequestFields';
const KEYS = [PLACE, MORE];
/** Arguments and results of tools, and what describes them. */
const DATA = new Set(['input', 'json', 'toolConfig', MORE, 'outputConfig']);
const NOTHING: ReadonlySet<string> = new Set();
/** Places in buckets, and names of whatever else an account can hold. */
const RESOURCE = /^(?:s3:\/\/|arn:)/i;

export function fits(wire: CallWire, quirks: Quirks): boolean {
  if (!mayHaveKey(wire.bytes, KEYS)) return true;
  const body = asObject(JSON.parse(wire.bytes.toString('utf8')) as Json) ?? {};
  return closedIn(body, quirks) === undefined;
}

export function checkStored(body: JsonObject, quirks: Quirks): void {
  const closed = closedIn(body, quirks);
  if (closed !== undefined) throw closedAddress(closed, LIST_BUCKET);
}

function closedIn(body: JsonObject, { buckets }: Quirks): Closed | undefined {
  const judge = (name: string, value: Json): string | undefined => {
    if (name !== PLACE) return undefined;
    const address = asString(asObject(value)?.['uri']) ?? '';
    return isInBucket(address, 's3', buckets) ? undefined : address;
  };
  return findClosed(body, judge, DATA) ?? findClosed({ [MORE]: body[MORE] }, judgeMore(buckets), NOTHING);
}

function judgeMore(buckets: Quirks['buckets']): Judge {
  return (_name, value) => {
    const texts = isArray(value) ? value : [value];
    const closed = texts.find(
      (text) => typeof text === 'string' && RESOURCE.test(text.trim()) && !isInBucket(text, 's3', buckets),
    );
    return asString(closed);
  };
}
