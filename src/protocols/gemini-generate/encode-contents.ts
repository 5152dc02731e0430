// Turns as contents: one role after the other, results before anything else in theirs and in the order of the
// calls, inline system messages folded into the user's turn, since the dialect has a place for them at the head
// only, where they would change the prompt's beginning with every turn.
import type { Message, ToolResultBlock } from '../../canonical/blocks.ts';
import type { CallContent } from '../../canonical/content.ts';
import { calledNames } from '../../canonical/gemini-names.ts';
import { isAtLeast, since } from '../../canonical/gemini-version.ts';
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';
import { encodePart } from './encode-parts.ts';
import { type Encoding, noteLostCache, present, restore, type Wire } from './encoding.ts';
import { dataIn } from './response-data.ts';

interface Content {
  readonly role: 'user' | 'model';
  readonly parts: Wire[];
}

const OPENING: Wire = { text: '.' };
/** The vendor's own way to say that a call was not made by it, or that its signature is lost. */
const NO_SIGNATURE = 'skip_thought_signature_validator';

export function encodeContents(messages: readonly Message[], encoding: Encoding): Content[] {
  const writer = new ContentWriter(messages, encoding);
  for (const [at, message] of messages.entries()) writer.write(message, `messages[${at}]`);
  return writer.finish();
}

/** Undefined without system text. Anything but text has its place in a turn. */
export function encodeSystem(content: CallContent, encoding: Encoding): Wire | undefined {
  const parts: Wire[] = [];
  for (const [at, block] of content.system.entries()) {
    const part = encodePart(block, `system[${at}]`, encoding);
    if (part !== undefined) parts.push(part);
  }
  return parts.length === 0 ? undefined : { parts };
}

class ContentWriter {
  readonly #encoding: Encoding;
  readonly #contents: Content[] = [];
  /** Names of the functions that were called, by the ids of the calls. */
  readonly #names: ReadonlyMap<string, string>;
  #results = 0;

  constructor(messages: readonly Message[], encoding: Encoding) {
    this.#encoding = encoding;
    this.#names = calledNames(messages);
  }

  write(message: Message, path: string): void {
    if (message.name !== undefined) this.#encoding.ledger.dropped('messages.name');
    const parts = message.role === 'system' ? this.#folded(message, path) : this.#parts(message, path);
    if (parts.length === 0) return;
    const role = message.role === 'assistant' ? 'model' : 'user';
    const last = this.#contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else this.#contents.push({ role, parts });
  }

  finish(): Content[] {
    const contents = this.#contents;
    const order = new Map([...this.#names.keys()].map((id, at) => [id, at]));
    for (const content of contents) {
      if (content.role === 'model') this.#sign(content.parts);
      else content.parts.sort((a, b) => placeOf(a, order) - placeOf(b, order));
    }
    if (contents[0]?.role !== 'user') {
      contents.unshift({ role: 'user', parts: [{ ...OPENING }] });
      this.#encoding.ledger.approximated(
        'messages',
        'a conversation starts with the user: a "." was put first',
      );
    }
    return contents;
  }

  #parts({ blocks }: Message, path: string): Wire[] {
    const parts: Wire[] = [];
    for (const [at, block] of blocks.entries()) {
      const place = `${path}.content[${at}]`;
      if (block.type === 'tool_result') parts.push(...this.#result(block, place));
      else {
        const part = encodePart(block, place, this.#encoding);
        if (part !== undefined) parts.push(part);
      }
    }
    return parts;
  }

  #folded(message: Message, path: string): Wire[] {
    const parts = this.#parts(message, path);
    for (const part of parts) {
      if (typeof part.text === 'string') part.text = `<system>\n${part.text}\n</system>`;
    }
    if (parts.length > 0) {
      this.#encoding.ledger.approximated(path, 'an inline system message became part of a user turn');
    }
    return parts;
  }

  /** The result, and what of it has to stand behind it. */
  #result(block: ToolResultBlock, path: string): Wire[] {
    const encoding = this.#encoding;
    noteLostCache(block.cache, encoding);
    const texts: string[] = [];
    const inner: Wire[] = [];
    const behind: Wire[] = [];
    for (const [at, item] of block.content.entries()) {
      const place = `${path}.content[${at}]`;
      const part = encodePart(item, place, encoding);
      if (part === undefined) continue;
      if (typeof part.text === 'string') texts.push(part.text);
      else if (isAtLeast(encoding.version, since.levels) || encoding.native) inner.push(part);
      else {
        behind.push(part);
        this.#results += 1;
        texts.push(`[attachment ${this.#results}: behind the results]`);
        encoding.ledger.approximated(place, 'it stands behind the results, which hold data only');
      }
    }
    const functionResponse = {
      id: block.callId,
      name: this.#nameOf(block, path),
      response: this.#response(texts.join('\n'), block.isError === true),
      ...(inner.length === 0 ? {} : { parts: inner }),
    };
    return [this.#restored({ functionResponse }, block, path), ...behind];
  }

  /** Words are wrapped; data of our own caller's were data before. */
  #response(text: string, isError: boolean): JsonObject {
    const data = this.#encoding.native ? dataIn(text) : undefined;
    return data ?? { [isError ? 'error' : 'output']: text };
  }

  #nameOf(block: ToolResultBlock, path: string): string {
    const name = this.#names.get(block.callId);
    if (name !== undefined) return name;
    this.#encoding.ledger.approximated(path, 'the call it answers is not in the conversation');
    return 'unknown_function';
  }

  /** A response that was data goes back as the data it was. */
  #restored(wire: Wire, block: ToolResultBlock, path: string): Wire {
    const own = block.extras?.functionResponse;
    if (!this.#encoding.native || typeof own !== 'object' || own === null) {
      return restore(wire, block.extras, path, this.#encoding);
    }
    const { functionResponse: _, ...around } = block.extras ?? {};
    const functionResponse = { ...(wire.functionResponse as Wire), ...(own as Wire) };
    return restore(present({ functionResponse }), around, path, this.#encoding);
  }

  /** The first call of every step must be signed, or say why it is not. */
  #sign(parts: readonly Wire[]): void {
    if (!isAtLeast(this.#encoding.version, since.levels)) return;
    const calls = parts.filter((part) => part.functionCall !== undefined);
    const [first] = calls;
    if (first === undefined || calls.some((call) => call.thoughtSignature !== undefined)) return;
    first.thoughtSignature = NO_SIGNATURE;
    this.#encoding.ledger.approximated('messages.tool_call', 'a call without its signature');
  }
}

/** Results first; those of calls that are not in the conversation behind the others. */
function placeOf(part: Wire, order: ReadonlyMap<string, number>): number {
  const id = asObject(part.functionResponse)?.id;
  if (part.functionResponse === undefined) return order.size + 1;
  return order.get(asString(id) ?? '') ?? order.size;
}
