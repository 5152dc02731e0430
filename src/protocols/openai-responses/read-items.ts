// The items of a reply as upstreams really send them: deltas before their item, ids that change from event to
// event, texts and arguments that come with the end only. Nothing said is lost, nothing is said twice.
import { BlockKeeper } from '../../canonical/block-keeper.ts';
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { BlockHead, Emit } from '../../canonical/reply.ts';
import { joinedTexts } from './decode-parts.ts';
import { DIALECT, VENDOR } from './origin.ts';
import { ReadCall } from './read-call.ts';

/** A part of a message. */
interface Part {
  readonly key: string;
  said: boolean;
  notes: number;
}

export interface Item {
  readonly key: string;
  type: string;
  id: string;
  phase: Json | undefined;
  readonly parts: Map<string, Part>;
  /** Of reasoning: which of its two texts is being told, and how far. */
  telling: 'summary' | 'content' | undefined;
  part: number;
  call: ReadCall | undefined;
  ended: boolean;
}

/** Where an event belongs, as far as it says so. */
export interface Place {
  readonly itemId: string;
  readonly output: number | undefined;
}

export function placeOf(event: JsonObject): Place {
  return { itemId: asString(event.item_id) ?? '', output: asNumber(event.output_index) };
}

export class ItemReader {
  /** Did the model call one of the caller's tools? */
  called = false;
  refusal = '';
  readonly #keeper: BlockKeeper;
  readonly #items: Item[] = [];
  readonly #byId = new Map<string, Item>();
  readonly #byOutput = new Map<number, Item>();
  readonly #calls = new Set<string>();

  constructor(emit: Emit) {
    this.#keeper = new BlockKeeper(emit);
  }

  added(output: number | undefined, wire: JsonObject): Item {
    const type = asString(wire.type) ?? '';
    const id = asString(wire.id) ?? '';
    const before = output === undefined ? undefined : this.#byOutput.get(output);
    // Its deltas may have come first.
    const early = before !== undefined && !before.ended && before.type === type;
    const item = early ? before : this.#create(type, output);
    if (!early || item.id === '') item.id = id;
    item.phase = wire.phase ?? undefined;
    if (id !== '') this.#byId.set(id, item);
    if (isCall(wire)) {
      this.#callOf(item).named(wire);
      this.#calls.add(asString(wire.call_id) ?? '');
    }
    return item;
  }

  text(place: Place, index: number, kind: 'text' | 'refusal', words: string): void {
    if (words === '') return;
    const item = this.#at(place, 'message');
    if (item.ended) return;
    const part = this.#part(item, index, kind);
    part.said = true;
    if (kind === 'refusal') this.refusal += words;
    this.#keeper.delta(0, part.key, words);
  }

  /** The whole text of a part, for upstreams that sent no deltas of it. */
  wholeText(place: Place, index: number, kind: 'text' | 'refusal', words: string): void {
    const item = this.#at(place, 'message');
    if (item.parts.get(`${kind}:${index}`)?.said !== true) this.text(place, index, kind, words);
  }

  note(place: Place, index: number, value: Json | undefined): void {
    if (value === undefined || value === null) return;
    const part = this.#part(this.#at(place, 'message'), index, 'text');
    part.notes += 1;
    this.#keeper.annotate(0, part.key, value, DIALECT);
  }

  think(place: Place, kind: 'summary' | 'content', index: number, words: string): void {
    const item = this.#at(place, 'reasoning');
    if (!item.ended) this.#think(item, kind, index, words);
  }

  input(place: Place, type: string, words: string): void {
    this.#callOf(this.#at(place, type)).more(words);
  }

  wholeInput(place: Place, type: string, words: string): void {
    this.#callOf(this.#at(place, type)).whole(words);
  }

  done(output: number | undefined, wire: JsonObject): void {
    const id = asString(wire.id) ?? '';
    const type = asString(wire.type) ?? '';
    const found = this.#find({ itemId: id, output });
    const same = found !== undefined && found.type === type;
    // Said once more.
    if (same && found.ended && found.id === id) return;
    const item = same && !found.ended ? found : this.added(output, wire);
    item.phase ??= wire.phase ?? undefined;
    switch (type) {
      case 'message':
        this.#endMessage(item, output, wire);
        break;
      case 'reasoning':
        this.#endReasoning(item, wire);
        break;
      case 'function_call':
      case 'custom_tool_call':
        this.#callOf(item).end(wire);
        break;
      default:
        this.#keeper.open(0, item.key, { type: 'raw', origin: DIALECT, value: wire });
        this.#keeper.close(0, item.key);
    }
    item.ended = true;
  }

