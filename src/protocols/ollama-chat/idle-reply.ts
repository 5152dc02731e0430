// Loading and unloading where there is nothing to load: such a call gets the answer it expects, at once.
import type { CallWire } from '../../canonical/call-wire.ts';
import { asString } from '../../canonical/json.ts';
import type { IdleOptions } from '../../canonical/protocol.ts';
import { timestamp } from './reply-parts.ts';
import { asksNothing, unloads } from './same-dialect.ts';

export function idleReply(wire: CallWire, { created }: IdleOptions): string | undefined {
  if (!asksNothing(wire)) return undefined;
  if (wire.operation === 'embed') return wire.has('input') ? '{"embeddings":[]}' : '{"embedding":[]}';
  const said =
    wire.operation === 'complete' ? { response: '' } : { message: { role: 'assistant', content: '' } };
  const reply = {
    model: asString(wire.value('model')) ?? '',
    created_at: timestamp(created),
    ...said,
    done: true,
    done_reason: unloads(wire) ? 'unload' : 'load',
  };
  return `${JSON.stringify(reply)}\n`;
}
