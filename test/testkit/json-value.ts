// Wire JSON as tests handle it: freely, without a cast at every step.

// biome-ignore lint/suspicious/noExplicitAny: tests look into replies of any shape, and fail where it is wrong.
export type JsonValue = any;

export function parse(text: string | Buffer): JsonValue {
  return JSON.parse(text.toString()) as JsonValue;
}
