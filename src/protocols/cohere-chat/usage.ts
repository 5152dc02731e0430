// Counters. Cohere states two pairs: `tokens`, all that the model read and wrote, with its own preambles and
// special tokens, and `billed_units`, the caller's part, for which alone it charges. `cached_tokens` is how many
// of `tokens.input_tokens` came from its cache: often more than are billed at all, and they have no price.
import { asObject, type Json } from '../../canonical/json.ts';
import { noUsage, tokenCount, type Usage } from '../../canonical/usage.ts';

/** What is billed; where only all tokens are stated, those. Undefined when no counter can be read. */
export function decodeUsage(value: Json | undefined): Usage | undefined {
  const usage = asObject(value);
  const billed = asObject(usage?.billed_units);
  const counted = asObject(usage?.tokens);
  const billedInput = tokenCount(billed?.input_tokens);
  const input = tokenCount(counted?.input_tokens);
  const output = tokenCount(billed?.output_tokens) ?? tokenCount(counted?.output_tokens);
  if (billedInput !== undefined) return { ...noUsage, fresh: billedInput, output: output ?? 0 };
  if (input === undefined && output === undefined) return undefined;
  const cacheRead = Math.min(tokenCount(usage?.cached_tokens) ?? 0, input ?? 0);
  return { ...noUsage, fresh: (input ?? 0) - cacheRead, cacheRead, output: output ?? 0 };
}
