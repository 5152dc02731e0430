// Turns that called tools without reasoning of this vendor.
import type { JsonObject } from '../../canonical/json.ts';

/** With a budget, a turn that called tools must begin with its reasoning; a foreign one has lost it. */
export function lacksReasoning(turns: readonly { readonly content: readonly JsonObject[] }[]): boolean {
  const last = turns[turns.length - 1];
  const before = turns[turns.length - 2];
  if (last?.content[0]?.type !== 'tool_result' || before === undefined) return false;
  const first = before.content[0]?.type;
  return first !== 'thinking' && first !== 'redacted_thinking';
}
