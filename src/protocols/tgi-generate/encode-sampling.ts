// How the next token is chosen. TGI takes the likeliest unless told to sample, and refuses figures that say no more
// than that: a temperature of 0, a top_p of 1.
import type { CallContent } from '../../canonical/content.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';

/** Any figure that narrows the choice would turn sampling on again. */
export function isGreedy({ temperature, topP }: CallContent): boolean {
  return temperature === 0 || topP === 0;
}

export function encodeSampling(content: CallContent, ledger: Ledger): JsonObject {
  const { temperature, topP, topK, frequencyPenalty } = content;
  const choice = isGreedy(content)
    ? { do_sample: false }
    : { do_sample: true, temperature, top_p: topP === 1 ? undefined : topP, top_k: topK };
  return {
    ...choice,
    frequency_penalty: frequencyPenalty === 0 ? undefined : frequencyPenalty,
    seed: encodeSeed(content, ledger),
  };
}

function encodeSeed({ seed }: CallContent, ledger: Ledger): number | undefined {
  if (seed === undefined || (Number.isInteger(seed) && seed >= 0)) return seed;
  ledger.dropped('seed', 'it must be a whole number of at least 0');
  return undefined;
}
