// Turns to Ollama's flat list of messages. Content is one string, arguments are objects, a result names its tool:
// templates read no other form. Between an assistant's calls and their results nothing comes, and the results are
// in the order of the calls.
import { isBillingNote } from '../../canonical/billing-note.ts';
import type { Block, Message, ToolCallBlock, ToolResultBlock } from '../../canonical/blocks.ts';
import { inputObject } from '../../canonical/call-input.ts';
import type { CallContent } from '../../canonical/content.ts';
import { wrapName } from '../../canonical/free-text-tools.ts';
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';
import { ownExtras, refused, restored, type Scribe } from '../../canonical/scribe.ts';
import { answeredCalls, resultsInOrder } from '../../canonical/tool-results.ts';
import { addPart, newParts, noteLostCache, type Parts, textOf } from './encode-parts.ts';

export function encodeMessages(content: CallContent, scribe: Scribe): JsonObject[] {
  const writer = new MessageWriter(scribe, answeredCalls(content.messages));
  writer.opening(content.system);
  for (const [index, message] of content.messages.entries()) writer.write(message, `messages[${index}]`);
  writer.flush();
  return writer.out;
}

/** What a model can have said. */
const spoken: ReadonlySet<Block['type']> = new Set<Block['type']>(['text', 'refusal', 'image']);

class MessageWriter {
  readonly out: JsonObject[] = [];
  readonly #scribe: Scribe;
  readonly #answered: ReadonlySet<string>;
  /** Tools by the ids of their calls. */
  readonly #tools = new Map<string, string>();
  /** Ids of calls whose results are still to come. */
  readonly #pending = new Set<string>();
  /** System messages that wait for those results. */
  #held: JsonObject[] = [];
  /** What else is in user turns with results waits for the last of them. */
  #following = newParts();

  constructor(scribe: Scribe, answered: ReadonlySet<string>) {
    this.#scribe = scribe;
    this.#answered = answered;
  }

