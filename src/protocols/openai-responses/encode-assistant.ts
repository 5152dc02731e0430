// One turn of the assistant to items: messages, reasoning, calls, and what only this dialect knows.
import type { Block, RawBlock, RefusalBlock, TextBlock, ToolCallBlock } from '../../canonical/blocks.ts';
import { wireCallId } from '../../canonical/call-ids.ts';
import type { CallContent, Namespace } from '../../canonical/content.ts';
import { wrapInput, wrapName } from '../../canonical/free-text-tools.ts';
import { asArray, asObject, asString, type JsonObject } from '../../canonical/json.ts';
import { noteLostCache } from '../../canonical/media-fields.ts';
import { ownExtras, refused, type Scribe } from '../../canonical/scribe.ts';
import { toolName } from '../../canonical/tool-names.ts';
import { encodeReasoningBlock } from './encode-thoughts.ts';
import { pointers, WHOLE } from './item-kinds.ts';
import { namespacesOf } from './namespaces.ts';
import { DIALECT } from './origin.ts';

/** Letters in the id of a call. */
export const MOST_CALL_ID = 64;

type Spoken = TextBlock | RefusalBlock | RawBlock;

export class AssistantWriter {
  /** Ids of calls of free-text tools: their results have a type of their own. */
  readonly custom = new Set<string>();
  readonly #scribe: Scribe;
  readonly #namespaces: ReadonlyMap<string, Namespace>;
  readonly #unstored: boolean;

  constructor(scribe: Scribe, content: CallContent) {
    this.#scribe = scribe;
    this.#namespaces = namespacesOf(content.tools);
    this.#unstored = !scribe.native || content.trace?.store === false;
  }

  write(blocks: readonly Block[], path: string): JsonObject[] {
    const items: JsonObject[] = [];
    let spoken: Spoken[] = [];
    for (const [at, block] of blocks.entries()) {
      const together = isSpoken(block) && traceOf(spoken[0])?.item === traceOf(block)?.item;
      if (!together && spoken.length > 0) {
        items.push(this.#said(spoken, path));
        spoken = [];
      }
      if (isSpoken(block)) spoken.push(block);
      else {
        const item = this.#done(block, `${path}.content[${at}]`);
        if (item !== undefined) items.push(item);
      }
    }
    if (spoken.length > 0) items.push(this.#said(spoken, path));
    return items;
  }

  /** What the assistant did between its words. */
  #done(block: Exclude<Block, TextBlock | RefusalBlock>, path: string): JsonObject | undefined {
    switch (block.type) {
      case 'reasoning':
        return encodeReasoningBlock(block, path, this.#unstored, this.#scribe);
      case 'tool_call':
        return this.#call(block, path);
      case 'raw':
        if (itemOf(block) === undefined) {
          this.#scribe.ledger.dropped(path, `only ${block.origin} understands it`);
        }
        return itemOf(block);
      default:
        throw refused(path, `a block of type ${block.type} in an assistant turn`, 'Move it to a user turn.');
    }
  }

  /** The short form, which all servers take, unless there is more to say. */
  #said(blocks: readonly Spoken[], path: string): JsonObject {
    const own = this.#scribe.native ? traceOf(blocks[0]) : undefined;
    const { item: _, logprobs: __, ...trace } = own ?? {};
    const parts = blocks.map((block, at) => this.#part(block, `${path}.content[${at}]`));
    const [first] = parts;
    const short = parts.length === 1 && first?.type === 'output_text' && isBareText(first);
    if (short && Object.keys(trace).length === 0) {
      return { type: 'message', role: 'assistant', content: first.text };
    }
    return { type: 'message', role: 'assistant', content: parts, ...trace };
  }

  #part(block: Spoken, path: string): JsonObject {
    if (block.type === 'raw') return asObject(block.value) ?? {};
    if (block.type === 'refusal') return { type: 'refusal', refusal: block.text };
    noteLostCache(block.cache, this.#scribe);
    const logprobs = this.#scribe.native ? asArray(block.trace?.logprobs) : undefined;
    return {
      type: 'output_text',
      text: block.text,
      annotations: [],
      ...ownExtras(block.extras, path, this.#scribe),
      ...(logprobs === undefined ? {} : { logprobs }),
    };
  }

  #call(block: ToolCallBlock, path: string): JsonObject {
    const { ledger, native, quirks } = this.#scribe;
    noteLostCache(block.cache, this.#scribe);
    if (block.sealed !== undefined) {
      ledger.dropped('tool_calls.signature', `sealed by ${block.sealed.origin}`);
    }
    const trace = (native ? block.trace : undefined) ?? {};
    const whole = asObject(trace[WHOLE]);
    if (whole !== undefined) return whole;
    const { name: _, namespace: __, ...rest } = trace;
    const own = { ...rest, ...ownExtras(block.extras, path, this.#scribe) };
    const call_id = wireCallId(block.id, quirks, MOST_CALL_ID);
    if (block.custom !== true) {
      const place = quirks.customTools === false ? this.#flat(block, path) : this.#placeOf(block);
      return { type: 'function_call', call_id, ...place, arguments: block.input, ...own };
    }
    if (quirks.customTools !== false) {
      this.custom.add(block.id);
      return { type: 'custom_tool_call', call_id, ...this.#placeOf(block), input: block.input, ...own };
    }
    ledger.mapped(path, 'a free-text tool goes as a function');
    const input = JSON.stringify(wrapInput(block.input));
    return { type: 'function_call', call_id, name: wrapName(block.name), arguments: input };
  }

  #flat(block: ToolCallBlock, path: string): JsonObject {
    return { name: toolName(block.name, path, this.#scribe.quirks) };
  }

  /** Where its own dialect has the tool: in the trace of the call, or, as said now, among the tools. */
  #placeOf(block: ToolCallBlock): JsonObject {
    const { name, namespace } = (this.#scribe.native ? block.trace : undefined) ?? {};
    if (typeof name === 'string' && typeof namespace === 'string') return { name, namespace };
    const found = this.#namespaces.get(block.name);
    return found === undefined ? { name: block.name } : { name: found.tool, namespace: found.name };
  }
}

/** Words, or a part of a message that only this dialect knows. */
function isSpoken(block: Block): block is Spoken {
  if (block.type === 'raw') return block.origin === DIALECT && itemOf(block) === undefined;
  return block.type === 'text' || block.type === 'refusal';
}

/** A whole item, kept as it came. */
export function itemOf(block: Block): JsonObject | undefined {
  if (block.type !== 'raw' || block.origin !== DIALECT) return undefined;
  const value = asObject(block.value);
  return block.spare === true || pointers.has(asString(value?.type) ?? '') ? value : undefined;
}

export function traceOf(block: Block | undefined): JsonObject | undefined {
  return block !== undefined && 'trace' in block ? block.trace : undefined;
}

function isBareText(part: JsonObject): boolean {
  return Object.keys(part).length === 3 && asArray(part.annotations)?.length === 0;
}