  /** The final output: whatever of it was never told on the way. Its ids may be new, so calls go by theirs. */
  rest(output: readonly Json[]): void {
    const told = this.#items.length;
    for (const [at, value] of output.entries()) {
      const wire = asObject(value) ?? {};
      const found = this.#find({ itemId: asString(wire.id) ?? '', output: at });
      const open = found !== undefined && !found.ended && found.type === wire.type;
      const untold = isCall(wire) && !this.#calls.has(asString(wire.call_id) ?? '');
      if (open || untold || at >= told) this.done(at, wire);
    }
  }

  end(): void {
    for (const item of this.#items) if (!item.ended) item.call?.end({});
    this.#keeper.closeAll(0);
  }

  #endMessage(item: Item, output: number | undefined, wire: JsonObject): void {
    const place = { itemId: item.id, output };
    for (const [at, value] of (asArray(wire.content) ?? []).entries()) {
      const part = asObject(value) ?? {};
      if (part.type === 'refusal') this.wholeText(place, at, 'refusal', asString(part.refusal) ?? '');
      else this.wholeText(place, at, 'text', asString(part.text) ?? '');
      const told = item.parts.get(`text:${at}`)?.notes ?? 0;
      for (const annotation of (asArray(part.annotations) ?? []).slice(told))
        this.note(place, at, annotation);
    }
    for (const part of item.parts.values()) this.#keeper.close(0, part.key);
  }

  #think(item: Item, kind: 'summary' | 'content', index: number, words: string): void {
    if (words === '') return;
    if (item.telling === undefined) {
      item.telling = kind;
      item.part = index;
      this.#keeper.open(0, item.key, thoughtHead(item));
    }
    // Both tell the same thoughts.
    if (item.telling !== kind) return;
    const joint = item.part === index ? '' : '\n\n';
    item.part = index;
    this.#keeper.delta(0, item.key, joint + words);
  }

  #endReasoning(item: Item, wire: JsonObject): void {
    const encrypted = asString(wire.encrypted_content) ?? '';
    const sealed = encrypted === '' ? undefined : { origin: VENDOR, value: encrypted };
    if (item.telling === undefined) {
      const content = joinedTexts(wire.content);
      if (content !== '') this.#think(item, 'content', 0, content);
      else this.#think(item, 'summary', 0, joinedTexts(wire.summary));
    }
    if (item.telling === undefined) {
      if (sealed === undefined) return;
      this.#keeper.open(0, item.key, { ...thoughtHead(item), redacted: sealed });
    } else if (sealed !== undefined) this.#keeper.seal(0, item.key, sealed);
    this.#keeper.close(0, item.key);
  }

  #create(type: string, output: number | undefined): Item {
    const item: Item = {
      key: `item:${this.#items.length}`,
      type,
      id: '',
      phase: undefined,
      parts: new Map(),
      telling: undefined,
      part: 0,
      call: undefined,
      ended: false,
    };
    this.#items.push(item);
    if (output !== undefined) this.#byOutput.set(output, item);
    return item;
  }

  /** By id where it is known, else by position, else the last of its type: ids may change with every event. */
  #find({ itemId, output }: Place): Item | undefined {
    const byId = itemId === '' ? undefined : this.#byId.get(itemId);
    if (byId !== undefined) return byId;
    return output === undefined ? this.#items.at(-1) : this.#byOutput.get(output);
  }

  #at(place: Place, type: string): Item {
    const found = this.#find(place);
    if (found !== undefined && (found.type === type || found.type === '')) return found;
    const item = this.#create(type, place.output);
    item.id = place.itemId;
    if (place.itemId !== '') this.#byId.set(place.itemId, item);
    return item;
  }

  #part(item: Item, index: number, kind: 'text' | 'refusal'): Part {
    const name = `${kind}:${index}`;
    let part = item.parts.get(name);
    if (part === undefined) {
      part = { key: `${item.key}:${name}`, said: false, notes: 0 };
      item.parts.set(name, part);
      this.#keeper.open(0, part.key, withTrace({ type: kind }, item));
    }
    return part;
  }

  #callOf(item: Item): ReadCall {
    this.called = true;
    item.call ??= new ReadCall(this.#keeper, item.key, item.type === 'custom_tool_call', () => item.id);
    return item.call;
  }
}

function isCall({ type }: JsonObject): boolean {
  return type === 'function_call' || type === 'custom_tool_call';
}

function thoughtHead(item: Item): Extract<BlockHead, { type: 'reasoning' }> {
  const head = withTrace<Extract<BlockHead, { type: 'reasoning' }>>({ type: 'reasoning' }, item);
  return item.telling === 'content' ? { ...head, verbatim: true } : head;
}

function withTrace<Head extends BlockHead>(head: Head, { id, phase }: Item): Head {
  if (id === '') return head;
  return { ...head, trace: phase === undefined ? { id } : { id, phase } };
}
