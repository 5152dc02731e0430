// accept: bytes in, a Call out: which dialect, which model, streamed or not.
import type { CallWire } from '../../canonical/call-wire.ts';
import { isErrand } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Operation, Place, Protocol } from '../../canonical/protocol.ts';
import type { ReceiptDraft } from '../../canonical/receipt.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { boundaryOf } from '../../lib/multipart.ts';
import type { Call } from '../stage.ts';
import { checkSpelling, type RuledFields } from './one-spelling.ts';
import { readForm } from './read-form.ts';
import { readJson } from './read-json.ts';

export interface Incoming<Key = unknown> {
  readonly face: Protocol;
  readonly operation: Operation;
  /** What the path already says. */
  readonly place: Place;
  readonly bytes: Buffer;
  readonly headers: WireHeaders;
  readonly peer: string;
  readonly receipt: ReceiptDraft;
  /** What the call came with: a later stage reads it. */
  readonly key: Key;
}

export interface AcceptBounds {
  readonly maxDepth: number;
  readonly ruled: RuledFields;
}

export function accept<Key>(
  incoming: Incoming<Key>,
  { maxDepth, ruled }: AcceptBounds,
): Call & { readonly key: Key } {
  const { face, operation, receipt, place } = incoming;
  receipt.bytesIn = incoming.bytes.length;
  const wire = readBody(incoming, maxDepth);
  checkSpelling(wire.fields, face.knownFields, ruled);
  const model = place.model === undefined ? readModel(wire) : checkPlaced(place.model);
  const stream =
    operation !== 'count' && (place.stream ?? readStream(wire) ?? isStreamedUnasked(face, operation));
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
    key: incoming.key,
  };
}

function isStreamedUnasked(face: Protocol, operation: Operation): boolean {
  return face.streamDefault === true && !isErrand(operation);
}

function readBody({ face, operation, bytes, headers }: Incoming, maxDepth: number): CallWire {
  if (!isErrand(operation)) return readJson(face, operation, bytes, maxDepth);
  const taken = face.errands?.[operation]?.body ?? 'json';
  const boundary = boundaryOf(headers['content-type']);
  if (boundary !== undefined && taken !== 'json') return readForm(face, operation, bytes, boundary);
  if (boundary !== undefined || taken === 'form') throw wrongBody(taken);
  return readJson(face, operation, bytes, maxDepth);
}

function wrongBody(taken: 'json' | 'form' | 'either'): GatewayError {
  const [what, type] =
    taken === 'form' ? ['a form with a file', 'multipart/form-data'] : ['JSON', 'application/json'];
  return new GatewayError('bad_request', `This call takes ${what}.`, {
    param: 'content-type',
    remedy: `Send it as ${type}.`,
  });
}

/** Steps in a path, to whoever reads it on the way. */
function checkPlaced(model: string): string {
  if (model !== '.' && model !== '..') return model;
  throw new GatewayError('bad_request', `"${model}" in the path is no name of a model.`, {
    param: 'model',
    remedy: 'GET /v1/models lists the models this key may use.',
  });
}

function readModel(wire: CallWire): string {
  const { protocol, operation } = wire;
  const usual = isErrand(operation) ? protocol.errands?.[operation]?.defaultModel : undefined;
  const model = parsedField(wire, 'model') ?? usual;
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
