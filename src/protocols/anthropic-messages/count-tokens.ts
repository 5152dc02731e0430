// The answer of `/v1/messages/count_tokens`.

export function encodeCount(inputTokens: number): string {
  return JSON.stringify({ input_tokens: inputTokens });
}
