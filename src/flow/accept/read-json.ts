// accept: a body of JSON. Looks at the top-level fields only; a full parse happens when a duplicate or escaped
// key makes it unclear which model a reader further on would see.
import { isUtf8 } from 'node:buffer';
import { CallWire, parseObject } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Operation, Protocol } from '../../canonical/protocol.ts';
import { type Scan, ScanError, scanObject } from '../../lib/json-scan.ts';

/** Several times what any dialect knows: fields are looked up by name, one after the other. */
const MOST_FIELDS = 256;

/** Scans a body; every later edit of it is scanned by the same rules. */
function scanBody(bytes: Buffer, maxDepth: number): Scan {
  try {
    return scanObject(bytes, maxDepth, MOST_FIELDS);
  } catch (error) {
    throw error instanceof ScanError ? readable(error, bytes) : error;
  }
}

export function readJson(face: Protocol, operation: Operation, body: Buffer, maxDepth: number): CallWire {
  const bytes = withoutMark(body);
  if (!isUtf8(bytes)) {
    throw new GatewayError('invalid_json', 'The body is not valid UTF-8.', {
      remedy: 'Send JSON encoded as UTF-8.',
    });
  }
  return unambiguous(face, operation, bytes, maxDepth);
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
