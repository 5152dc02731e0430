// Why a reply ended, in Chat's words and in those of engines that speak Chat with an accent.

import { type ErrorCode, GatewayError } from '../../canonical/errors.ts';
import type { Json } from '../../canonical/json.ts';
import type { StopReason } from '../../canonical/reply.ts';

const reasons: ReadonlyMap<string, StopReason> = new Map([
  ['stop', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop_sequence'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'context_full'],
  ['tool_calls', 'tools'],
  ['function_call', 'tools'],
  ['content_filter', 'filter'],
  ['safety', 'filter'],
  ['recitation', 'filter'],
  ['sensitive', 'filter'],
]);

/** Finish words that say the reply is broken: a stop reason made of them would pass as success. */
const failures: ReadonlyMap<string, ErrorCode> = new Map([
  ['error', 'upstream_fault'],
  ['abort', 'upstream_fault'],
  ['network_error', 'upstream_fault'],
  ['malformed_function_call', 'upstream_fault'],
  ['insufficient_system_resource', 'upstream_overloaded'],
]);

export interface Ending {
  /** The wire's finish_reason, if it gave one. */
  readonly word: string | undefined;
  /** vLLM's `stop_reason` or SGLang's `matched_stop`: the stop string when it is one, else a token id. */
  readonly matched: Json | undefined;
  readonly calls: boolean;
  readonly refused: boolean;
}

export interface Stop {
  readonly reason: StopReason;
  readonly sequence?: string;
}

/** The fault that a finish word stands for; undefined when it ends an answer. */
export function brokenOff(word: string): GatewayError | undefined {
  const code = failures.get(word.toLowerCase());
  return code === undefined
    ? undefined
    : new GatewayError(code, `The upstream broke its answer off with "${word.toLowerCase()}".`);
}

export function decodeStop(ending: Ending): Stop | GatewayError {
  const word = ending.word?.toLowerCase() ?? 'stop';
  const failure = brokenOff(word);
  if (failure !== undefined) return failure;
  const reason = reasons.get(word) ?? 'stop';
  // A call that was made outranks `stop`, never `length`; and `tool_calls` without a call is a plain stop.
  if (ending.calls && (reason === 'stop' || reason === 'stop_sequence')) return { reason: 'tools' };
  if (!ending.calls && reason === 'tools') return { reason: 'stop' };
  if (reason === 'stop' && ending.refused) return { reason: 'refusal' };
  if (reason === 'stop' && typeof ending.matched === 'string') {
    return { reason: 'stop_sequence', sequence: ending.matched };
  }
  return { reason };
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

const words: Readonly<Record<StopReason, FinishReason>> = {
  stop: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  tools: 'tool_calls',
  refusal: 'content_filter',
  filter: 'content_filter',
  context_full: 'length',
  pause: 'stop',
};

/** `spoken`: the refusal itself is in the reply, as OpenAI's models do it, which then end with `stop`. */
export function encodeStop(reason: StopReason, spoken: boolean): FinishReason {
  return reason === 'refusal' && spoken ? 'stop' : words[reason];
}
