// Everything in this dialect is a union: an object whose one field says what it is.
import { refuse } from '../../canonical/field-checks.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';

export function memberOf(value: JsonObject, at: string): { readonly name: string; readonly value: Json } {
  for (const [name, member] of Object.entries(value)) {
    // Some clients put a type beside it.
    if (member !== undefined && member !== null && name !== 'type') return { name, value: member };
  }
  return refuse(at, 'an object with one field that says what it is, such as "text"');
}
