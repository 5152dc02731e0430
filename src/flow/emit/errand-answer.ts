// The answer of an errand in the caller's dialect: read by the upstream's dialect, written by the caller's.
import { parseObject } from '../../canonical/call-wire.ts';
import { type ErrandText, type ErrandTranslation, isErrand } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Protocol } from '../../canonical/protocol.ts';
import type { Call, Head } from '../stage.ts';

export function translateErrand(call: Call, head: Head, body: Buffer): ErrandText {
  const from = translationOf(head.protocol, call);
  const to = translationOf(call.face, call);
  return to.encodeReply(from.decodeReply(parseObject(body)), to.decodeCall(parseObject(call.wire.bytes)));
}

function translationOf(protocol: Protocol, { operation }: Call): ErrandTranslation {
  const translation = isErrand(operation) ? protocol.errands?.[operation]?.translation : undefined;
  if (translation === undefined) throw new GatewayError('internal', 'The answer cannot be translated.');
  return translation;
}