  /** One message for all system blocks: many templates take no second one. */
  opening(system: readonly Block[]): void {
    const parts = newParts();
    for (const [at, block] of system.entries()) {
      if (isNote(block)) this.#scribe.ledger.mapped(`system[${at}]`, 'a billing note is for its own vendor');
      else addPart(parts, block, `system[${at}]`, this.#scribe);
    }
    if (!isEmpty(parts)) this.out.push(this.#message('system', parts, 'system'));
  }

  write(message: Message, path: string): void {
    if (message.name !== undefined) this.#scribe.ledger.dropped('messages.name');
    switch (message.role) {
      case 'system':
        this.#system(message.blocks, path);
        break;
      case 'assistant':
        this.flush();
        this.#assistant(message.blocks, path);
        break;
      case 'user':
        this.#user(message.blocks, path);
        break;
    }
  }

  /** Lets out what waited for tool results, come or not. */
  flush(): void {
    this.out.push(...this.#held);
    if (!isEmpty(this.#following)) this.out.push(this.#message('user', this.#following, 'messages'));
    this.#held = [];
    this.#following = newParts();
    this.#pending.clear();
  }

  #message(role: string, parts: Parts, path: string): JsonObject {
    const content = textOf(parts, path, '\n\n', this.#scribe);
    return { role, content, ...(parts.images.length === 0 ? {} : { images: parts.images }) };
  }

  #system(blocks: readonly Block[], path: string): void {
    const parts = newParts();
    for (const [at, block] of blocks.entries()) addPart(parts, block, `${path}.content[${at}]`, this.#scribe);
    const message = this.#message('system', parts, path);
    if (this.#pending.size > 0) this.#held.push(message);
    else this.out.push(message);
  }

  #user(blocks: readonly Block[], path: string): void {
    const results = resultsInOrder(blocks, this.#pending);
    for (const [at, result] of results) this.#result(result, `${path}.content[${at}]`);
    for (const [at, block] of blocks.entries()) {
      if (block.type === 'tool_result') continue;
      addPart(this.#following, block, `${path}.content[${at}]`, this.#scribe);
    }
    if (this.#pending.size > 0) return;
    const parts = this.#following;
    this.#following = newParts();
    this.flush();
    if (results.length === 0 || !isEmpty(parts)) this.out.push(this.#message('user', parts, path));
  }

  /** Pictures of a result go with the next user message: no template looks for them in a tool's. */
  #result(result: ToolResultBlock, path: string): void {
    const { ledger } = this.#scribe;
    const parts = newParts();
    for (const [at, block] of result.content.entries()) {
      const before = parts.images.length;
      addPart(parts, block, `${path}.content[${at}]`, this.#scribe);
      if (parts.images.length === before) continue;
      const number = this.#following.images.length + parts.images.length;
      parts.texts.push(`[image ${number}: in the next user message]`);
      ledger.approximated(`${path}.content[${at}]`, 'tool messages hold text only');
    }
    this.#following.images.push(...parts.images);
    noteLostCache(result.cache, this.#scribe);
    ownExtras(result.extras, path, this.#scribe);
    if (result.isError === true) ledger.approximated(`${path}.is_error`, 'marked in the text');
    const text = parts.texts.join('\n');
    const tool = this.#tools.get(result.callId);
    this.out.push({
      role: 'tool',
      content: result.isError === true ? `Error: ${text}` : text,
      ...(tool === undefined ? {} : { tool_name: tool }),
      tool_call_id: result.callId,
    });
    this.#pending.delete(result.callId);
  }

  #assistant(blocks: readonly Block[], path: string): void {
    const parts = newParts();
    const calls: JsonObject[] = [];
    let thinking = '';
    for (const [at, block] of blocks.entries()) {
      const where = `${path}.content[${at}]`;
      if (block.type === 'tool_call') calls.push(this.#call(block, calls.length, where));
      else if (block.type === 'reasoning') thinking += this.#thought(block);
      else this.#speak(parts, block, where);
    }
    this.out.push({
      role: 'assistant',
      content: textOf(parts, path, '', this.#scribe),
      ...(parts.images.length === 0 ? {} : { images: parts.images }),
      ...(thinking === '' ? {} : { thinking }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    });
  }

  #speak(parts: Parts, block: Block, path: string): void {
    if (block.type === 'raw') {
      this.#scribe.ledger.dropped(path, `only ${block.origin} understands it`);
    } else if (spoken.has(block.type)) addPart(parts, block, path, this.#scribe);
    else throw refused(path, `a block of type ${block.type} in an assistant turn`, 'Move it to a user turn.');
  }

  /** Words go back to whatever model it is; seals are for those who made them. */
  #thought({ text, sealed, redacted }: Extract<Block, { type: 'reasoning' }>): string {
    const { ledger } = this.#scribe;
    if (sealed !== undefined) ledger.dropped(redacted === true ? 'thinking.redacted' : 'thinking.signature');
    return redacted === true ? '' : text;
  }

  #call(block: ToolCallBlock, index: number, path: string): JsonObject {
    const { ledger } = this.#scribe;
    noteLostCache(block.cache, this.#scribe);
    if (block.sealed !== undefined) ledger.dropped('tool_calls.signature');
    const extras = ownExtras(block.extras, path, this.#scribe);
    const name = block.custom === true ? wrapName(block.name) : block.name;
    if (block.custom === true) ledger.mapped(path, 'a custom tool goes as a function');
    this.#tools.set(block.id, name);
    if (this.#answered.has(block.id)) this.#pending.add(block.id);
    const input = inputObject(block, ledger, path);
    const called = { index, name, arguments: input };
    return restored({ id: block.id, function: called }, extras);
  }
}

/** As text from a caller, or as a raw block when its own dialect set it apart. */
function isNote(block: Block): boolean {
  const text = block.type === 'raw' ? asString(asObject(block.value)?.text) : textIn(block);
  return isBillingNote(text);
}

function textIn(block: Block): string | undefined {
  return block.type === 'text' ? block.text : undefined;
}

function isEmpty(parts: Parts): boolean {
  return parts.texts.length === 0 && parts.images.length === 0;
}
