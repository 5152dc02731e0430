// Why a reply ended. Ollama has two words for it, `stop` and `length`, and two for calls that only load or
// unload a model; its cloud passes on words of others.
import { GatewayError } from '../../canonical/errors.ts';
import { asString, type JsonObject } from '../../canonical/json.ts';
import type { StopReason } from '../../canonical/reply.ts';

const reasons: ReadonlyMap<string, StopReason> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tools'],
  ['content_filter', 'filter'],
]);

/** Words for a call that asked nothing of the model. */
const housekeeping: ReadonlySet<string> = new Set(['load', 'unload']);

export interface Stop {
  readonly reason: StopReason;
  /** Words only callers of this dialect understand. */
  readonly extras?: JsonObject;
}

/** A call that was made outranks `stop`, which Ollama says all the same, but never `length`. */
export function decodeStop(word: string | undefined, calls: boolean): Stop | GatewayError {
  if (word === 'error') return new GatewayError('upstream_fault', 'The upstream broke its answer off.');
  if (word !== undefined && housekeeping.has(word)) return { reason: 'stop', extras: { done_reason: word } };
  const reason = reasons.get(word ?? 'stop') ?? 'stop';
  if (reason === 'stop' && calls) return { reason: 'tools' };
  if (reason === 'tools' && !calls) return { reason: 'stop' };
  return { reason };
}

const words: Readonly<Record<StopReason, string>> = {
  stop: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  tools: 'stop',
  // No word of Ollama's own, but clients take any, and `stop` would be a lie.
  refusal: 'content_filter',
  filter: 'content_filter',
  context_full: 'length',
  pause: 'stop',
};

export function encodeStop(reason: StopReason, extras: JsonObject | undefined): string {
  const own = asString(extras?.done_reason);
  return own !== undefined && housekeeping.has(own) ? own : words[reason];
}
