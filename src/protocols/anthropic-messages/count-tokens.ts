// The answer of `/v1/messages/count_tokens`.
import type { JsonObject } from '../../canonical/json.ts';
import { tokenCount } from '../../canonical/usage.ts';

export function encodeCount(inputTokens: number): string {
  return JSON.stringify({ input_tokens: inputTokens });
}

export function decodeCount(body: JsonObject): number | undefined {
  return tokenCount(body.input_tokens);
}
