// The answer of `/v1/messages/count_tokens`.
import { asObject, type Json } from '../../canonical/json.ts';
import { inputCount } from './usage.ts';

export function encodeCount(inputTokens: number): string {
  return JSON.stringify({ input_tokens: inputTokens });
}

export function decodeCount(body: Buffer): number | undefined {
  try {
    return inputCount(asObject(JSON.parse(body.toString('utf8')) as Json));
  } catch {
    return undefined;
  }
}
