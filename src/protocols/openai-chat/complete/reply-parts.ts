// Pieces of a completion's reply that its two forms, the stream and the body, have in common: all of it is text.
import type { JsonObject } from '../../../canonical/json.ts';
import type { Ledger } from '../../../canonical/ledger.ts';
import type { EncoderOptions } from '../../../canonical/protocol.ts';
import type { BlockHead, ReplyEvent, StopReason } from '../../../canonical/reply.ts';
import { replyHead } from '../reply-parts.ts';
import { encodeStop } from '../stop-reasons.ts';

export function completionHead(
  event: Extract<ReplyEvent, { type: 'start' }>,
  options: EncoderOptions,
  ledger: Ledger,
): JsonObject {
  const id = event.id === '' ? options.callId : event.id;
  const head = replyHead(event, options, 'text_completion', ledger);
  return { ...head, id: id.startsWith('cmpl-') ? id : `cmpl-${id}` };
}

/** Does a block of this kind say something here? What it says and cannot be said is named. */
export function isSaid(block: BlockHead, ledger: Ledger): boolean {
  if (block.type === 'text') return true;
  if (block.type === 'refusal') {
    ledger.approximated('refusal', 'as text');
    return true;
  }
  ledger.dropped(block.type === 'tool_call' ? 'tool_calls' : block.type);
  return false;
}

/** Completions call no tools. */
export function completionStop(reason: StopReason): string {
  return reason === 'tools' ? 'stop' : encodeStop(reason, false);
}
