// Messages as strictly alternating turns: tool results first in theirs, in the order of the calls, and
// inline system messages folded into the user's turn unless the model is known to take them in place.
import type { Block, Message } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json } from '../../canonical/json.ts';
import { encodeBlocks } from './encode-blocks.ts';
import { type Encoding, plainText, type Wire } from './encoding.ts';

export interface Turn {
  readonly role: Message['role'];
  content: Wire[];
}

const OPENING: Wire = { type: 'text', text: '.' };

export function encodeTurns(messages: readonly Message[], encoding: Encoding): Turn[] {
  const turns = alternate(messages, encoding);
  for (const [i, turn] of turns.entries()) {
    if (turn.role === 'user') turn.content = resultsFirst(turn.content, turns[i - 1]);
  }
  if (turns[0]?.role !== 'user') {
    turns.unshift({ role: 'user', content: [{ ...OPENING }] });
    encoding.ledger.approximated('messages', 'a conversation starts with the user: a "." was put first');
  }
  trimPrefill(turns, encoding);
  return turns;
}

function alternate(messages: readonly Message[], encoding: Encoding): Turn[] {
  const turns: Turn[] = [];
  for (const [i, message] of messages.entries()) {
    if (message.name !== undefined) encoding.ledger.dropped('messages.name');
    const last = turns[turns.length - 1];
    const later = message.role === 'system' ? messages.slice(i + 1) : [];
    const { role, content } = encodeMessage(message, last, later, encoding);
    if (content.length === 0) continue;
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  }
  return turns;
}

/** A system message stands behind a user's turn, and the model's turn comes next. */
function mayStay(last: Turn | undefined, later: readonly Message[]): boolean {
  if (last === undefined || last.role === 'assistant') return false;
  return later.find(({ role }) => role !== 'system')?.role !== 'user';
}

function encodeMessage(
  message: Message,
  last: Turn | undefined,
  later: readonly Message[],
  encoding: Encoding,
): Turn {
  const { role, blocks } = message;
  switch (role) {
    case 'system':
      return encoding.inlineSystem && mayStay(last, later)
        ? { role, content: encodeBlocks(blocks, encoding) }
        : { role: 'user', content: foldSystem(blocks, encoding) };
    case 'assistant': {
      const fitting = blocks.filter((block) => fitsAssistant(block, encoding));
      return { role, content: encodeBlocks(fitting, encoding) };
    }
    case 'user':
      return { role, content: encodeBlocks(blocks, encoding) };
  }
}

function foldSystem(blocks: readonly Block[], encoding: Encoding): Wire[] {
  const folded = encodeBlocks(blocks, encoding);
  for (const wire of folded) {
    if (wire.type === 'text') wire.text = `<system>\n${String(wire.text)}\n</system>`;
  }
  if (folded.length > 0) {
    encoding.ledger.approximated('messages.system', 'an inline system message became part of a user turn');
  }
  return folded;
}

function fitsAssistant(block: Block, encoding: Encoding): boolean {
  if (block.type !== 'image' && block.type !== 'audio' && block.type !== 'tool_result') return true;
  encoding.ledger.dropped(`messages.assistant.${block.type}`);
  return false;
}

/** The upstream refuses a turn in which anything stands before the results its calls wait for. */
function resultsFirst(content: Wire[], before: Turn | undefined): Wire[] {
  const results = content.filter((wire) => wire.type === 'tool_result');
  if (results.length === 0) return content;
  const order = new Map<Json | undefined, number>();
  for (const wire of before?.content ?? []) if (wire.type === 'tool_use') order.set(wire.id, order.size);
  const place = (wire: Wire): number => order.get(wire.tool_use_id) ?? order.size;
  results.sort((a, b) => place(a) - place(b));
  return [...results, ...content.filter((wire) => wire.type !== 'tool_result')];
}

/** A reply continues the last assistant turn; white space at its end is refused. */
function trimPrefill(turns: Turn[], encoding: Encoding): void {
  const last = turns[turns.length - 1];
  const end = last?.content[last.content.length - 1];
  if (last?.role !== 'assistant' || end?.type !== 'text' || typeof end.text !== 'string') return;
  const trimmed = end.text.trimEnd();
  if (trimmed === end.text) return;
  end.text = trimmed;
  encoding.ledger.mapped('messages.prefill', 'white space at its end is refused');
}

/** After the marks are settled: turns as the body has them. */
export function turnsToJson(turns: readonly Turn[]): Json[] {
  return turns.map(({ role, content }) => ({ role, content: plainText(content) ?? content }));
}

/** System text as blocks. Anything but text has no place there, and is not for us to leave out. */
export function encodeSystem(blocks: readonly Block[], encoding: Encoding): Wire[] {
  const other = blocks.find((block) => block.type !== 'text' && block.type !== 'raw');
  if (other !== undefined) {
    throw new GatewayError('unsupported', `The chosen model takes no ${other.type} in its system prompt.`, {
      param: 'system',
      remedy: 'Send it in a message of the user instead.',
    });
  }
  return encodeBlocks(blocks, encoding);
}
