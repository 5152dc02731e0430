// Why a reply ended: the status of a response and the details of an incomplete one.
import { GatewayError } from '../../canonical/errors.ts';
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';
import type { StopReason } from '../../canonical/reply.ts';

const incomplete: ReadonlyMap<string, StopReason> = new Map([
  ['max_output_tokens', 'length'],
  ['max_tokens', 'length'],
  ['length', 'length'],
  ['content_filter', 'filter'],
  ['max_prompt_tokens', 'context_full'],
  ['context_length_exceeded', 'context_full'],
  ['model_context_window_exceeded', 'context_full'],
]);

/** Of a response that is over. `calls`: the model called a tool of the caller; `refused`: it said that it will not. */
export function decodeStop(response: JsonObject, calls: boolean, refused: boolean): StopReason {
  if (response.status === 'incomplete') {
    const reason = asString(asObject(response.incomplete_details)?.reason) ?? '';
    return incomplete.get(reason) ?? 'length';
  }
  if (calls) return 'tools';
  return refused ? 'refusal' : 'stop';
}

/** What is wrong with a whole response that is no answer yet, or never will be. */
export function unfinished(response: JsonObject): GatewayError | undefined {
  const status = asString(response.status) ?? 'completed';
  if (status === 'cancelled') return new GatewayError('upstream_fault', 'The upstream cancelled its answer.');
  if (status !== 'queued' && status !== 'in_progress') return undefined;
  return new GatewayError('upstream_garbled', `The upstream's answer is not done: it is ${status}.`);
}

export interface Ending {
  readonly status: 'completed' | 'incomplete';
  readonly reason: 'max_output_tokens' | 'content_filter' | undefined;
}

const completed: Ending = { status: 'completed', reason: undefined };

/** `spoken`: the refusal itself is in the reply, as OpenAI's models do it. */
export function encodeStop(reason: StopReason, spoken: boolean): Ending {
  switch (reason) {
    case 'length':
    case 'context_full':
      return { status: 'incomplete', reason: 'max_output_tokens' };
    case 'filter':
      return { status: 'incomplete', reason: 'content_filter' };
    case 'refusal':
      return spoken ? completed : { status: 'incomplete', reason: 'content_filter' };
    default:
      return completed;
  }
}
