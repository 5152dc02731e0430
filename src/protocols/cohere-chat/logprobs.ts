// Log probabilities: chunks of text, each with the probabilities of the tokens it was made of. Where a chunk has
// several, their texts are not told apart: the chunk is one entry, and its probability is that of all of them.
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';

/** One item of a stream or a list of them, in the shape that events carry; undefined when there are none. */
export function decodeLogprobs(value: Json | undefined): JsonObject | undefined {
  const items = asArray(value) ?? (asObject(value) === undefined ? [] : [value as Json]);
  const content = items.flatMap((item) => {
    const wire = asObject(item);
    const logprobs = (asArray(wire?.logprobs) ?? []).map((one) => asNumber(one) ?? 0);
    if (wire === undefined || logprobs.length === 0) return [];
    const token = asString(wire.text) ?? '';
    const logprob = logprobs.reduce((sum, one) => sum + one, 0);
    return [{ token, logprob, bytes: [...Buffer.from(token)], top_logprobs: [] }];
  });
  return content.length === 0 ? undefined : { content, refusal: null };
}
