// Log probabilities of completions are four lists side by side, those of chats one list of objects.
import {
  asArray,
  asNumber,
  asObject,
  asString,
  type Json,
  type JsonObject,
} from '../../../canonical/json.ts';

/** Chat's shape of a completion's; anything else stays what it is. */
export function asChatLogprobs(value: Json): Json {
  const lists = asObject(value);
  const tokens = asArray(lists?.tokens);
  if (lists === undefined || tokens === undefined) return value;
  const chosen = asArray(lists.token_logprobs) ?? [];
  const tops = asArray(lists.top_logprobs) ?? [];
  const content = tokens.map((token, at) => ({
    token,
    logprob: chosen[at] ?? null,
    bytes: null,
    top_logprobs: alternatives(asObject(tops[at])),
  }));
  return { content, refusal: null };
}

function alternatives(top: JsonObject | undefined): Json {
  return Object.entries(top ?? {}).map(([token, logprob]) => ({
    token,
    logprob: logprob ?? null,
    bytes: null,
  }));
}

export interface Told {
  readonly value: Json;
  /** Where the text after these tokens begins. */
  readonly offset: number;
}

/** A completion's shape of chat's; `offset`: where in the text the first of these tokens stands. */
export function asCompletionLogprobs(value: Json, offset: number): Told {
  const entries = (asArray(asObject(value)?.content) ?? asArray(value) ?? []).map(
    (one) => asObject(one) ?? {},
  );
  const offsets: number[] = [];
  let at = offset;
  for (const entry of entries) {
    offsets.push(at);
    at += (asString(entry.token) ?? '').length;
  }
  const lists: JsonObject = {
    tokens: entries.map((entry) => asString(entry.token) ?? ''),
    token_logprobs: entries.map((entry) => asNumber(entry.logprob) ?? null),
    top_logprobs: entries.map(topOf),
    text_offset: offsets,
  };
  return { value: lists, offset: at };
}

function topOf(entry: JsonObject): Json {
  const tops = (asArray(entry.top_logprobs) ?? []).map((one) => asObject(one) ?? {});
  return Object.fromEntries(tops.map((top) => [asString(top.token) ?? '', top.logprob ?? null]));
}
