// What an errand's answer says it used. OpenAI counts tokens under two sets of names, seconds of sound under a
// third; rerankers count searches. What is counted in none of these says so.
import { asNumber, asObject, asString, type Json, type JsonObject } from '../../../canonical/json.ts';
import { noUsage, tokenCount, type Usage, usageInUnits } from '../../../canonical/usage.ts';

/** Undefined when there is none, or its figures cannot be true. `most`: tokens that can be, of more than one call. */
export function errandUsage(value: Json | undefined, most?: number): Usage | undefined {
  const wire = asObject(value);
  if (wire === undefined) return undefined;
  return wire.type === 'duration' ? secondsUsage(wire.seconds) : tokenUsage(wire, most);
}

function tokenUsage(wire: JsonObject, most: number | undefined): Usage | undefined {
  const count = (stated: Json | undefined): number => {
    const known = stated ?? undefined;
    return known === undefined ? 0 : (tokenCount(known, most) ?? Number.NaN);
  };
  const output = count(wire.output_tokens ?? wire.completion_tokens);
  const input = wire.input_tokens ?? wire.prompt_tokens ?? undefined;
  // Voyage and Jina state the sum only.
  const sum = wire.total_tokens ?? undefined;
  if (input === undefined && sum === undefined) return undefined;
  const all = input === undefined ? Math.max(0, count(sum) - output) : count(input);
  const cacheRead = Math.min(count(asObject(wire.input_tokens_details)?.cached_tokens), all);
  // A figure that cannot be true is not zero: then nobody knows.
  if (Number.isNaN(all + output + cacheRead)) return undefined;
  return { ...noUsage, fresh: all - cacheRead, cacheRead, output };
}

/** Of sound listened to; a number, or as Whisper's servers have it, the text of one. */
export function secondsUsage(value: Json | undefined): Usage | undefined {
  const text = asString(value);
  const seconds = asNumber(text === undefined || text.trim() === '' ? value : Number(text));
  return seconds === undefined || seconds < 0 ? undefined : usageInUnits({ seconds });
}
