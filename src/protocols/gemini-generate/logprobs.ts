// Log probabilities: two parallel lists here, one list of tokens in the shape that events carry.
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';

/** `{content: [{token, logprob, bytes, top_logprobs}], refusal: null}`; undefined when there are none. */
export function decodeLogprobs(value: Json | undefined): JsonObject | undefined {
  const result = asObject(value);
  const chosen = asArray(result?.chosenCandidates);
  if (chosen === undefined || chosen.length === 0) return undefined;
  const tops = asArray(result?.topCandidates) ?? [];
  const content = chosen.map((token, at) => ({
    ...decodeToken(token),
    top_logprobs: (asArray(asObject(tops[at])?.candidates) ?? []).map(decodeToken),
  }));
  return { content, refusal: null };
}

function decodeToken(value: Json): JsonObject {
  const wire = asObject(value);
  const token = asString(wire?.token) ?? '';
  return { token, logprob: asNumber(wire?.logProbability) ?? 0, bytes: [...Buffer.from(token)] };
}

/** Undefined when these are in no shape we know. */
export function encodeLogprobs(value: Json): JsonObject | undefined {
  const content = asArray(asObject(value)?.content) ?? asArray(value);
  if (content === undefined) return undefined;
  const chosenCandidates = content.map(encodeToken);
  const topCandidates = content.map((token) => ({
    candidates: (asArray(asObject(token)?.top_logprobs) ?? []).map(encodeToken),
  }));
  return { chosenCandidates, topCandidates };
}

function encodeToken(value: Json): JsonObject {
  const wire = asObject(value);
  return { token: asString(wire?.token) ?? '', logProbability: asNumber(wire?.logprob) ?? 0 };
}

export function joinedLogprobs(held: JsonObject | undefined, more: JsonObject): JsonObject {
  if (held === undefined) return more;
  const joined = (name: string): Json => [...(asArray(held[name]) ?? []), ...(asArray(more[name]) ?? [])];
  return { chosenCandidates: joined('chosenCandidates'), topCandidates: joined('topCandidates') };
}
