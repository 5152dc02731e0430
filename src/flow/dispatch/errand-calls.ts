// Writes an errand for an upstream of another dialect, through the operation's own form.
import { parseObject } from '../../canonical/call-wire.ts';
import { type ErrandTranslation, isErrand } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { EncodedCall, EncodeOptions, Protocol } from '../../canonical/protocol.ts';
import type { Planned } from '../stage.ts';

export function encodeErrand(call: Planned, protocol: Protocol, options: EncodeOptions): EncodedCall {
  const form = translationOf(call.face, call).decodeCall(parseObject(call.wire.bytes));
  return translationOf(protocol, call).encodeCall(form, options);
}

/** Forms of one operation are the same in every dialect. */
function translationOf(protocol: Protocol, { operation }: Planned): ErrandTranslation {
  const translation = isErrand(operation) ? protocol.errands?.[operation]?.translation : undefined;
  if (translation === undefined) throw new GatewayError('internal', 'The call cannot be translated.');
  return translation;
}
