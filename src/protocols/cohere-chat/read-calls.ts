// Calls of tools as they come: one after the other or side by side, in pieces or whole. A call without arguments has
// an empty text for them, or the word null: both are the empty object.
import type { BlockKeeper } from '../../canonical/block-keeper.ts';
import { unwrapInput } from '../../canonical/free-text-tools.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { plainName } from '../../canonical/wire-names.ts';
import { hexDigest } from '../../lib/digest.ts';

interface OpenCall {
  readonly key: string;
  readonly id: string;
  /** A free-text tool: its wrapping is taken off when it is whole. */
  readonly custom: boolean;
  /** Arguments that are not out yet. */
  held: string;
  /** Some are out: the rest follows as it comes. */
  flowing: boolean;
}

const NULL = 'null';

export class CallReader {
  /** For calls that come without an id. */
  seed = '';
  readonly #keeper: BlockKeeper;
  readonly #open = new Map<number, OpenCall>();
  #count = 0;

  constructor(keeper: BlockKeeper) {
    this.#keeper = keeper;
  }

  /** Did the model call a tool? */
  get any(): boolean {
    return this.#count > 0;
  }

  /** Returns false for a call that names no tool. */
  start(at: number, wire: JsonObject): boolean {
    const before = this.#open.get(at);
    const stated = asString(wire.id) ?? '';
    const called = asObject(wire.function);
    // Said twice, by a server that repeats itself.
    if (before !== undefined && (stated === '' || before.id === stated)) {
      this.#feed(before, called?.arguments);
      return true;
    }
    if (before !== undefined) this.stop(at);
    const { name, custom } = plainName(asString(called?.name) ?? '');
    if (name === '') return false;
    const id = stated === '' ? `call_${hexDigest(`${this.seed}/${this.#count}`).slice(0, 24)}` : stated;
    const key = `call ${this.#count}`;
    this.#count += 1;
    this.#keeper.open(0, key, { type: 'tool_call', id, name, ...(custom ? { custom } : {}) });
    const call: OpenCall = { key, id, custom, held: '', flowing: false };
    this.#open.set(at, call);
    this.#feed(call, called?.arguments);
    return true;
  }

  delta(at: number, wire: JsonObject): void {
    const call = this.#open.get(at);
    if (call !== undefined) this.#feed(call, asObject(wire.function)?.arguments);
  }

  stop(at: number): void {
    const call = this.#open.get(at);
    if (call === undefined) return;
    this.#open.delete(at);
    const { key, held, custom, flowing } = call;
    if (!flowing) {
      const input = isNothing(held) ? '{}' : held;
      this.#keeper.delta(0, key, custom ? unwrapInput(input) : input);
    }
    this.#keeper.close(0, key);
  }

  /** Whatever was left open is whole now. */
  end(): void {
    for (const at of [...this.#open.keys()]) this.stop(at);
  }

  /** Some servers give the object instead of its text. */
  #feed(call: OpenCall, input: Json | undefined): void {
    if (input === undefined || input === null) return;
    const text = typeof input === 'string' ? input : JSON.stringify(input);
    if (call.flowing) {
      this.#keeper.delta(0, call.key, text);
      return;
    }
    call.held += text;
    if (call.custom || NULL.startsWith(call.held.trim())) return;
    call.flowing = true;
    this.#keeper.delta(0, call.key, call.held);
    call.held = '';
  }
}

function isNothing(text: string): boolean {
  const said = text.trim();
  return said === '' || said === NULL;
}
