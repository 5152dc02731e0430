// A turn of the model's: thoughts, then the answer or, where it calls tools, its plan and the calls. Beside calls
// there is no answer yet: what the model says then is its plan.
import type { Block, ReasoningBlock, ToolCallBlock } from '../../canonical/blocks.ts';
import { parseInput } from '../../canonical/call-input.ts';
import { wrapInput } from '../../canonical/free-text-tools.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { asContent, encodePart } from './encode-parts.ts';
import { noteExtras, noteLostCache, type Scribe } from './scribe.ts';
import { encodeName } from './tool-names.ts';

export function encodeAssistant(blocks: readonly Block[], path: string, scribe: Scribe): JsonObject {
  const calls: JsonObject[] = [];
  const thoughts: JsonObject[] = [];
  const words: JsonObject[] = [];
  for (const [at, block] of blocks.entries()) {
    const where = `${path}[${at}]`;
    if (block.type === 'tool_call') calls.push(encodeCall(block, where, scribe));
    else if (block.type === 'reasoning') add(thoughts, encodeThought(block, scribe));
    else if (block.type === 'raw') scribe.ledger.dropped(where, `only ${block.origin} understands it`);
    else add(words, encodePart(block, 'assistant', where, scribe));
  }
  if (calls.length === 0) return { role: 'assistant', content: asContent([...thoughts, ...words]) };
  const plan = words.map((part) => part.text).join('\n\n');
  return {
    role: 'assistant',
    ...(thoughts.length === 0 ? {} : { content: thoughts }),
    ...(plan === '' ? {} : { tool_plan: plan }),
    tool_calls: calls,
  };
}

function add(parts: JsonObject[], part: JsonObject | undefined): void {
  if (part !== undefined) parts.push(part);
}

/** Words go back to whatever model it is; seals are for those who made them. */
function encodeThought(
  { text, sealed, redacted }: ReasoningBlock,
  { ledger }: Scribe,
): JsonObject | undefined {
  if (sealed !== undefined) ledger.dropped(redacted === true ? 'thinking.redacted' : 'thinking.signature');
  return redacted === true || text === '' ? undefined : { type: 'thinking', thinking: text };
}

function encodeCall(block: ToolCallBlock, path: string, scribe: Scribe): JsonObject {
  const { ledger } = scribe;
  noteLostCache(block.cache, scribe);
  noteExtras(block.extras, path, scribe);
  if (block.sealed !== undefined) ledger.dropped('tool_calls.signature');
  const custom = block.custom === true;
  if (custom) ledger.mapped(path, 'a custom tool goes as a function');
  const input = custom ? wrapInput(block.input) : parseInput(block.input, ledger, path);
  return {
    id: block.id,
    type: 'function',
    function: { name: encodeName(block.name, custom), arguments: JSON.stringify(input) },
  };
}
