// Turns as steps: results before anything else in theirs and in the order of the calls, a thought in front of the
// call that its signature vouches for, inline system messages folded into the user's turn, since the dialect has a
// place for them at the head only, where they would change the prompt's beginning with every turn.
import type {
  Block,
  Message,
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
} from '../../canonical/blocks.ts';
import { parseInput } from '../../canonical/call-input.ts';
import { wrapInput } from '../../canonical/free-text-tools.ts';
import { calledNames, wireName } from '../../canonical/gemini-names.ts';
import { isAtLeast, since } from '../../canonical/gemini-version.ts';
import { asString, type Json } from '../../canonical/json.ts';
import { resultsInOrder } from '../../canonical/tool-results.ts';
import { encodeItem } from './encode-items.ts';
import { type Encoding, noteExtras, noteLostCache, SIGNATURE, type Wire } from './encoding.ts';
import { VENDOR } from './origin.ts';

const OPENING: Wire = { type: 'user_input', content: [{ type: 'text', text: '.' }] };
/** The vendor's own way to say that a call was not made by it, or that its signature is lost. */
const NO_SIGNATURE = 'skip_thought_signature_validator';

export function encodeInput(messages: readonly Message[], encoding: Encoding): Wire[] {
  const writer = new StepWriter(messages, encoding);
  for (const [at, message] of messages.entries()) writer.write(message, `messages[${at}]`);
  return writer.finish();
}

class StepWriter {
  readonly #encoding: Encoding;
  readonly #steps: Wire[] = [];
  /** Names of the functions that were called, by the ids of the calls. */
  readonly #names: ReadonlyMap<string, string>;
  #attachments = 0;

  constructor(messages: readonly Message[], encoding: Encoding) {
    this.#encoding = encoding;
    this.#names = calledNames(messages);
  }

  write(message: Message, path: string): void {
    if (message.name !== undefined) this.#encoding.ledger.dropped('messages.name');
    if (message.role === 'assistant') this.#model(message.blocks, path);
    else this.#user(message, path);
  }

  finish(): Wire[] {
    const type = this.#steps[0]?.type;
    if (type !== 'user_input' && type !== 'function_result') {
      this.#steps.unshift(OPENING);
      this.#encoding.ledger.approximated(
        'messages',
        'a conversation starts with the user: a "." was put first',
      );
    }
    return this.#steps;
  }

  #user({ role, blocks }: Message, path: string): void {
    const behind: Wire[] = [];
    for (const [at, result] of resultsInOrder(blocks, this.#names.keys())) {
      behind.push(...this.#result(result, `${path}.content[${at}]`));
    }
    for (const item of behind) this.#say('user_input', item);
    const folded = role === 'system';
    for (const [at, block] of blocks.entries()) {
      if (block.type === 'tool_result') continue;
      const item = encodeItem(block, `${path}.content[${at}]`, this.#encoding);
      if (item === undefined) continue;
      if (folded && typeof item.text === 'string') item.text = `<system>\n${item.text}\n</system>`;
      if (folded)
        this.#encoding.ledger.approximated(path, 'an inline system message became part of a user turn');
      this.#say('user_input', item);
    }
  }

  #model(blocks: readonly Block[], path: string): void {
    const turn = new ModelTurn(this.#encoding);
    for (const [at, block] of blocks.entries()) turn.write(block, `${path}.content[${at}]`);
    this.#steps.push(...turn.finish());
  }

  #say(type: 'user_input', item: Wire): void {
    say(this.#steps, type, item);
  }

  /** The result; what it cannot hold has to stand behind all of them. */
  #result(block: ToolResultBlock, path: string): readonly Wire[] {
    const encoding = this.#encoding;
    noteLostCache(block.cache, encoding);
    noteExtras(block.extras, path, encoding);
    const items: Wire[] = [];
    const behind: Wire[] = [];
    for (const [at, inner] of block.content.entries()) {
      const place = `${path}.content[${at}]`;
      const item = encodeItem(inner, place, encoding);
      if (item === undefined) continue;
      if (item.type === 'text' || isAtLeast(encoding.version, since.levels)) items.push(item);
      else {
        behind.push(item);
        this.#attachments += 1;
        items.push({ type: 'text', text: `[attachment ${this.#attachments}: behind the results]` });
        encoding.ledger.approximated(place, 'it stands behind the results, which hold text only');
      }
    }
    const name = this.#names.get(block.callId);
    if (name === undefined)
      encoding.ledger.approximated(path, 'the call it answers is not in the conversation');
    this.#steps.push({
      type: 'function_result',
      call_id: block.callId,
      ...(name === undefined ? {} : { name }),
      result: resultOf(items),
      ...(block.isError === true ? { is_error: true } : {}),
    });
    return behind;
  }
}

