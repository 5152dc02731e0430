// Bounds and sampling: the fields of a call that hold a number, and what has no counterpart.

import { type Thinking, thinks } from '../../canonical/claude-thinking.ts';
import { claudeVersion, isAtLeast, since } from '../../canonical/claude-version.ts';
import type { CallContent } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asObject, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';
import type { Wire } from './encoding.ts';
import type { Family } from './families.ts';
import { isNative } from './origin.ts';

/** With thinking on, top_p below this is refused. */
const LEAST_THINKING_TOP_P = 0.95;
/** What is left for the reply when nobody bounds it and a budget for thinking must stay below the bound. */
const REPLY = 4096;

/** What was asked for and is not given would be a lie, so it is refused; what merely differs is named. */
export function nameLosses(content: CallContent, ledger: Ledger): void {
  refuseImpossible(content);
  if (content.seed !== undefined) ledger.dropped('seed');
  if (content.verbosity !== undefined) ledger.dropped('verbosity');
  if (Object.keys(content.logitBias ?? {}).length > 0) ledger.dropped('logit_bias');
  // Zero is what happens anyway.
  if ((content.presencePenalty ?? 0) !== 0) ledger.dropped('presence_penalty');
  if ((content.frequencyPenalty ?? 0) !== 0) ledger.dropped('frequency_penalty');
  if ((content.user ?? '') !== '') ledger.dropped('user', 'there is no field for who asks');
}

function refuseImpossible(content: CallContent): void {
  if (content.n !== undefined && content.n > 1) {
    throw impossible('n', 'The chosen model gives one reply per call.', 'Set n to 1, or call several times.');
  }
  if (content.logprobs !== undefined) {
    throw impossible('logprobs', 'The chosen model reports no log probabilities.', 'Leave logprobs out.');
  }
}

function impossible(param: string, message: string, remedy: string): GatewayError {
  return new GatewayError('unsupported', message, { param, remedy });
}

/** The bound that thinking must stay below; undefined when nobody set one. */
export function outputBound(content: CallContent, options: EncodeOptions): number | undefined {
  const bounds = [content.maxTokens, options.facts?.maxOutput].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? undefined : Math.min(...bounds);
}

export function encodeInference(
  content: CallContent,
  thinking: Thinking,
  options: EncodeOptions,
): JsonObject {
  const { ledger } = options;
  const config: Wire = isNative(content) ? { ...asObject(content.extras.inferenceConfig) } : {};
  const most = maxTokens(content, thinking, options);
  if (most !== undefined) config.maxTokens = most;
  addTemperature(config, content.temperature, thinking, ledger);
  addTopP(config, content.topP, thinking, options);
  addStop(config, content.stop, ledger);
  return config;
}

function maxTokens(content: CallContent, thinking: Thinking, options: EncodeOptions): number | undefined {
  const { maxTokens: asked } = content;
  const most = options.facts?.maxOutput;
  if (asked === undefined) {
    const budget = thinking.field?.budget_tokens;
    if (typeof budget !== 'number' || isNative(content)) return undefined;
    const chosen = most ?? budget + REPLY;
    options.ledger.approximated('max_tokens', `${chosen}: thinking needs a bound above its own`);
    return chosen;
  }
  if (most === undefined || asked <= most) return asked;
  options.ledger.approximated('max_tokens', `${asked}: the model gives ${most} at most`);
  return most;
}

function addTemperature(config: Wire, asked: number | undefined, thinking: Thinking, ledger: Ledger): void {
  if (asked === undefined) return;
  const temperature = Math.min(asked, 1);
  if (temperature !== asked) ledger.approximated('temperature', `${asked}: 1 is the highest here`);
  if (thinks(thinking) && temperature !== 1) ledger.dropped('temperature', 'refused together with thinking');
  else config.temperature = temperature;
}

function addTopP(config: Wire, topP: number | undefined, thinking: Thinking, options: EncodeOptions): void {
  if (topP === undefined) return;
  const version = claudeVersion(options.model);
  const alone =
    config.temperature === undefined || version === undefined || !isAtLeast(version, since.oneSampler);
  if (thinks(thinking) && topP < LEAST_THINKING_TOP_P) {
    options.ledger.dropped('top_p', 'refused together with thinking');
  } else if (alone) config.topP = topP;
  // 1 is no bound at all.
  else if (topP < 1) options.ledger.dropped('top_p', 'refused together with temperature');
}

function addStop(config: Wire, stop: readonly string[] | undefined, ledger: Ledger): void {
  if (stop === undefined) return;
  const usable = stop.filter((text) => text.trim() !== '');
  if (usable.length < stop.length) {
    const harmless = stop.every((text) => text === '' || text.trim() !== '');
    if (harmless) ledger.mapped('stop', 'an empty stop string stops nothing');
    else ledger.dropped('stop', 'stop strings of white space are refused');
  }
  if (usable.length > 0) config.stopSequences = usable;
}

/** top_k among the fields of the model's own. */
export function encodeTopK(
  content: CallContent,
  family: Family,
  thinking: Thinking,
  ledger: Ledger,
): JsonObject {
  const { topK } = content;
  if (topK === undefined) return {};
  if (isNative(content)) return { top_k: topK };
  if (thinks(thinking)) ledger.dropped('top_k', 'refused together with thinking');
  else if (family.topK === undefined) ledger.dropped('top_k', 'this model has no such field');
  else {
    const [first = 'top_k', second] = family.topK;
    return { [first]: second === undefined ? topK : { [second]: topK } };
  }
  return {};
}
