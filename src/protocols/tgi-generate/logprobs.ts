// Log probabilities in Chat's shape. TGI always tells that of the token it chose; the alternatives beside it say that
// somebody asked.
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';

/** Of tokens with their alternatives; undefined when nobody asked. Tokens that are no text have no place among them. */
export function decodeLogprobs(tokens: readonly Json[], tops: Json | undefined): Json | undefined {
  const lists = asArray(tops) ?? [];
  if (lists.length === 0) return undefined;
  const content = tokens.flatMap((value, at) => {
    const token = asObject(value);
    if (token === undefined || token.special === true) return [];
    return [{ ...entryOf(token), top_logprobs: alternatives(lists[at]) }];
  });
  return content.length === 0 ? undefined : { content, refusal: null };
}

function alternatives(list: Json | undefined): Json {
  return (asArray(list) ?? []).map((token) => entryOf(asObject(token) ?? {}));
}

function entryOf(token: JsonObject): JsonObject {
  return { token: asString(token.text) ?? '', logprob: asNumber(token.logprob) ?? null, bytes: null };
}