/** Words are words; a list holds pictures, too. */
function resultOf(items: readonly Wire[]): Json {
  if (items.some((item) => item.type !== 'text')) return items;
  return items.map((item) => item.text as string).join('\n');
}

/** Neighbouring content of one side is one step. */
function say(steps: Wire[], type: 'user_input' | 'model_output', item: Wire): void {
  const last = steps.at(-1);
  if (last?.type === type) (last.content as Wire[]).push(item);
  else steps.push({ type, content: [item] });
}

/** In the vendor's other dialect texts are signed, too. */
function signatureOn({ extras }: TextBlock): string | undefined {
  return asString(extras?.[SIGNATURE]);
}

/** The steps of one turn of the model. */
class ModelTurn {
  readonly #encoding: Encoding;
  readonly #steps: Wire[] = [];
  readonly #signatures = new Set<string>();
  #calls = 0;

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  write(block: Block, path: string): void {
    if (block.type === 'reasoning') this.#thought(block);
    else if (block.type === 'tool_call') this.#call(block, path);
    else {
      if (block.type === 'text') this.#vouch(signatureOn(block));
      const item = encodeItem(block, path, this.#encoding);
      if (item !== undefined) say(this.#steps, 'model_output', item);
    }
  }

  finish(): readonly Wire[] {
    const unsigned = this.#calls > 0 && this.#signatures.size === 0;
    if (unsigned && isAtLeast(this.#encoding.version, since.levels)) {
      this.#steps.unshift({ type: 'thought', signature: NO_SIGNATURE });
      this.#encoding.ledger.approximated('messages.tool_call', 'a call without its signature');
    }
    return this.#steps;
  }

  /** Thoughts go back to their own vendor with its signature. */
  #thought({ sealed, text }: ReasoningBlock): void {
    if (sealed?.origin === VENDOR) {
      if (this.#signatures.has(sealed.value)) return;
      this.#signatures.add(sealed.value);
      const summary = text === '' ? {} : { summary: [{ type: 'text', text }] };
      this.#steps.push({ type: 'thought', signature: sealed.value, ...summary });
      return;
    }
    const why = sealed === undefined ? 'the upstream takes back only its own' : `sealed by ${sealed.origin}`;
    this.#encoding.ledger.dropped('messages.reasoning', why);
  }

  #call(block: ToolCallBlock, path: string): void {
    const encoding = this.#encoding;
    noteLostCache(block.cache, encoding);
    noteExtras(block.extras, path, encoding);
    this.#vouch(this.#signatureOf(block));
    this.#calls += 1;
    const custom = block.custom === true;
    this.#steps.push({
      type: 'function_call',
      id: block.id,
      name: wireName(block.name, custom),
      arguments: custom
        ? wrapInput(block.input)
        : parseInput(block.input, encoding.ledger, `${path}.arguments`),
    });
  }

  /** Calls and texts have no place for it: it is that of the thought before, which most clients do not bring back. */
  #vouch(signature: string | undefined): void {
    if (signature === undefined || this.#signatures.has(signature)) return;
    const thought = { type: 'thought', signature };
    // A turn begins with its thought, whatever is said between it and what it vouches for.
    if (this.#signatures.size === 0 && this.#calls === 0) this.#steps.unshift(thought);
    else this.#steps.push(thought);
    this.#signatures.add(signature);
  }

  /** The call's own, or what we remember of it. */
  #signatureOf({ sealed, id }: ToolCallBlock): string | undefined {
    const { seals, ledger } = this.#encoding;
    if (sealed?.origin === VENDOR) return sealed.value;
    if (sealed !== undefined) {
      ledger.dropped('messages.tool_call.signature', `sealed by ${sealed.origin}`);
      return undefined;
    }
    const kept = seals?.find(id);
    return kept?.origin === VENDOR ? kept.value : undefined;
  }
}
