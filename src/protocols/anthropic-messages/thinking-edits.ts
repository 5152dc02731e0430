// Reasoning of another vendor's model came back through us without a signature, and the vendor of this
// dialect refuses the whole call for it. Only calls that may hold such a block are looked at.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { asArray, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { elementSpans, skipSpace } from '../../lib/json-elements.ts';
import { type Field, named, scanObject } from '../../lib/json-scan.ts';
import { lacksReasoning } from './unreasoned.ts';

const THINKING = keyed('thin', 'king');
const SIGNATURE = keyed('sign', 'ature');
const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const none: readonly Edit[] = [];

export function withoutUnsignedThinking(wire: CallWire): readonly Edit[] {
  const field = named(wire.fields, 'messages');
  if (field === undefined) return none;
  const messages = wire.bytes.subarray(field.start, field.end);
  if (!mayHoldUnsigned(messages)) return none;
  const kept = keptMessages(messages);
  if (kept === undefined) return none;
  const edit = { name: 'messages', value: kept };
  return mustNotThink(wire, kept) ? [edit, { name: 'thinking', value: undefined }] : [edit];
}

/** Every block has a text and a signature. Inside JSON strings quotes are escaped: only keys match. */
function mayHoldUnsigned(messages: Buffer): boolean {
  const texts = countTexts(messages, THINKING).all;
  if (texts === 0) return false;
  const { all, empty } = countTexts(messages, SIGNATURE);
  return empty > 0 || all !== texts;
}

interface Key {
  /** The key as JSON has it, colon included. */
  readonly whole: Buffer;
  /** Its end: short, and beginning with a letter that is rare, it is found several times as fast. */
  readonly tail: Buffer;
}

function keyed(head: string, tail: string): Key {
  return { whole: Buffer.from(`"${head}${tail}":`), tail: Buffer.from(`${tail}":`) };
}

/** How often this key has a text for its value, and how often an empty one. */
function countTexts(bytes: Buffer, { whole, tail }: Key): { readonly all: number; readonly empty: number } {
  let all = 0;
  let empty = 0;
  for (let at = bytes.indexOf(tail); at >= 0; at = bytes.indexOf(tail, at + 1)) {
    const end = at + tail.length;
    const start = end - whole.length;
    if (start < 0 || bytes.compare(whole, 0, whole.length, start, end) !== 0) continue;
    const quote = skipSpace(bytes, end);
    if (bytes[quote] !== QUOTE) continue;
    all += 1;
    if (bytes[quote + 1] === QUOTE) empty += 1;
  }
  return { all, empty };
}

/** The text of the messages without unsigned reasoning; undefined when there is none after all. */
function keptMessages(messages: Buffer): string | undefined {
  const spans = elementSpans(messages, 0);
  const texts: string[] = [];
  let changed = false;
  for (const { start, end } of spans) {
    const message = messages.subarray(start, end);
    const kept = keptMessage(message);
    changed ||= kept !== message;
    // A turn that held nothing else is gone: an empty one is refused, turns of one role in a row are not.
    if (kept !== undefined) texts.push(kept.toString('utf8'));
  }
  return changed ? `[${texts.join(',')}]` : undefined;
}

/** The message as it is, less its unsigned reasoning, or nothing. */
function keptMessage(message: Buffer): Buffer | undefined {
  if (countTexts(message, THINKING).all === 0) return message;
  const { fields } = scanBody(message);
  const content = named(fields, 'content');
  if (content === undefined || message[content.start] !== OPEN_BRACKET) return message;
  if (fieldValue(message, fields, 'role') !== 'assistant') return message;
  const blocks = elementSpans(message, content.start).map(({ start, end }) => message.subarray(start, end));
  const kept = blocks.filter((block) => !isUnsigned(block));
  if (kept.length === blocks.length) return message;
  if (kept.length === 0) return undefined;
  const array = `[${kept.map((block) => block.toString('utf8')).join(',')}]`;
  const before = message.subarray(0, content.start);
  return Buffer.concat([before, Buffer.from(array), message.subarray(content.end)]);
}

function isUnsigned(block: Buffer): boolean {
  const { fields } = scanBody(block);
  if (fieldValue(block, fields, 'type') !== 'thinking') return false;
  const signature = fieldValue(block, fields, 'signature');
  return (asString(signature) ?? '') === '';
}

/** The call was scanned when it came in, and its depth was judged then. */
function scanBody(bytes: Buffer): { readonly fields: readonly Field[] } {
  return bytes[0] === 0x7b ? scanObject(bytes, Number.MAX_SAFE_INTEGER) : { fields: [] };
}

function fieldValue(bytes: Buffer, fields: readonly Field[], name: string): Json | undefined {
  const field = named(fields, name);
  return field === undefined
    ? undefined
    : (JSON.parse(bytes.toString('utf8', field.start, field.end)) as Json);
}

/** With a budget for it, a turn whose calls have just been answered must begin with its reasoning. */
function mustNotThink(wire: CallWire, messages: string): boolean {
  if (asObject(wire.value('thinking'))?.type !== 'enabled') return false;
  const turns = asArray(JSON.parse(messages) as Json) ?? [];
  return lacksReasoning(turns.map((turn) => ({ content: contentOf(turn) })));
}

function contentOf(turn: Json): readonly JsonObject[] {
  return (asArray(asObject(turn)?.content) ?? []).map((block) => asObject(block) ?? {});
}
