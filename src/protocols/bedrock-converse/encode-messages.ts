// Messages as strictly alternating turns that begin with the user: tool results first in theirs, in the order of
// the calls, and inline system messages folded into the user's turn.
import type { Block, Message } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { encodeBlocks } from './encode-blocks.ts';
import { type Encoding, flatten, type Piece } from './encoding.ts';

export interface Turn {
  readonly role: Message['role'];
  pieces: Piece[];
}

const OPENING = '.';

export function encodeTurns(messages: readonly Message[], encoding: Encoding): Turn[] {
  const turns = alternate(messages, encoding);
  for (const [i, turn] of turns.entries()) {
    if (turn.role !== 'user') continue;
    turn.pieces = resultsFirst(turn.pieces, turns[i - 1]);
    addWordsToDocuments(turn, encoding);
  }
  if (turns[0]?.role === 'assistant' || turns.length === 0) {
    turns.unshift({ role: 'user', pieces: [saying(OPENING)] });
    encoding.ledger.approximated('messages', 'a conversation starts with the user: a "." was put first');
  }
  trimPrefill(turns, encoding);
  return turns;
}

function alternate(messages: readonly Message[], encoding: Encoding): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    if (message.name !== undefined) encoding.ledger.dropped('messages.name');
    const last = turns[turns.length - 1];
    const { role, pieces } = encodeMessage(message, encoding);
    if (pieces.length === 0) continue;
    if (last?.role === role) last.pieces.push(...pieces);
    else turns.push({ role, pieces });
  }
  return turns;
}

function encodeMessage({ role, blocks }: Message, encoding: Encoding): Turn {
  if (role === 'user' || encoding.native) return { role, pieces: encodeBlocks(blocks, encoding) };
  if (role === 'system') return { role: 'user', pieces: foldSystem(blocks, encoding) };
  const fitting = blocks.filter((block) => fitsAssistant(block, encoding));
  return { role, pieces: encodeBlocks(fitting, encoding) };
}

function foldSystem(blocks: readonly Block[], encoding: Encoding): Piece[] {
  const folded = encodeBlocks(blocks, encoding);
  for (const { wire } of folded) {
    if (typeof wire.text === 'string') wire.text = `<system>\n${wire.text}\n</system>`;
  }
  if (folded.length > 0) {
    encoding.ledger.approximated('messages.system', 'an inline system message became part of a user turn');
  }
  return folded;
}

const NEVER_SAID: ReadonlySet<Block['type']> = new Set(['image', 'document', 'audio', 'tool_result']);

function fitsAssistant(block: Block, encoding: Encoding): boolean {
  if (!NEVER_SAID.has(block.type)) return true;
  encoding.ledger.dropped(`messages.assistant.${block.type}`);
  return false;
}

/** The upstream refuses a turn in which anything stands before the results its calls wait for. */
function resultsFirst(pieces: Piece[], before: Turn | undefined): Piece[] {
  const results = pieces.filter(({ wire }) => wire.toolResult !== undefined);
  if (results.length === 0) return pieces;
  const order = new Map<Json | undefined, number>();
  for (const { wire } of before?.pieces ?? []) {
    const call = asObject(wire.toolUse);
    if (call !== undefined) order.set(call.toolUseId, order.size);
  }
  const place = ({ wire }: Piece): number => order.get(asObject(wire.toolResult)?.toolUseId) ?? order.size;
  results.sort((a, b) => place(a) - place(b));
  return [...results, ...pieces.filter(({ wire }) => wire.toolResult === undefined)];
}

/** A document may not stand alone in a turn. */
function addWordsToDocuments(turn: Turn, encoding: Encoding): void {
  if (encoding.native || !turn.pieces.some(({ wire }) => wire.document !== undefined)) return;
  if (turn.pieces.some(({ wire }) => wire.text !== undefined)) return;
  turn.pieces.push(saying(OPENING));
  encoding.ledger.approximated('messages.document', 'a document needs words beside it: a "." was added');
}

/** A reply continues the last assistant turn; white space at its end is refused. */
function trimPrefill(turns: readonly Turn[], encoding: Encoding): void {
  const last = turns[turns.length - 1];
  const end = last?.pieces[last.pieces.length - 1]?.wire;
  if (last?.role !== 'assistant' || typeof end?.text !== 'string') return;
  const trimmed = end.text.trimEnd();
  if (trimmed === end.text) return;
  end.text = trimmed;
  encoding.ledger.mapped('messages.prefill', 'white space at its end is refused');
}

function saying(text: string): Piece {
  return { wire: { text }, point: undefined };
}

/** After the cache points are settled: turns as the body has them. */
export function turnsToJson(turns: readonly Turn[]): JsonObject[] {
  return turns.map(({ role, pieces }) => ({ role, content: flatten(pieces) }));
}

/** System text. Anything else has no place there, and is not for us to leave out. */
export function encodeSystem(blocks: readonly Block[], encoding: Encoding): Piece[] {
  const other = blocks.find((block) => block.type !== 'text' && block.type !== 'raw');
  if (other !== undefined) {
    throw new GatewayError('unsupported', `The chosen model takes no ${other.type} in its system prompt.`, {
      param: 'system',
      remedy: 'Send it in a message of the user instead.',
    });
  }
  return encodeBlocks(blocks, encoding);
}

/** Names of the tools that were called before. */
export function usedTools(turns: readonly Turn[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { pieces } of turns) {
    for (const { wire } of pieces) {
      const name = asString(asObject(wire.toolUse)?.name);
      if (name !== undefined) names.add(name);
      else if (wire.toolResult !== undefined) names.add('');
    }
  }
  return names;
}

/** The last turn answers calls that were made without signed reasoning. */
export function isUnreasoned(turns: readonly Turn[]): boolean {
  const last = turns[turns.length - 1];
  const before = turns[turns.length - 2];
  if (last?.pieces[0]?.wire.toolResult === undefined || before === undefined) return false;
  return before.pieces[0]?.wire.reasoningContent === undefined;
}
