// Turns to the flat list of items, in the order in which things were said and done.
import { isBillingNote } from '../../canonical/billing-note.ts';
import type { Block, Message, ToolResultBlock } from '../../canonical/blocks.ts';
import { wireCallId } from '../../canonical/call-ids.ts';
import type { CallContent } from '../../canonical/content.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { asContent, noteLostCache } from '../../canonical/media-fields.ts';
import type { Scribe } from '../../canonical/scribe.ts';
import { ownExtras } from '../../canonical/scribe.ts';
import { AssistantWriter, itemOf, MOST_CALL_ID, traceOf } from './encode-assistant.ts';
import { encodePart } from './encode-parts.ts';
import { WHOLE } from './item-kinds.ts';

/** `input`, and `instructions` where the system prompt is plain text. */
export function encodeInput(content: CallContent, scribe: Scribe): JsonObject {
  const writer = new ItemWriter(scribe, new AssistantWriter(scribe, content));
  const instructions = writer.opening(content.system);
  for (const [at, message] of content.messages.entries()) writer.write(message, `messages[${at}]`);
  const { items } = writer;
  const asked = items.length === 0 && (content.continues !== undefined || content.bound !== undefined);
  return {
    ...(instructions === '' ? {} : { instructions }),
    ...(asked ? {} : { input: items }),
  };
}

class ItemWriter {
  readonly items: JsonObject[] = [];
  readonly #scribe: Scribe;
  readonly #assistant: AssistantWriter;

  constructor(scribe: Scribe, assistant: AssistantWriter) {
    this.#scribe = scribe;
    this.#assistant = assistant;
  }

  /** Returns what goes into `instructions`; what carries more than text goes into messages of their own. */
  opening(system: readonly Block[]): string {
    const blocks = system.filter((block, at) => !this.#isNoise(block, at));
    const { native, quirks } = this.#scribe;
    if (native) return this.#ownOpening(blocks);
    const marked = quirks.cacheBreakpoints === true && blocks.some((block) => 'cache' in block);
    const parts = this.#parts(blocks, (at) => `system[${at}]`);
    if (!marked && parts.every((part) => part.type === 'input_text')) {
      return parts.map((part) => String(part.text)).join('\n\n');
    }
    if (parts.length > 0) this.#message(this.#systemRole(), parts);
    return '';
  }

  /** What stood in `instructions` goes back there, messages stay messages. */
  #ownOpening(blocks: readonly Block[]): string {
    let instructions = '';
    for (const [at, block] of blocks.entries()) {
      const trace = traceOf(block);
      if (block.type === 'text' && trace?.instructions === true) instructions = block.text;
      else
        this.#message(
          this.#systemRole(trace?.role),
          this.#parts([block], () => `system[${at}]`),
        );
    }
    return instructions;
  }

  write({ blocks, name, role }: Message, path: string): void {
    if (name !== undefined) this.#scribe.ledger.dropped('messages.name');
    switch (role) {
      case 'assistant':
        this.items.push(...this.#assistant.write(blocks, path));
        break;
      case 'user':
        this.#user(blocks, path);
        break;
      case 'system': {
        const parts = this.#parts(blocks, (at) => `${path}.content[${at}]`);
        this.#message(this.#systemRole(traceOf(blocks[0])?.role), parts);
      }
    }
  }

  #isNoise(block: Block, at: number): boolean {
    const text = block.type === 'raw' ? asString(asObject(block.value)?.text) : textOf(block);
    if (!isBillingNote(text)) return false;
    this.#scribe.ledger.mapped(`system[${at}]`, 'a billing note means nothing to this upstream');
    return true;
  }

  #systemRole(stated?: Json): string {
    const { developerRole } = this.#scribe.quirks;
    if (this.#scribe.native && typeof stated === 'string' && developerRole !== false) return stated;
    return developerRole === true ? 'developer' : 'system';
  }

  #message(role: string, parts: readonly JsonObject[]): void {
    if (parts.length > 0) this.items.push({ type: 'message', role, content: asContent(parts, 'input_text') });
  }

  #parts(blocks: readonly Block[], pathOf: (at: number) => string): JsonObject[] {
    const parts = blocks.map((block, at) => encodePart(block, pathOf(at), this.#scribe));
    return parts.filter((part) => part !== undefined);
  }

  #user(blocks: readonly Block[], path: string): void {
    const parts: JsonObject[] = [];
    for (const [at, block] of blocks.entries()) {
      const where = `${path}.content[${at}]`;
      const item = block.type === 'tool_result' ? this.#result(block, where) : itemOf(block);
      if (item !== undefined) {
        this.#message('user', parts.splice(0));
        this.items.push(item);
        continue;
      }
      const part = encodePart(block, where, this.#scribe);
      if (part !== undefined) parts.push(part);
    }
    this.#message('user', parts);
  }

  #result(block: ToolResultBlock, path: string): JsonObject {
    const { native, quirks } = this.#scribe;
    noteLostCache(block.cache, this.#scribe);
    const trace = (native ? block.trace : undefined) ?? {};
    const whole = asObject(trace[WHOLE]);
    if (whole !== undefined) return whole;
    // Its call may be older than what was sent; then only the result says what kind of tool it was.
    const stated = quirks.customTools === false ? undefined : trace.type;
    const known = this.#assistant.custom.has(block.callId)
      ? 'custom_tool_call_output'
      : 'function_call_output';
    return {
      type: known,
      call_id: wireCallId(block.callId, quirks, MOST_CALL_ID),
      output: this.#output(block, path),
      ...ownExtras(block.extras, path, this.#scribe),
      ...trace,
      ...(stated === undefined ? { type: known } : {}),
    };
  }

  #output(block: ToolResultBlock, path: string): Json {
    const parts = this.#parts(block.content, (at) => `${path}.content[${at}]`);
    const plain = parts.every((part) => part.type === 'input_text' && Object.keys(part).length === 2);
    const text = plain ? parts.map((part) => part.text).join('\n') : undefined;
    if (block.isError !== true) return text ?? parts;
    this.#scribe.ledger.approximated(`${path}.is_error`, 'marked in the text');
    return text === undefined ? [{ type: 'input_text', text: 'Error:' }, ...parts] : `Error: ${text}`;
  }
}

function textOf(block: Block): string | undefined {
  return block.type === 'text' ? block.text : undefined;
}
