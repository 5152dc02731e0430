// A call about something that an upstream holds: a file or a batch. It names no model, so admit, cache, choose and
// dispatch have nothing to do; accept, emit and record do the same for it as for any other.
import type { CallWire } from '../canonical/call-wire.ts';
import { GatewayError } from '../canonical/errors.ts';
import type { Deed, HeldDialect, HeldKind } from '../canonical/held.ts';
import type { Place, Protocol } from '../canonical/protocol.ts';
import type { ReceiptDraft } from '../canonical/receipt.ts';
import type { WireHeaders } from '../canonical/wire.ts';
import { readForm } from '../flow/accept/read-form.ts';
import { readJson } from '../flow/accept/read-json.ts';
import type { Keyed } from '../flow/admit/admit.ts';
import type { IssuedKey } from '../flow/admit/key-ring.ts';
import { boundaryOf } from '../lib/multipart.ts';

export interface HeldCall extends Keyed {
  readonly kind: HeldKind;
  readonly deed: Deed;
  readonly dialect: HeldDialect;
  /** Id of the file or batch, as the caller wrote it; '' where the call is about none. */
  readonly subject: string;
  readonly query: URLSearchParams;
}

export interface HeldIncoming {
  readonly face: Protocol;
  readonly kind: HeldKind;
  readonly place: Place;
  readonly bytes: Buffer;
  readonly headers: WireHeaders;
  readonly peer: string;
  readonly receipt: ReceiptDraft;
  readonly key: IssuedKey;
}

const NOTHING = Buffer.from('{}');

export function readHeld(incoming: HeldIncoming, maxDepth: number): HeldCall {
  const { face, kind, place, bytes, receipt, headers, peer, key } = incoming;
  const { deed, id = '', query = new URLSearchParams() } = place;
  if (deed === undefined || face.held === undefined) {
    throw new GatewayError('internal', 'The path of the call says nothing of what is to be done.');
  }
  receipt.bytesIn = bytes.length;
  return {
    id: receipt.id,
    face,
    operation: kind,
    wire: bodyOf(incoming, deed, maxDepth),
    model: '',
    stream: false,
    headers,
    peer,
    receipt,
    key,
    kind,
    deed,
    dialect: face.held,
    subject: id,
    query,
  };
}

function bodyOf({ face, kind, bytes, headers }: HeldIncoming, deed: Deed, maxDepth: number): CallWire {
  if (deed !== 'create') return readJson(face, kind, NOTHING, maxDepth);
  if (kind === 'batch') return readJson(face, kind, bytes, maxDepth);
  const boundary = boundaryOf(headers['content-type']);
  if (boundary !== undefined) return readForm(face, kind, bytes, boundary);
  throw new GatewayError('bad_request', 'This call takes a form with a file.', {
    param: 'content-type',
    remedy: 'Send it as multipart/form-data.',
  });
}
