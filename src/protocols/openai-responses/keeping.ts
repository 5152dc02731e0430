// What a reply says of being kept. Upstreams are asked to keep nothing and to go on from nothing, and say so; what is
// true for the caller is written over it, in the few events that hold the response as a whole. Nothing is parsed.
import { type CallWire, type Edit, spliced } from '../../canonical/call-wire.ts';
import type { Keeping } from '../../canonical/turns.ts';
import { named, type Scan, ScanError, scanObject } from '../../lib/json-scan.ts';

export function keeping(wire: CallWire): Keeping | undefined {
  const kept = wire.value('store') !== false;
  const previous = wire.value('previous_response_id');
  if (!kept && typeof previous !== 'string') return undefined;
  return { kept, previous: typeof previous === 'string' ? previous : null };
}

/** Inside JSON strings quotes are escaped, so only a real key or value ends like this. */
const RESPONSE = Buffer.from('response"');
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const LF = 0x0a;
const DATA = 'data:';
const MOST_DEPTH = 512;

export function restate(bytes: Buffer, keeping: Keeping): Buffer {
  if (bytes[0] === OPEN_BRACE) return Buffer.concat(edited(bytes, editsOf(keeping)));
  const first = bytes.indexOf(RESPONSE);
  return first < 0 ? bytes : restated(bytes, first, editsOf(keeping));
}

function editsOf({ kept, previous }: Keeping): readonly Edit[] {
  return [
    { name: 'store', value: String(kept) },
    { name: 'previous_response_id', value: JSON.stringify(previous) },
  ];
}

function restated(bytes: Buffer, first: number, edits: readonly Edit[]): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = first; at >= 0; ) {
    const start = bytes.lastIndexOf(LF, at) + 1;
    const end = endOfLine(bytes, at);
    if (bytes[at - 1] === QUOTE && bytes.toString('latin1', start, start + DATA.length) === DATA) {
      pieces.push(bytes.subarray(from, start + DATA.length));
      pieces.push(...inEvent(bytes.subarray(start + DATA.length, end), edits));
      from = end;
    }
    at = bytes.indexOf(RESPONSE, end);
  }
  return from === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(from)]);
}

function endOfLine(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(LF, from);
  return end < 0 ? bytes.length : end;
}

function inEvent(event: Buffer, edits: readonly Edit[]): readonly Buffer[] {
  const whole = scanned(event);
  const field = whole === undefined ? undefined : named(whole.fields, 'response');
  if (field === undefined || event[field.start] !== OPEN_BRACE) return [event];
  const reply = event.subarray(field.start, field.end);
  return [event.subarray(0, field.start), ...edited(reply, edits), event.subarray(field.end)];
}

function edited(object: Buffer, edits: readonly Edit[]): readonly Buffer[] {
  const scan = scanned(object);
  return scan === undefined ? [object] : spliced(object, scan, edits);
}

/** Undefined for what is not understood: it goes on as it is. */
function scanned(bytes: Buffer): Scan | undefined {
  try {
    const scan = scanObject(bytes, MOST_DEPTH);
    return scan.ambiguous ? undefined : scan;
  } catch (cause) {
    if (cause instanceof ScanError) return undefined;
    throw cause;
  }
}
