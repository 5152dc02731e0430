// Turns to Chat's flat list of messages. The order it keeps: an assistant's calls are followed by all
// their results, in the order of the calls, and nothing, neither images nor a word of the user's, comes between.

import { isBillingNote } from '../../canonical/billing-note.ts';
import type { Block, Message, ToolResultBlock } from '../../canonical/blocks.ts';
import { wireCallId } from '../../canonical/call-ids.ts';
import type { CallContent } from '../../canonical/content.ts';
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';
import { asContent, noteLostCache } from '../../canonical/media-fields.ts';
import type { Scribe } from '../../canonical/scribe.ts';
import { ownExtras } from '../../canonical/scribe.ts';
import { answeredCalls, resultsInOrder } from '../../canonical/tool-results.ts';
import { encodeAssistant } from './encode-assistant.ts';
import { encodePart, MOST_CALL_ID } from './encode-parts.ts';
import { foldSystem } from './fold-system.ts';

export function encodeMessages(content: CallContent, scribe: Scribe): JsonObject[] {
  const writer = new MessageWriter(scribe, answeredCalls(content.messages));
  writer.opening(content.system);
  const folded = scribe.quirks.inlineSystem === false;
  const messages = folded ? foldSystem(content.messages, scribe.ledger) : content.messages;
  for (const [index, message] of messages.entries()) writer.write(message, `messages[${index}]`);
  writer.flush();
  return writer.out;
}

class MessageWriter {
  readonly out: JsonObject[] = [];
  readonly #scribe: Scribe;
  readonly #answered: ReadonlySet<string>;
  /** Ids of calls whose results are still to come. */
  readonly #pending = new Set<string>();
  /** System messages that wait for those results. */
  #held: JsonObject[] = [];
  /** Parts of a user turn that wait for those results. */
  #following: JsonObject[] = [];

  constructor(scribe: Scribe, answered: ReadonlySet<string>) {
    this.#scribe = scribe;
    this.#answered = answered;
  }

  /** One message for all system blocks: many templates take no second one. */
  opening(system: readonly Block[]): void {
    const blocks = [...system.entries()].filter(([index, block]) => !this.#isNoise(index, block));
    if (blocks.length === 0) return;
    const parts = this.#parts(
      blocks.map(([, block]) => block),
      (at) => `system[${blocks[at]?.[0] ?? at}]`,
    );
    this.out.push({ role: this.#systemRole(), content: systemContent(parts) });
  }

  write(message: Message, path: string): void {
    const name = message.name === undefined ? {} : { name: message.name };
    switch (message.role) {
      case 'system':
        this.#system(message.blocks, path, name);
        break;
      case 'assistant':
        this.flush();
        this.out.push({ ...encodeAssistant(message.blocks, path, this.#scribe), ...name });
        this.#await(message.blocks);
        break;
      case 'user':
        this.#user(message.blocks, path, name);
        break;
    }
  }

  #await(blocks: readonly Block[]): void {
    for (const block of blocks) {
      if (block.type === 'tool_call' && this.#answered.has(block.id)) this.#pending.add(block.id);
    }
  }

  /** Lets out what waited for tool results, come or not. */
  flush(): void {
    this.out.push(...this.#held);
    if (this.#following.length > 0)
      this.out.push({ role: 'user', content: asContent(this.#following, 'text') });
    this.#held = [];
    this.#following = [];
    this.#pending.clear();
  }

  /** As text from a caller, or as a raw block when its own dialect set it apart. */
  #isNoise(index: number, block: Block): boolean {
    const text = block.type === 'raw' ? asString(asObject(block.value)?.text) : textOf(block);
    if (!isBillingNote(text)) return false;
    this.#scribe.ledger.mapped(`system[${index}]`, 'a billing note means nothing to this upstream');
    return true;
  }

  #systemRole(): string {
    return this.#scribe.quirks.developerRole === true ? 'developer' : 'system';
  }

  #system(blocks: readonly Block[], path: string, name: JsonObject): void {
    const parts = this.#parts(blocks, (at) => `${path}.content[${at}]`);
    const message = { role: this.#systemRole(), content: systemContent(parts), ...name };
    if (this.#pending.size > 0) this.#held.push(message);
    else this.out.push(message);
  }

  #user(blocks: readonly Block[], path: string, name: JsonObject): void {
    const parts = this.#following;
    const results = resultsInOrder(blocks, this.#pending);
    for (const [at, result] of results) {
      const before = parts.filter((part) => part.type !== 'text').length;
      parts.push(...this.#result(result, `${path}.content[${at}]`, before));
    }
    for (const [at, block] of blocks.entries()) {
      if (block.type === 'tool_result') continue;
      const part = encodePart(block, `${path}.content[${at}]`, this.#scribe);
      if (part !== undefined) parts.push(part);
    }
    // Results may come in several turns: what else is in these turns waits for the last of them.
    if (this.#pending.size > 0) {
      if (name.name !== undefined) this.#scribe.ledger.dropped('messages.name');
      return;
    }
    this.#following = [];
    this.flush();
    if (results.length === 0 || parts.length > 0) {
      this.out.push({ role: 'user', content: asContent(parts, 'text'), ...name });
    }
  }

  /** Writes the tool message, which holds text only, and returns the parts that have to follow it. */
  #result(result: ToolResultBlock, path: string, before: number): JsonObject[] {
    const { ledger, quirks } = this.#scribe;
    const bare = { ...this.#scribe, quirks: { ...quirks, cacheBreakpoints: false } };
    const texts: string[] = [];
    const following: JsonObject[] = [];
    for (const [at, block] of result.content.entries()) {
      const part = encodePart(block, `${path}.content[${at}]`, block.type === 'text' ? bare : this.#scribe);
      if (part?.type === 'text') texts.push(String(this.#bare(part).text));
      else if (part !== undefined) {
        following.push(part);
        texts.push(`[attachment ${before + following.length}: in the next user message]`);
        ledger.approximated(`${path}.content[${at}]`, 'tool messages hold text only');
      }
    }
    noteLostCache(result.cache, this.#scribe);
    if (result.isError === true) ledger.approximated(`${path}.is_error`, 'marked in the text');
    const text = texts.join('\n');
    this.out.push({
      role: 'tool',
      tool_call_id: wireCallId(result.callId, quirks, MOST_CALL_ID),
      content: result.isError === true ? `Error: ${text}` : text,
      ...ownExtras(result.extras, path, this.#scribe),
    });
    this.#pending.delete(result.callId);
    return following;
  }

  /** Texts of a result are joined: what a part carried besides is lost. */
  #bare(part: JsonObject): JsonObject {
    for (const name of Object.keys(part)) {
      if (name !== 'type' && name !== 'text')
        this.#scribe.ledger.dropped(name, 'tool messages hold text only');
    }
    return part;
  }

  #parts(blocks: readonly Block[], pathOf: (at: number) => string): JsonObject[] {
    const parts = blocks.map((block, at) => encodePart(block, pathOf(at), this.#scribe));
    return parts.filter((part) => part !== undefined);
  }
}

function textOf(block: Block): string | undefined {
  return block.type === 'text' ? block.text : undefined;
}

/** Plain text in one piece, unless a part carries more than text (a cache breakpoint). */
function systemContent(parts: readonly JsonObject[]): string | readonly JsonObject[] {
  const plain = parts.every((part) => part.type === 'text' && Object.keys(part).length === 2);
  return plain ? parts.map((part) => part.text).join('\n\n') : parts;
}
