// accept: bytes in, a Call out. Looks at the top-level fields only; a full parse happens when a duplicate
// or escaped key makes it unclear which model a reader further on would see.
import { isUtf8 } from 'node:buffer';
import { CallWire, parseObject } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Operation, Place, Protocol } from '../../canonical/protocol.ts';
import type { ReceiptDraft } from '../../canonical/receipt.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { type Scan, ScanError, scanObject } from '../../lib/json-scan.ts';
import type { Call } from '../stage.ts';
import { checkSpelling, type RuledFields } from './one-spelling.ts';

export interface Incoming {
  readonly face: Protocol;
  readonly operation: Operation;
  /** What the path already says. */
  readonly place: Place;
  readonly bytes: Buffer;
  readonly headers: WireHeaders;
  readonly peer: string;
  readonly receipt: ReceiptDraft;
}

/** Several times what any dialect knows: fields are looked up by name, one after the other. */
const MOST_FIELDS = 256;

/** Scans a body; every later edit of it is scanned by the same rules. */
export function scanBody(bytes: Buffer, maxDepth: number): Scan {
  try {
    return scanObject(bytes, maxDepth, MOST_FIELDS);
  } catch (error) {
    throw error instanceof ScanError ? readable(error, bytes) : error;
  }
}

export interface AcceptBounds {
  readonly maxDepth: number;
  readonly ruled: RuledFields;
}

export function accept(incoming: Incoming, { maxDepth, ruled }: AcceptBounds): Call {
  const { face, operation, receipt, place } = incoming;
  receipt.bytesIn = incoming.bytes.length;
  const bytes = withoutMark(incoming.bytes);
  if (!isUtf8(bytes)) {
    throw new GatewayError('invalid_json', 'The body is not valid UTF-8.', {
      remedy: 'Send JSON encoded as UTF-8.',
    });
  }
  const wire = unambiguous(face, operation, bytes, maxDepth);
  checkSpelling(wire.fields, face.knownFields, ruled);
  const model = place.model ?? readModel(wire);
  const stream = operation !== 'count' && (place.stream ?? readStream(wire) ?? face.streamDefault === true);
  receipt.askedModel = model;
  receipt.stream = stream;
  return {
    id: receipt.id,
    face,
    operation,
    wire,
    model,
    stream,
    headers: incoming.headers,
    peer: incoming.peer,
    receipt,
  };
}

/** Whoever writes a byte order mark before JSON means nothing by it, and few readers bear it. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** The checked body is the forwarded one: if two readers could disagree, we write it anew. */
function unambiguous(face: Protocol, operation: Operation, bytes: Buffer, maxDepth: number): CallWire {
  const scan = scanBody(bytes, maxDepth);
  if (!scan.ambiguous) return new CallWire(face, operation, bytes, scan);
  const plain = Buffer.from(JSON.stringify(parseObject(bytes)));
  return new CallWire(face, operation, plain, scanBody(plain, maxDepth));
}

function readModel(wire: CallWire): string {
  const model = parsedField(wire, 'model');
  if (typeof model === 'string' && model.trim() !== '') return model;
  const what = model === undefined ? 'is missing' : 'must be a non-empty string';
  throw new GatewayError('bad_request', `The field "model" ${what}.`, {
    param: 'model',
    remedy: 'GET /v1/models lists the models this key may use.',
  });
}

function readStream(wire: CallWire): boolean | undefined {
  const stream = parsedField(wire, 'stream');
  if (stream === undefined || stream === null) return undefined;
  if (typeof stream === 'boolean') return stream;
  throw new GatewayError('bad_request', 'The field "stream" must be true or false.', { param: 'stream' });
}

function parsedField(wire: CallWire, name: string): unknown {
  try {
    return wire.value(name);
  } catch (cause) {
    throw new GatewayError('invalid_json', `The field "${name}" is not valid JSON.`, { param: name, cause });
  }
}

function readable(error: ScanError, bytes: Buffer): GatewayError {
  if (bytes.length === 0) {
    return new GatewayError('invalid_json', 'The body is empty.', { remedy: 'Send a JSON object.' });
  }
  const place = { param: `line ${lineAt(bytes, error.offset)}, byte ${error.offset}` };
  if (error.reason === 'depth') return new GatewayError('bad_request', `${error.message}.`, place);
  if (error.reason === 'fields') {
    return new GatewayError('bad_request', `The body has more than ${MOST_FIELDS} fields.`, {
      ...place,
      remedy: 'Put data of your own into one field, such as "metadata".',
    });
  }
  return new GatewayError('invalid_json', `The body is not valid JSON: ${error.message}`, {
    ...place,
    ...(error.reason === 'syntax' ? { remedy: 'Was it cut short on the way?' } : {}),
  });
}

/** Byte by byte: a body may be 20 MB of line ends, and then a search for each costs more than looking. */
function lineAt(bytes: Buffer, offset: number): number {
  let line = 1;
  for (let at = 0; at < offset; at += 1) if (bytes[at] === 0x0a) line += 1;
  return line;
}
