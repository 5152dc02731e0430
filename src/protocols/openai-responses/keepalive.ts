// What keeps a caller of Responses alive: an event, because Codex counts nothing else as life, but none that the
// answer's own numbers or the readers of its beginning stumble over.
import type { WireHeaders } from '../../canonical/wire.ts';
import { lastSequence } from './encode-error.ts';

export const keepalive = keepaliveOf(0);

/** Most clients read it as life; Codex does not, and gives up after five minutes without an event. */
const COMMENT = ': keepalive\n\n';

/**
 * It has the number of the event before it: numbers never fall, and those of the answer itself count from 0
 * without gaps, whether we make them or an upstream did. Helpers of OpenAI's own SDKs, which give themselves
 * away by this header, fail at any event before `response.created`.
 */
export function keepaliveAfter(last: Buffer | string | undefined, caller: WireHeaders): string {
  if (last !== undefined) return keepaliveOf(Math.max(0, lastSequence(last)));
  return caller['x-stainless-lang'] === undefined ? keepalive : COMMENT;
}

function keepaliveOf(sequence: number): string {
  return `event: keepalive\ndata: {"type":"keepalive","sequence_number":${sequence}}\n\n`;
}
