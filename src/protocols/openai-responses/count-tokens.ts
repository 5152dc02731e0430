// The answer of `/v1/responses/input_tokens`.

export function encodeCount(inputTokens: number): string {
  return JSON.stringify({ object: 'response.input_tokens', input_tokens: inputTokens });
}
