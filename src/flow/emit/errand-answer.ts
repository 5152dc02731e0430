// The answer of an errand in the caller's dialect: read by the upstream's dialect, written by the caller's.
import { parseObject } from '../../canonical/call-wire.ts';
import { type ErrandText, type ErrandTranslation, isErrand } from '../../canonical/errand.ts';
import { shapeOf } from '../../canonical/errand-watchers.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json } from '../../canonical/json.ts';
import type { Protocol } from '../../canonical/protocol.ts';
import type { Call, Head } from '../stage.ts';

/** `upstreamModel`: whose answer it is, where its dialect does not say. */
export function translateErrand(call: Call, head: Head, body: Buffer, upstreamModel: string): ErrandText {
  const from = translationOf(head.protocol, call);
  const to = translationOf(call.face, call);
  const reply = from.decodeReply(JSON.parse(body.toString('utf8')) as Json);
  const model = reply.model === '' ? upstreamModel : reply.model;
  return to.encodeReply({ ...reply, model }, to.decodeCall(parseObject(call.wire.bytes)));
}

/** The answer of an upstream of the caller's dialect, which may have overheard how the caller wanted it. */
export function suitedErrand({ face, operation, wire }: Call, answer: Buffer): Buffer {
  const dialect = isErrand(operation) ? face.errands?.[operation] : undefined;
  return dialect?.suit?.(answer, wire) ?? answer;
}

/** Only events have room for an error after they began; sound and pictures that break off must look broken. */
export function canTellErrors({ face, operation }: Call, mediaType: string | undefined): boolean {
  if (!isErrand(operation)) return true;
  return shapeOf(face.errands?.[operation] ?? {}, mediaType?.toLowerCase() ?? '') === 'events';
}

function translationOf(protocol: Protocol, { operation }: Call): ErrandTranslation {
  const translation = isErrand(operation) ? protocol.errands?.[operation]?.translation : undefined;
  if (translation === undefined) throw new GatewayError('internal', 'The answer cannot be translated.');
  return translation;
}
