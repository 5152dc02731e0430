// One call of a tool while it is being read: it opens when its name is known, its input is told once, and
// free text that travelled as a function is unpacked when it is whole.
import type { BlockKeeper } from '../../canonical/block-keeper.ts';
import { unwrapInput, unwrapName } from '../../canonical/free-text-tools.ts';
import { asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { hexDigest } from '../../lib/digest.ts';
import { flatName } from './namespaces.ts';

export class ReadCall {
  readonly #keeper: BlockKeeper;
  readonly #key: string;
  readonly #custom: boolean;
  readonly #itemId: () => string;
  #opened = false;
  #wrapped = false;
  /** All of the input so far. */
  #text = '';
  /** How much of it is out. */
  #told = 0;

  constructor(keeper: BlockKeeper, key: string, custom: boolean, itemId: () => string) {
    this.#keeper = keeper;
    this.#key = key;
    this.#custom = custom;
    this.#itemId = itemId;
  }

  named(wire: JsonObject): void {
    const name = asString(wire.name) ?? '';
    if (this.#opened || name === '') return;
    const plain = this.#custom ? undefined : unwrapName(name);
    const namespace = asString(wire.namespace) ?? '';
    this.#opened = true;
    this.#wrapped = plain !== undefined;
    this.#keeper.open(0, this.#key, {
      type: 'tool_call',
      ...this.#ids(wire, name),
      name: namespace === '' ? (plain ?? name) : flatName(namespace, plain ?? name),
      ...(this.#custom || this.#wrapped ? { custom: true } : {}),
    });
    this.#tell();
  }

  #ids(wire: JsonObject, name: string): { readonly id: string; readonly trace?: JsonObject } {
    const item = this.#itemId();
    const call = asString(wire.call_id);
    // Programs of the vendor call tools, too, and want their results back.
    const caller = wire.caller === undefined || wire.caller === null ? {} : { caller: wire.caller };
    if (item === '') return { id: call ?? `call_${hexDigest(`${this.#key}/${name}`).slice(0, 24)}` };
    return { id: call ?? item, trace: { id: item, ...caller } };
  }

  more(words: string): void {
    this.#text += words;
    this.#tell();
  }

  /** The whole input, said at the end. What was said on the way counts, unless it is the beginning only. */
  whole(text: string): void {
    if (text === '' || (this.#text !== '' && !text.startsWith(this.#text))) return;
    this.#text = text;
    this.#tell();
  }

  end(wire: JsonObject): void {
    this.named(wire);
    this.whole(inputText(this.#custom ? wire.input : wire.arguments));
    if (!this.#opened) return;
    if (this.#wrapped) this.#keeper.delta(0, this.#key, unwrapInput(this.#text));
    this.#keeper.close(0, this.#key);
  }

  #tell(): void {
    if (!this.#opened || this.#wrapped) return;
    const rest = this.#text.slice(this.#told);
    this.#told = this.#text.length;
    this.#keeper.delta(0, this.#key, rest);
  }
}

/** Some engines give the arguments as an object instead of its text. */
function inputText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}
