// The call that counts tokens. Its body is the prompt itself or, where more than contents counts, holds the
// whole call under a name of its own.
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { tokenCount } from '../../canonical/usage.ts';
import { camelOf } from './fields.ts';

const WHOLE = 'generateContentRequest';

/** The call inside, or the body itself. */
export function countedCall(body: JsonObject): JsonObject {
  for (const [name, value] of Object.entries(body)) {
    if (camelOf(name) === WHOLE) return asObject(value) ?? body;
  }
  return body;
}

/** The vendor's own service wants the whole call wrapped, with its model; Vertex takes it as it is. */
export function countBody(body: JsonObject, model: string, wrapped: boolean): JsonObject {
  const { generationConfig: _, safetySettings: __, ...prompt } = body;
  if (!wrapped || Object.keys(prompt).length === 1) return prompt;
  return { [WHOLE]: { model: `models/${model}`, ...prompt } };
}

export function encodeCount(inputTokens: number): string {
  return JSON.stringify({ totalTokens: inputTokens });
}

export function decodeCount(body: JsonObject): number | undefined {
  return tokenCount(body.totalTokens);
}

/** The same from the bytes of an answer. */
export function countIn(body: Buffer): number | undefined {
  try {
    return decodeCount(asObject(JSON.parse(body.toString('utf8')) as Json) ?? {});
  } catch {
    return undefined;
  }
}
