// What the head of a reply says beside its id and model, and which of it is about the vendor's own machine: that is
// no part of the answer, and leaving it out is no loss.
import type { Json, JsonObject } from './json.ts';

const usualTiers: ReadonlySet<Json> = new Set(['default', 'standard', 'auto']);

export function isOfMachine(name: string, value: Json | undefined): boolean {
  if (name === 'service_tier') return value !== undefined && usualTiers.has(value);
  return name === 'system_fingerprint' || name === 'id';
}

/** The names of those whose loss is one. */
export function saidInHead(extras: JsonObject | undefined): readonly string[] {
  return Object.entries(extras ?? {}).flatMap(([name, value]) => (isOfMachine(name, value) ? [] : name));
}
