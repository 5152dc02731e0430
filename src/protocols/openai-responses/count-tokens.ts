// The answer of `/v1/responses/input_tokens`.
import type { JsonObject } from '../../canonical/json.ts';
import { tokenCount } from '../../canonical/usage.ts';

export function encodeCount(inputTokens: number): string {
  return JSON.stringify({ object: 'response.input_tokens', input_tokens: inputTokens });
}

export function decodeCount(body: JsonObject): number | undefined {
  return tokenCount(body.input_tokens);
}
