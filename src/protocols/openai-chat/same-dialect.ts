// What a Chat body needs on its way to a Chat upstream, as splices: the rest of its bytes stay.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { asArray, asObject } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';

/** A streamed reply states its usage only when asked to; we always need to know. */
export function upstreamEdits(wire: CallWire, quirks: Quirks): readonly Edit[] {
  if (quirks.streamUsage === false || wire.value('stream') !== true || wantsUsage(wire)) return [];
  const options = asObject(wire.value('stream_options')) ?? {};
  return [{ name: 'stream_options', value: JSON.stringify({ ...options, include_usage: true }) }];
}

export function wantsUsage(wire: CallWire): boolean {
  return asObject(wire.value('stream_options'))?.include_usage === true;
}

export function prependSystem(wire: CallWire, text: string): Edit {
  const messages = asArray(wire.value('messages')) ?? [];
  return { name: 'messages', value: JSON.stringify([{ role: 'system', content: text }, ...messages]) };
}
