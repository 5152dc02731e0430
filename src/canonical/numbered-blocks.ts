// Blocks of a reply in dialects that number them on the wire: prose goes into the one open block of its kind, calls
// gather until they end. The keeper makes serial what overlaps.
import { BlockKeeper } from './block-keeper.ts';
import type { Sealed } from './blocks.ts';
import { unwrapInput } from './free-text-tools.ts';
import type { Json, JsonObject } from './json.ts';
import type { BlockHead, Emit } from './reply.ts';
import { plainName } from './wire-names.ts';

export type ProseType = 'text' | 'reasoning';

/** The one block that text goes into: opening any other block ends it. */
interface Prose {
  readonly at: number;
  readonly type: ProseType;
  readonly key: string;
}

export interface CallStart {
  readonly id: string;
  /** As it stands on the wire. */
  readonly name: string;
  readonly extras: JsonObject | undefined;
  /** Arguments that came with the start; only they count when no delta follows. */
  readonly given: JsonObject;
}

interface OpenCall {
  readonly key: string;
  readonly id: string;
  /** A free-text tool: its wrapping is taken off when it is whole. */
  readonly custom: boolean;
  readonly given: JsonObject;
  wrapped: string;
  said: boolean;
}

export class NumberedBlocks {
  readonly #keeper: BlockKeeper;
  readonly #calls = new Map<number, OpenCall>();
  #prose: Prose | undefined = undefined;
  #opened = 0;
  #called = false;

  constructor(emit: Emit) {
    this.#keeper = new BlockKeeper(emit);
  }

  /** How many were opened so far. */
  get opened(): number {
    return this.#opened;
  }

  /** Did the model call one of the caller's tools? */
  get called(): boolean {
    return this.#called;
  }

  hasProse(at: number, type: ProseType): boolean {
    return this.#prose?.at === at && this.#prose.type === type;
  }

  /** Some upstreams start the open block again with every token. */
  startProse(at: number, type: ProseType): void {
    if (this.hasProse(at, type)) return;
    this.#finishCall(at);
    this.#proseAt(at, type);
  }

  /** Text for a block; one of the right type is opened if the open one is of another. */
  say(at: number, type: ProseType, text: string): void {
    if (text === '') return;
    let prose = this.#prose;
    if (prose === undefined || prose.at !== at || prose.type !== type) prose = this.#openProse(at, type);
    this.#keeper.delta(0, prose.key, text);
  }

  sign(at: number, sealed: Sealed): void {
    if (sealed.value !== '') this.#keeper.seal(0, this.#proseAt(at, 'reasoning').key, sealed);
  }

  annotate(at: number, value: Json, origin: string): void {
    this.#keeper.annotate(0, this.#proseAt(at, 'text').key, value, origin);
  }

  /** A block that is all said as it opens. */
  whole(head: BlockHead): void {
    this.#keeper.close(0, this.#open(head));
  }

  /** The same call started again is still the same. */
  startCall(at: number, { id, name: wireName, extras, given }: CallStart): void {
    if (this.#calls.get(at)?.id === id) return;
    this.#finishCall(at);
    const { name, custom } = plainName(wireName);
    const key = this.#open({
      type: 'tool_call',
      id,
      name,
      ...(custom ? { custom } : {}),
      ...(extras === undefined ? {} : { extras }),
    });
    this.#calls.set(at, { key, id, custom, given, wrapped: '', said: false });
    this.#called = true;
  }

  /** A piece of the arguments of the call that is open there. */
  input(at: number, json: string): void {
    const call = this.#calls.get(at);
    if (call === undefined || json === '') return;
    call.said = true;
    if (call.custom) call.wrapped += json;
    else this.#keeper.delta(0, call.key, json);
  }

  stop(at: number): void {
    if (this.#prose?.at === at) {
      this.#keeper.close(0, this.#prose.key);
      this.#prose = undefined;
    }
    this.#finishCall(at);
  }

  /** Calls that were left open are whole now. */
  endCalls(): void {
    for (const at of this.#calls.keys()) this.#finishCall(at);
  }

  /** All blocks are whole now; to be called before the finish. */
  end(): void {
    this.endCalls();
    this.#keeper.closeAll(0);
  }

  /** Returns the block's key. */
  #open(head: BlockHead): string {
    const key = String(this.#opened);
    this.#opened += 1;
    this.#prose = undefined;
    this.#keeper.open(0, key, head);
    return key;
  }

  #proseAt(at: number, type: ProseType): Prose {
    const prose = this.#prose;
    return prose?.at === at && prose.type === type ? prose : this.#openProse(at, type);
  }

  #openProse(at: number, type: ProseType): Prose {
    const opened = { at, type, key: this.#open({ type }) };
    this.#prose = opened;
    return opened;
  }

  #finishCall(at: number): void {
    const call = this.#calls.get(at);
    if (call === undefined) return;
    this.#calls.delete(at);
    const given = JSON.stringify(call.given);
    if (call.custom) this.#keeper.delta(0, call.key, unwrapInput(call.said ? call.wrapped : given));
    else if (!call.said) this.#keeper.delta(0, call.key, given);
    this.#keeper.close(0, call.key);
  }
}
