// One assistant turn to one Chat message: text, reasoning, refusal and calls each have their field.
import type { Block, ReasoningBlock, ToolCallBlock } from '../../canonical/blocks.ts';
import { wireCallId } from '../../canonical/call-ids.ts';
import { wrapInput, wrapName } from '../../canonical/free-text-tools.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { noteLostCache } from '../../canonical/media-fields.ts';
import { ownExtras, refused, restored, type Scribe } from '../../canonical/scribe.ts';
import { toolName } from '../../canonical/tool-names.ts';
import { encodePart, MOST_CALL_ID } from './encode-parts.ts';
import { origin } from './reply-parts.ts';

export function encodeAssistant(blocks: readonly Block[], path: string, scribe: Scribe): JsonObject {
  const message = new AssistantMessage(scribe);
  for (const [at, block] of blocks.entries()) message.add(block, `${path}.content[${at}]`);
  return message.encode();
}

class AssistantMessage {
  readonly #scribe: Scribe;
  readonly #calls: JsonObject[] = [];
  readonly #thinkingBlocks: JsonObject[] = [];
  readonly #texts: JsonObject[] = [];
  #refusal = '';
  #reasoning = '';
  #raw: JsonObject = {};

  constructor(scribe: Scribe) {
    this.#scribe = scribe;
  }

  add(block: Block, path: string): void {
    switch (block.type) {
      case 'text':
        this.#texts.push(encodePart(block, path, this.#scribe) ?? {});
        break;
      case 'refusal':
        this.#refusal += block.text;
        break;
      case 'reasoning':
        this.#think(block, path);
        break;
      case 'tool_call':
        this.#calls.push(this.#call(block, path));
        break;
      case 'raw':
        if (block.origin === origin) this.#raw = { ...this.#raw, ...(block.value as JsonObject) };
        else this.#scribe.ledger.dropped(path, `only ${block.origin} understands it`);
        break;
      default:
        throw refused(path, `a block of type ${block.type} in an assistant turn`, 'Move it to a user turn.');
    }
  }

  encode(): JsonObject {
    const content = assistantContent(this.#texts);
    const silent = content === '' && (this.#calls.length > 0 || this.#refusal !== '');
    const field = this.#reasoningField();
    const owed = this.#scribe.quirks.reasoningOnCalls === true && this.#calls.length > 0;
    return {
      role: 'assistant',
      content: silent ? null : content,
      ...(this.#refusal === '' ? {} : { refusal: this.#refusal }),
      ...(field === undefined || (this.#reasoning === '' && !owed) ? {} : { [field]: this.#reasoning }),
      ...(this.#thinkingBlocks.length === 0 ? {} : { thinking_blocks: this.#thinkingBlocks }),
      ...(this.#calls.length === 0 ? {} : { tool_calls: this.#calls }),
      ...this.#raw,
    };
  }

  #reasoningField(): string | undefined {
    const { reasoningField } = this.#scribe.quirks;
    return reasoningField === 'none' ? undefined : reasoningField;
  }

  /** Sealed parts go back to their origin only, plain words wherever there is a field for them. */
  #think(block: ReasoningBlock, path: string): void {
    const { ledger, quirks } = this.#scribe;
    const { sealed } = block;
    if (sealed?.origin === 'anthropic' && quirks.sealedOrigin === 'anthropic') {
      this.#thinkingBlocks.push(thinkingBlock(block, sealed.value));
    } else if (sealed !== undefined) {
      ledger.dropped(block.redacted === true ? 'thinking.redacted' : 'thinking.signature');
    }
    if (block.redacted === true || block.text === '') return;
    if (this.#reasoningField() === undefined)
      ledger.dropped(path, 'reasoning is not sent back to this upstream');
    else this.#reasoning += block.text;
  }

  #call(block: ToolCallBlock, path: string): JsonObject {
    const { ledger, quirks } = this.#scribe;
    const id = wireCallId(block.id, quirks, MOST_CALL_ID);
    noteLostCache(block.cache, this.#scribe);
    const more = { ...ownExtras(block.extras, path, this.#scribe), ...this.#signature(block) };
    if (block.custom !== true) {
      const called = { name: toolName(block.name, path, quirks), arguments: block.input };
      return restored({ id, type: 'function', function: called }, more);
    }
    if (quirks.customTools !== false) {
      return restored({ id, type: 'custom', custom: { name: block.name, input: block.input } }, more);
    }
    ledger.mapped(path, 'a custom tool goes as a function');
    const wrapped: Json = { name: wrapName(block.name), arguments: JSON.stringify(wrapInput(block.input)) };
    return restored({ id, type: 'function', function: wrapped }, more);
  }

  #signature(block: ToolCallBlock): JsonObject {
    if (block.sealed === undefined) return {};
    const { ledger, quirks } = this.#scribe;
    if (block.sealed.origin === 'google' && quirks.sealedOrigin === 'google') {
      return { extra_content: { google: { thought_signature: block.sealed.value } } };
    }
    ledger.dropped('tool_calls.signature');
    return {};
  }
}

/** One string, unless a part carries more than text: a cache breakpoint, fields of its own dialect. */
function assistantContent(parts: readonly JsonObject[]): Json {
  const plain = parts.every((part) => Object.keys(part).length === 2);
  return plain ? parts.map((part) => part.text).join('') : parts;
}

function thinkingBlock(block: ReasoningBlock, sealed: string): JsonObject {
  return block.redacted === true
    ? { type: 'redacted_thinking', data: sealed }
    : { type: 'thinking', thinking: block.text, signature: sealed };
}
