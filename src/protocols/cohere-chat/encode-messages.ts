// Turns to Cohere's messages: one system message, first; the results of tools right behind their calls, and what else
// came with them behind the last of these.
import { isBillingNote } from '../../canonical/billing-note.ts';
import type { Block, Message, ToolResultBlock } from '../../canonical/blocks.ts';
import type { CallContent } from '../../canonical/content.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { answeredCalls } from '../../canonical/tool-results.ts';
import { encodeAssistant } from './encode-assistant.ts';
import { asContent, encodePart, type Place } from './encode-parts.ts';
import { encodeResult } from './encode-result.ts';
import type { Scribe } from './scribe.ts';

export function encodeMessages(content: CallContent, scribe: Scribe): JsonObject[] {
  const writer = new MessageWriter(scribe, answeredCalls(content.messages));
  const written = writer.opening(content.system, content.messages);
  for (const [index, message] of content.messages.entries()) {
    if (index >= written) writer.write(message, `messages[${index}]`);
  }
  writer.flush();
  return writer.out;
}

class MessageWriter {
  readonly out: JsonObject[] = [];
  readonly #scribe: Scribe;
  readonly #answered: ReadonlySet<string>;
  readonly #mayGround: boolean;
  /** Ids of calls whose results are still to come. */
  readonly #pending = new Set<string>();
  /** Parts of a user message that wait for those results, or for a turn of the user's. */
  #waiting: JsonObject[] = [];

  constructor(scribe: Scribe, answered: ReadonlySet<string>) {
    this.#scribe = scribe;
    this.#answered = answered;
    this.#mayGround = scribe.grounds;
  }

  /** All system messages up to the first other one are one there. Returns how many messages that were. */
  opening(system: readonly Block[], messages: readonly Message[]): number {
    const first = messages.findIndex(({ role }) => role !== 'system');
    const leading = first < 0 ? messages : messages.slice(0, first);
    const parts = this.#parts(system, 'system', 'system');
    for (const [index, { blocks, name }] of leading.entries()) {
      if (name !== undefined) this.#scribe.ledger.dropped('messages.name');
      parts.push(...this.#parts(blocks, 'system', `messages[${index}].content`));
    }
    const text = parts.map((part) => part.text).join('\n\n');
    if (text !== '') this.out.push({ role: 'system', content: text });
    return leading.length;
  }

  write({ role, blocks, name }: Message, path: string): void {
    const { ledger } = this.#scribe;
    if (name !== undefined) ledger.dropped('messages.name');
    switch (role) {
      case 'system':
        ledger.approximated(path, 'an inline system message joins a user turn');
        this.#waiting.push(...this.#parts(blocks, 'system', `${path}.content`));
        break;
      case 'assistant':
        this.flush();
        this.#assistant(blocks, `${path}.content`);
        break;
      case 'user':
        this.#user(blocks, `${path}.content`);
        break;
    }
  }

  /** Lets out what waited, results come or not. */
  flush(): void {
    if (this.#waiting.length > 0) this.out.push({ role: 'user', content: asContent(this.#waiting) });
    this.#waiting = [];
    this.#pending.clear();
  }

  #parts(blocks: readonly Block[], place: Place, path: string): JsonObject[] {
    const parts: JsonObject[] = [];
    for (const [at, block] of blocks.entries()) {
      const where = `${path}[${at}]`;
      if (block.type === 'text' && place === 'system' && isBillingNote(block.text)) {
        this.#scribe.ledger.mapped(where, 'a billing note is for its own vendor');
        continue;
      }
      const part = encodePart(block, place, where, this.#scribe);
      if (part !== undefined) parts.push(part);
    }
    return parts;
  }

  #user(blocks: readonly Block[], path: string): void {
    // A turn of nothing but documents would be gone without them.
    this.#scribe.grounds = this.#mayGround && blocks.some(asks);
    let answers = 0;
    for (const [at, block] of blocks.entries()) {
      const where = `${path}[${at}]`;
      if (block.type === 'tool_result') {
        this.#result(block, where);
        answers += 1;
      } else {
        const part = encodePart(block, 'user', where, this.#scribe);
        if (part !== undefined) this.#waiting.push(part);
      }
    }
    if (this.#pending.size > 0) return;
    // What says nothing is left for the upstream to refuse: without it the question would be another one.
    if (answers === 0 && this.#waiting.length === 0) this.#waiting.push({ type: 'text', text: '' });
    this.flush();
  }

  #result(block: ToolResultBlock, path: string): void {
    const { message, pictures } = encodeResult(block, path, this.#scribe);
    this.out.push(message);
    this.#waiting.push(...pictures);
    this.#pending.delete(block.callId);
  }

  #assistant(blocks: readonly Block[], path: string): void {
    this.out.push(encodeAssistant(blocks, path, this.#scribe));
    for (const block of blocks) {
      if (block.type === 'tool_call' && this.#answered.has(block.id)) this.#pending.add(block.id);
    }
  }
}

function asks(block: Block): boolean {
  return block.type === 'text'
    ? block.text !== ''
    : block.type !== 'document' && block.type !== 'tool_result';
}
