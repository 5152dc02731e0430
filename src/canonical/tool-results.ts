// Results of calls, for dialects in which their place counts: templates of engines know them by nothing else,
// and agents that run calls side by side send the results as they come.
import type { Block, Message, ToolResultBlock } from './blocks.ts';

/** Ids of all calls that are answered somewhere. */
export function answeredCalls(messages: readonly Message[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { blocks } of messages) {
    for (const block of blocks) if (block.type === 'tool_result') ids.add(block.callId);
  }
  return ids;
}

/** The results among these blocks, with their places, in the order of the calls; those of no call come last. */
export function resultsInOrder(
  blocks: readonly Block[],
  calls: Iterable<string>,
): readonly (readonly [at: number, result: ToolResultBlock])[] {
  const found: (readonly [number, ToolResultBlock])[] = [];
  for (const [at, block] of blocks.entries()) if (block.type === 'tool_result') found.push([at, block]);
  if (found.length < 2) return found;
  const order = [...calls];
  const place = (id: string): number => {
    const at = order.indexOf(id);
    return at < 0 ? order.length : at;
  };
  return found.sort(([, a], [, b]) => place(a.callId) - place(b.callId));
}
