// What a function answered is words or data. As text, data are JSON without a space too many.
import { isObject, type Json, type JsonObject } from '../../canonical/json.ts';

/** Undefined when this is no data but words, be they JSON. */
export function dataIn(text: string): JsonObject | undefined {
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) && JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}
