// What an errand's answer says it used. OpenAI counts tokens under two sets of names, seconds of sound under a
// third; rerankers count searches. What is counted in none of these says so.
import { asNumber, asObject, asString, type Json, type JsonObject } from '../../../canonical/json.ts';
import { noUsage, tokenCount, type Usage, usageInUnits } from '../../../canonical/usage.ts';

/** Undefined when there is none, or its figures cannot be true. */
export function errandUsage(value: Json | undefined): Usage | undefined {
  const wire = asObject(value);
  if (wire === undefined) return undefined;
  return wire.type === 'duration' ? secondsUsage(wire.seconds) : tokenUsage(wire);
}

function tokenUsage(wire: JsonObject): Usage | undefined {
  const output = tokenCount(wire.output_tokens) ?? tokenCount(wire.completion_tokens) ?? 0;
  const input = tokenCount(wire.input_tokens) ?? tokenCount(wire.prompt_tokens) ?? rest(wire, output);
  if (input === undefined) return undefined;
  const cached = tokenCount(asObject(wire.input_tokens_details)?.cached_tokens) ?? 0;
  const cacheRead = Math.min(cached, input);
  return { ...noUsage, fresh: input - cacheRead, cacheRead, output };
}

/** Voyage and Jina state the sum only. */
function rest(wire: JsonObject, output: number): number | undefined {
  const total = tokenCount(wire.total_tokens);
  return total === undefined ? undefined : Math.max(0, total - output);
}

/** Of sound listened to; a number, or as Whisper's servers have it, the text of one. */
export function secondsUsage(value: Json | undefined): Usage | undefined {
  const text = asString(value);
  const seconds = asNumber(text === undefined || text.trim() === '' ? value : Number(text));
  return seconds === undefined || seconds < 0 ? undefined : usageInUnits({ seconds });
}
