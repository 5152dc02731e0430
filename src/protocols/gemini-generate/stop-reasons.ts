// Why a reply ended, in this dialect's words and back. It says STOP even after a call: the call wins, but
// never over length. Some words say that the reply is broken: a reason to stop made of them would pass as success.
import { type ErrorCode, GatewayError } from '../../canonical/errors.ts';
import { asString, type JsonObject } from '../../canonical/json.ts';
import type { StopReason } from '../../canonical/reply.ts';

const reasons: ReadonlyMap<string, StopReason> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'filter'],
  ['RECITATION', 'filter'],
  ['LANGUAGE', 'filter'],
  ['BLOCKLIST', 'filter'],
  ['PROHIBITED_CONTENT', 'filter'],
  ['SPII', 'filter'],
  ['MODEL_ARMOR', 'filter'],
  ['IMAGE_SAFETY', 'filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'filter'],
  ['IMAGE_RECITATION', 'filter'],
  ['CONTINUATION', 'pause'],
]);

const failures: ReadonlyMap<string, ErrorCode> = new Map([
  ['MALFORMED_FUNCTION_CALL', 'upstream_fault'],
  ['MALFORMED_RESPONSE', 'upstream_fault'],
  ['UNEXPECTED_TOOL_CALL', 'upstream_fault'],
  ['TOO_MANY_TOOL_CALLS', 'upstream_fault'],
  ['MISSING_THOUGHT_SIGNATURE', 'upstream_fault'],
]);

/** Words for "something else": after an answer they end it, without one there is none. */
const vague: ReadonlySet<string> = new Set(['OTHER', 'IMAGE_OTHER', 'NO_IMAGE']);

/** Nobody has said yet. */
const UNSPECIFIED = 'FINISH_REASON_UNSPECIFIED';

/** The word a candidate ends with; undefined while it goes on. */
export function finishWord(candidate: JsonObject): string | undefined {
  const word = asString(candidate.finishReason);
  return word === undefined || word === '' || word === UNSPECIFIED ? undefined : word;
}

/** The fault that a word stands for; undefined when it ends an answer. `spoken`: there is something of one. */
export function brokenOff(word: string | undefined, spoken: boolean): GatewayError | undefined {
  if (word === undefined) return undefined;
  const code = failures.get(word) ?? (vague.has(word) && !spoken ? 'upstream_fault' : undefined);
  return code === undefined
    ? undefined
    : new GatewayError(code, `The upstream broke its answer off with "${word}".`);
}

export function decodeStop(word: string | undefined, calls: boolean): StopReason {
  const reason = reasons.get(word ?? 'STOP') ?? 'stop';
  return reason === 'stop' && calls ? 'tools' : reason;
}

const words: Readonly<Record<StopReason, string>> = {
  stop: 'STOP',
  stop_sequence: 'STOP',
  length: 'MAX_TOKENS',
  tools: 'STOP',
  refusal: 'SAFETY',
  filter: 'SAFETY',
  context_full: 'MAX_TOKENS',
  pause: 'STOP',
};

/** `own`: the word the reply came with, when it came in this dialect. */
export function encodeStop(reason: StopReason, own: string | undefined): string {
  const keeps = own !== undefined && decodeStop(own, reason === 'tools') === reason;
  return keeps ? own : words[reason];
}
