// Which tool call a delta belongs to. Engines leave out or repeat ids, names and indexes; a call here
// is one thing from its first delta to its last, with one id and one name that are never concatenated.
import type { BlockKeeper } from '../../canonical/block-keeper.ts';
import type { Sealed } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { unwrapInput, unwrapName } from '../../canonical/free-text-tools.ts';
import { asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { isCompleteObject } from '../../lib/complete-object.ts';
import { hexDigest } from '../../lib/digest.ts';

/** One entry of `delta.tool_calls`, with nothing assumed. */
interface Entry {
  readonly index: number | undefined;
  readonly id: string;
  readonly name: string;
  readonly input: string;
  readonly custom: boolean;
  readonly sealed: Sealed | undefined;
}

interface Call {
  readonly key: string;
  readonly index: number | undefined;
  readonly id: string;
  readonly idMade: boolean;
  /** As the wire spells it; '' until it has been sent. */
  wireName: string;
  /** A custom tool in a function's clothes: its input comes out whole, at the end. */
  wrapped: boolean;
  /** Input that waits: for the name, or, when wrapped, for the end. */
  waiting: string;
  sealed: Sealed | undefined;
}

export class CallReader {
  readonly #keeper: BlockKeeper;
  readonly #seed: () => string;
  readonly #calls = new Map<number, Call[]>();

  /** `seed` makes synthesised ids differ between replies. */
  constructor(keeper: BlockKeeper, seed: () => string) {
    this.#keeper = keeper;
    this.#seed = seed;
  }

  any(choice: number): boolean {
    return (this.#calls.get(choice)?.length ?? 0) > 0;
  }

  read(choice: number, value: Json): void {
    const wire = asObject(value);
    if (wire === undefined) return;
    const entry = readEntry(wire);
    const call = this.#find(choice, entry) ?? this.#create(choice, entry);
    if (call.wireName === '' && entry.name !== '') this.#open(choice, call, entry);
    if (entry.sealed !== undefined) this.#seal(choice, call, entry.sealed);
    if (call.wireName === '' || call.wrapped) call.waiting += entry.input;
    else this.#keeper.delta(choice, call.key, entry.input);
  }

  /** To be called before a choice's blocks are closed. */
  finish(choice: number): GatewayError | undefined {
    for (const call of this.#calls.get(choice) ?? []) {
      if (call.wireName === '') {
        return new GatewayError('upstream_garbled', 'The upstream sent a tool call without a name.');
      }
      if (call.wrapped) this.#keeper.delta(choice, call.key, unwrapInput(call.waiting));
    }
    return undefined;
  }

  #find(choice: number, entry: Entry): Call | undefined {
    const calls = this.#calls.get(choice) ?? [];
    const same = entry.id === '' ? undefined : calls.find((call) => call.id === entry.id);
    if (same !== undefined && !isElsewhere(same, entry)) return same;
    const candidate = findLast(calls, (call) => entry.index === undefined || call.index === entry.index);
    if (same !== undefined) return candidate ?? (entry.name === '' ? same : undefined);
    return candidate !== undefined && this.#continues(choice, candidate, entry) ? candidate : undefined;
  }

  #continues(choice: number, call: Call, entry: Entry): boolean {
    if (entry.name === '') return true;
    if (entry.id !== '' && !call.idMade) return false;
    return !this.#restarts(choice, call, entry);
  }

  /** A named entry without an id of its own: the next call, or the same one named again? */
  #restarts(choice: number, call: Call, entry: Entry): boolean {
    if (call.wireName !== '' && call.wireName !== entry.name) return true;
    return this.#isWhole(choice, call) && (entry.index === undefined || entry.input !== '');
  }

  #isWhole(choice: number, call: Call): boolean {
    if (call.wireName === '') return false;
    const text = call.wrapped ? call.waiting : this.#keeper.textOf(choice, call.key);
    return !this.#keeper.has(choice, call.key) || isCompleteObject(text);
  }

  #create(choice: number, entry: Entry): Call {
    const calls = this.#calls.get(choice) ?? [];
    const taken = calls.some((call) => call.id === entry.id);
    const call: Call = {
      key: `call:${calls.length}`,
      index: entry.index,
      id: entry.id === '' || taken ? this.#makeId(choice, calls.length) : entry.id,
      idMade: entry.id === '' || taken,
      wireName: '',
      wrapped: false,
      waiting: '',
      sealed: undefined,
    };
    calls.push(call);
    this.#calls.set(choice, calls);
    return call;
  }

  #open(choice: number, call: Call, entry: Entry): void {
    const unwrapped = entry.custom ? undefined : unwrapName(entry.name);
    call.wireName = entry.name;
    call.wrapped = unwrapped !== undefined;
    this.#keeper.open(choice, call.key, {
      type: 'tool_call',
      id: call.id,
      name: unwrapped ?? entry.name,
      ...(entry.custom || call.wrapped ? { custom: true } : {}),
    });
    if (call.sealed !== undefined) this.#keeper.seal(choice, call.key, call.sealed);
    if (call.wrapped) return;
    this.#keeper.delta(choice, call.key, call.waiting);
    call.waiting = '';
  }

  #seal(choice: number, call: Call, sealed: Sealed): void {
    call.sealed = sealed;
    this.#keeper.seal(choice, call.key, sealed);
  }

  #makeId(choice: number, position: number): string {
    return `call_${hexDigest(`${this.#seed()}/${choice}/${position}`).slice(0, 24)}`;
  }
}

/** Some engines give parallel calls one id but count them properly. */
function isElsewhere(call: Call, entry: Entry): boolean {
  return entry.index !== undefined && call.index !== undefined && call.index !== entry.index;
}

function readEntry(wire: JsonObject): Entry {
  const custom = asObject(wire.custom);
  const called = custom ?? asObject(wire.function);
  return {
    index: asNumber(wire.index),
    id: asString(wire.id) ?? '',
    name: asString(called?.name) ?? '',
    input: inputText(custom === undefined ? called?.arguments : called?.input),
    custom: custom !== undefined || wire.type === 'custom',
    sealed: readThoughtSignature(wire),
  };
}

/** Ollama and friends give the arguments as an object instead of its text. */
export function inputText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** Google's place for the signature of a call, on its OpenAI route and in history sent back to us. */
export function readThoughtSignature(wire: JsonObject): Sealed | undefined {
  const signature = asString(asObject(asObject(wire.extra_content)?.google)?.thought_signature);
  return signature === undefined ? undefined : { origin: 'google', value: signature };
}

function findLast(calls: readonly Call[], fits: (call: Call) => boolean): Call | undefined {
  for (let at = calls.length - 1; at >= 0; at -= 1) {
    const call = calls[at];
    if (call !== undefined && fits(call)) return call;
  }
  return undefined;
}
