// Token counters. On the wire cached tokens are part of the input; thoughts stand beside the output, and what tools
// fed back beside the input. Reports are cumulative: the last one counts.
import { googleUsage } from '../../canonical/google-usage.ts';
import { asObject, type Json } from '../../canonical/json.ts';
import { tokenCount, type Usage } from '../../canonical/usage.ts';

/** Undefined when no counter of the input can be read. */
export function decodeUsage(value: Json | undefined): Usage | undefined {
  const wire = asObject(value);
  const prompt = tokenCount(wire?.total_input_tokens);
  if (wire === undefined || prompt === undefined) return undefined;
  return googleUsage({
    prompt,
    cached: tokenCount(wire.total_cached_tokens) ?? 0,
    tools: tokenCount(wire.total_tool_use_tokens) ?? 0,
    answer: tokenCount(wire.total_output_tokens) ?? 0,
    thoughts: tokenCount(wire.total_thought_tokens) ?? 0,
    total: tokenCount(wire.total_tokens),
  });
}
