// What the encoders of a call go by, and what each of them does alike: extras that go back where they came from, and
// refusals.
import { GatewayError } from './errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { Ledger } from './ledger.ts';
import type { Quirks } from './provider.ts';

/** What every step of encoding a call needs. */
export interface Scribe {
  readonly ledger: Ledger;
  readonly quirks: Quirks;
  /** Was the call written in this dialect? Then its extras are our own words. */
  readonly native: boolean;
}

export const nothing: JsonObject = {};

/** Fields only one dialect knows: of a call in our own they go back as they were, others are named. */
export function ownExtras(
  extras: JsonObject | undefined,
  path: string,
  { ledger, native }: Pick<Scribe, 'ledger' | 'native'>,
): JsonObject {
  if (extras === undefined) return nothing;
  if (native) return extras;
  for (const name of Object.keys(extras)) ledger.dropped(`${path}.${name}`);
  return nothing;
}

/** Extras beside the fields they stood beside: those of an object inside (`image_url`, `function`) within it. */
export function restored(wire: JsonObject, extras: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...wire };
  for (const [name, value] of Object.entries(extras)) {
    const held = wire[name];
    merged[name] = isObject(held) && isObject(value) ? { ...value, ...held } : value;
  }
  return merged;
}

/** `what` is an object of "does not take …". */
export function refused(param: string, what: string, remedy: string): GatewayError {
  return new GatewayError('unsupported', `The upstream's dialect does not take ${what} (\`${param}\`).`, {
    param,
    remedy,
  });
}
