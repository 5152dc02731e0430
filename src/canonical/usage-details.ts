// What OpenAI's dialects say of usage in details beside the counters (audio, predictions …).
import { asObject, type Json, type JsonObject } from './json.ts';

/** What the details of these names say beyond what is counted, for callers of the same dialect. */
export function usageDetails(
  value: Json | undefined,
  names: readonly string[],
  counted: ReadonlySet<string>,
): JsonObject | undefined {
  const wire = asObject(value);
  const extras: Record<string, Json> = {};
  for (const name of names) {
    const rest = Object.entries(asObject(wire?.[name]) ?? {}).filter(([key]) => !counted.has(key));
    if (rest.length > 0) extras[name] = Object.fromEntries(rest);
  }
  return Object.keys(extras).length > 0 ? extras : undefined;
}
