// Parts of one candidate to blocks. Text comes in pieces, calls come whole or with their arguments in pieces,
// and a signature may come behind everything, on a part without text.
import type { BlockKeeper } from '../../canonical/block-keeper.ts';
import type { GatewayError } from '../../canonical/errors.ts';
import { unwrapInput } from '../../canonical/free-text-tools.ts';
import { plainName } from '../../canonical/gemini-names.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { BlockHead } from '../../canonical/reply.ts';
import { garbled } from '../../canonical/watchers.ts';
import { hexDigest } from '../../lib/digest.ts';
import { DIALECT, VENDOR } from './origin.ts';
import { PartialArgs } from './partial-args.ts';

const text: BlockHead = { type: 'text' };
const reasoning: BlockHead = { type: 'reasoning' };
const ID_DIGITS = 24;

/** A call whose arguments are still coming. */
interface OpenCall {
  readonly name: string;
  readonly id: string;
  readonly args: PartialArgs;
  signature: string | undefined;
}

export class PartReader {
  readonly #keeper: BlockKeeper;
  readonly #choice: number;
  /** What ids that we make are made of, besides the call. */
  readonly #seed: () => string;
  readonly #ids = new Set<string>();
  #blocks = 0;
  #prose: { readonly key: string; readonly head: BlockHead; signed: boolean } | undefined = undefined;
  #call: OpenCall | undefined = undefined;
  #fault: GatewayError | undefined = undefined;

  constructor(keeper: BlockKeeper, choice: number, seed: () => string) {
    this.#keeper = keeper;
    this.#choice = choice;
    this.#seed = seed;
  }

  /** Has anything been called? */
  get calls(): boolean {
    return this.#ids.size > 0;
  }

  /** Anything but empty text. */
  get spoken(): boolean {
    return this.#blocks > 0;
  }

  /** Why the answer cannot be what the upstream meant. */
  get fault(): GatewayError | undefined {
    return this.#fault;
  }

  read(part: JsonObject): void {
    const call = asObject(part.functionCall);
    if (call !== undefined) this.#readCall(call, asString(part.thoughtSignature));
    else if (typeof part.text === 'string') this.#readText(part, part.text);
    else if (isSignatureOnly(part)) this.#readText(part, '');
    else this.#raw(part);
  }

  /** To be called before the blocks of the choice are closed. */
  finish(): void {
    this.#endCall();
  }

  /** The text that notes about the whole answer may stand behind. */
  openText(): string {
    return this.#prose?.head === text ? this.#prose.key : this.#open(text);
  }

  #readText(part: JsonObject, words: string): void {
    const head = part.thought === true ? reasoning : text;
    const signature = asString(part.thoughtSignature);
    if (words !== '') {
      this.#endCall();
      this.#keeper.delta(this.#choice, this.#proseOf(head), words);
    }
    if (signature !== undefined && signature !== '') this.#sign(signature, head);
  }

  /** A signature without words is a block too: the model wants it back. */
  #sign(signature: string, head: BlockHead): void {
    this.#endCall();
    this.#keeper.seal(this.#choice, this.#proseOf(head), { origin: VENDOR, value: signature });
    if (this.#prose !== undefined) this.#prose.signed = true;
  }

  /** The block that such words go on in; behind a signature a new one begins. */
  #proseOf(head: BlockHead): string {
    const open = this.#prose;
    if (open !== undefined && open.head === head && !open.signed) return open.key;
    const key = this.#open(head);
    this.#prose = { key, head, signed: false };
    return key;
  }

  #readCall(wire: JsonObject, signature: string | undefined): void {
    const name = asString(wire.name) ?? '';
    if (name !== '') this.#beginCall(name, asString(wire.id) ?? '');
    const call = this.#call;
    // The empty call that ends one whose arguments were streamed.
    if (call === undefined) return;
    call.args.merge(wire.args);
    call.args.add(wire.partialArgs);
    const { lost } = call.args;
    if (lost !== undefined) {
      // Nobody shall act on what is left of it.
      this.#call = undefined;
      this.#fault ??= garbled(`a piece of a call has no place in it (${lost.slice(0, 80)})`);
      return;
    }
    call.signature ??= signature;
    if (wire.willContinue !== true) this.#endCall();
  }

  #beginCall(name: string, id: string): void {
    const call = this.#call;
    // Every piece of a call may name it again.
    if (call !== undefined && call.name === name && (id === '' || call.id === id)) return;
    this.#endCall();
    this.#call = { name, id, args: new PartialArgs(), signature: undefined };
  }

  #endCall(): void {
    const call = this.#call;
    if (call === undefined) return;
    this.#call = undefined;
    const { name, custom } = plainName(call.name);
    const args = call.args.toString();
    const id = this.#idOf(call, args);
    this.#ids.add(id);
    const key = this.#open({ type: 'tool_call', id, name, ...(custom ? { custom } : {}) });
    this.#keeper.delta(this.#choice, key, custom ? unwrapInput(args) : args);
    if (call.signature !== undefined && call.signature !== '') {
      this.#keeper.seal(this.#choice, key, { origin: VENDOR, value: call.signature });
    }
    this.#keeper.close(this.#choice, key);
  }

  /** Its own unless there is none, or another call of the reply has it already. */
  #idOf(call: OpenCall, args: string): string {
    if (call.id !== '' && !this.#ids.has(call.id)) return call.id;
    const what = `${this.#seed()}/${this.#choice}/${this.#ids.size}/${call.name}/${args}`;
    return `call_${hexDigest(what).slice(0, ID_DIGITS)}`;
  }

  /** Pictures, code and its results: for callers of the same dialect. */
  #raw(value: Json): void {
    this.#endCall();
    this.#keeper.close(this.#choice, this.#open({ type: 'raw', origin: DIALECT, value }));
  }

  #open(head: BlockHead): string {
    const key = `${this.#blocks}`;
    this.#blocks += 1;
    this.#prose = undefined;
    this.#keeper.open(this.#choice, key, head);
    return key;
  }
}

function isSignatureOnly(part: JsonObject): boolean {
  return Object.keys(part).every((name) => name === 'thoughtSignature' || name === 'thought');
}
