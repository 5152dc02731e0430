// Bounds and sampling. Its ranges are narrower than those of others: what lies outside is moved to the nearest value
// or left out, and named.
import type { CallContent } from '../../canonical/content.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';
import { given } from '../../lib/given.ts';

const MOST_STOPS = 5;
const MOST_K = 500;
const LEAST_P = 0.01;
const MOST_P = 0.99;

export function encodeSampling(content: CallContent, { ledger }: EncodeOptions): JsonObject {
  return given<JsonObject>({
    max_tokens: content.maxTokens,
    stop_sequences: encodeStop(content.stop, ledger),
    temperature: content.temperature,
    seed: encodeSeed(content.seed, ledger),
    frequency_penalty: encodePenalty(content.frequencyPenalty, 'frequency_penalty', ledger),
    presence_penalty: encodePenalty(content.presencePenalty, 'presence_penalty', ledger),
    k: bounded(content.topK, 0, MOST_K, 'top_k', ledger),
    p: bounded(content.topP, LEAST_P, MOST_P, 'top_p', ledger),
    logprobs: encodeLogprobs(content.logprobs, ledger),
  });
}

function bounded(
  asked: number | undefined,
  least: number,
  most: number,
  name: string,
  ledger: Ledger,
): number | undefined {
  if (asked === undefined) return undefined;
  const value = Math.min(Math.max(asked, least), most);
  if (value !== asked) ledger.approximated(name, `${value}: from ${least} to ${most} here`);
  return value;
}

/** Zero is what happens anyway, and some models take only one of the two. */
function encodePenalty(asked: number | undefined, name: string, ledger: Ledger): number | undefined {
  if (asked === undefined || asked === 0) return undefined;
  if (asked < 0) {
    ledger.dropped(name, 'words cannot be made likelier here');
    return undefined;
  }
  return bounded(asked, 0, 1, name, ledger);
}

function encodeSeed(seed: number | undefined, ledger: Ledger): number | undefined {
  if (seed === undefined || seed >= 0) return seed;
  ledger.dropped('seed', 'a seed is not negative here');
  return undefined;
}

function encodeStop(stop: readonly string[] | undefined, ledger: Ledger): readonly string[] | undefined {
  const stops = (stop ?? []).filter((text) => text !== '');
  for (let at = MOST_STOPS; at < stops.length; at += 1) {
    ledger.dropped(`stop[${at}]`, `the upstream takes ${MOST_STOPS} stop strings`);
  }
  return stops.length === 0 ? undefined : stops.slice(0, MOST_STOPS);
}

function encodeLogprobs(wish: CallContent['logprobs'], ledger: Ledger): true | undefined {
  if (wish === undefined) return undefined;
  if ((wish.top ?? 0) > 0) ledger.dropped('top_logprobs', 'those of the words that were chosen only');
  return true;
}
