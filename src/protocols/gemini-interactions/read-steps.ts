// Steps of a reply to blocks, whether they come piece by piece or whole. Thoughts and texts are opened by their first
// piece: deltas may be of another type than their step. Built-in tools go on whole, for nobody else to read.
import type { BlockKeeper } from '../../canonical/block-keeper.ts';
import { unwrapInput } from '../../canonical/free-text-tools.ts';
import { plainName } from '../../canonical/gemini-names.ts';
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { hexDigest } from '../../lib/digest.ts';
import { DIALECT, VENDOR } from './origin.ts';

const ID_DIGITS = 24;
/** The caller's own words come back in some replies. */
const ECHOES = new Set(['user_input', 'function_result']);

/** The block that words go into: any other one ends it. */
interface Prose {
  readonly at: number;
  readonly type: 'text' | 'reasoning';
  readonly key: string;
  text: string;
}

interface OpenCall {
  readonly key: string;
  readonly custom: boolean;
  /** Arguments that came with the start: they count when no delta follows. */
  readonly given: JsonObject;
  wrapped: string;
  said: boolean;
}

type Raw = Record<string, Json | undefined>;

export class StepReader {
  /** What ids that we make are made of, besides the call. */
  seed = '';
  readonly #keeper: BlockKeeper;
  readonly #calls = new Map<number, OpenCall>();
  readonly #raws = new Map<number, Raw>();
  readonly #echoes = new Set<number>();
  readonly #ids = new Set<string>();
  #prose: Prose | undefined = undefined;
  /** Of the thought before: the first call after it is what it vouches for. */
  #signature = '';
  #opened = 0;

  constructor(keeper: BlockKeeper) {
    this.#keeper = keeper;
  }

  get called(): boolean {
    return this.#ids.size > 0;
  }

  /** Is there anything of it so far? */
  get any(): boolean {
    return this.#opened + this.#raws.size > 0;
  }

  start(at: number, step: JsonObject): void {
    const type = asString(step.type) ?? '';
    if (type === 'thought') this.#thought(at, step);
    else if (type === 'model_output') this.#output(at, asArray(step.content) ?? []);
    else if (type === 'function_call') this.#startCall(at, step);
    else if (ECHOES.has(type)) this.#echoes.add(at);
    else this.#raws.set(at, { ...step });
  }

  delta(at: number, delta: JsonObject): void {
    if (this.#echoes.has(at)) return;
    const raw = this.#raws.get(at);
    if (raw !== undefined && delta.type !== 'text') {
      extend(raw, delta);
      return;
    }
    switch (delta.type) {
      case 'text':
        this.say(at, asString(delta.text) ?? '');
        break;
      case 'text_annotation_delta':
      case 'text_annotation':
        this.#cite(asArray(delta.annotations) ?? []);
        break;
      case 'thought_summary':
        this.#summary(at, delta.content);
        break;
      case 'thought_signature':
        this.#sign(at, asString(delta.signature) ?? '');
        break;
      case 'arguments_delta':
        this.#argue(at, delta.arguments);
        break;
      default:
        this.#keep({ ...delta });
    }
  }

  say(at: number, text: string): void {
    if (text === '' || this.#echoes.has(at)) return;
    const prose = this.#proseOf(at, 'text');
    prose.text += text;
    this.#keeper.delta(0, prose.key, text);
  }

  stop(at: number): void {
    const raw = this.#raws.get(at);
    if (raw !== undefined) {
      this.#raws.delete(at);
      this.#keep(raw);
    }
    const call = this.#calls.get(at);
    if (call !== undefined) {
      this.#calls.delete(at);
      this.#endCall(call);
    }
    if (this.#prose?.at === at) {
      this.#keeper.close(0, this.#prose.key);
      this.#prose = undefined;
    }
  }

  /** Ends what nobody ended. */
  finish(): void {
    for (const at of [...this.#raws.keys(), ...this.#calls.keys()]) this.stop(at);
    this.#keeper.closeAll(0);
  }

  #thought(at: number, step: JsonObject): void {
    for (const item of asArray(step.summary) ?? []) this.#summary(at, item);
    this.#sign(at, asString(step.signature) ?? '');
  }

  #output(at: number, content: readonly Json[]): void {
    for (const item of content) this.#content(at, asObject(item) ?? {});
  }

  #content(at: number, item: JsonObject): void {
    if (item.type !== 'text') {
      this.#keep(item);
      return;
    }
    this.say(at, asString(item.text) ?? '');
    this.#cite(asArray(item.annotations) ?? []);
    // Places in the next text are counted from its own beginning.
    this.#prose = undefined;
  }

  #summary(at: number, item: Json | undefined): void {
    const content = asObject(item);
    const text = asString(content?.text) ?? '';
    if (text !== '') this.#keeper.delta(0, this.#proseOf(at, 'reasoning').key, text);
    else if (content !== undefined && content.type !== 'text') this.#keep(content);
  }

  /** A signature without words is a thought, too: the model wants it back. */
  #sign(at: number, signature: string): void {
    if (signature === '') return;
    const call = this.#calls.get(at);
    const key = call?.key ?? this.#proseOf(at, 'reasoning').key;
    this.#signature = call === undefined ? signature : '';
    this.#keeper.seal(0, key, { origin: VENDOR, value: signature });
  }

  #startCall(at: number, step: JsonObject): void {
    const given = asObject(step.arguments) ?? {};
    const { name, custom } = plainName(asString(step.name) ?? '');
    const id = this.#idOf(asString(step.id) ?? '', name, given);
    this.#ids.add(id);
    const key = this.#open({ type: 'tool_call', id, name, ...(custom ? { custom } : {}) });
    this.#calls.set(at, { key, custom, given, wrapped: '', said: false });
    const own = asString(step.signature) ?? '';
    const signature = own === '' ? this.#signature : own;
    this.#signature = '';
    if (signature !== '') this.#keeper.seal(0, key, { origin: VENDOR, value: signature });
  }

  /** As text, piece by piece; an object comes whole. */
  #argue(at: number, value: Json | undefined): void {
    const call = this.#calls.get(at);
    const text = asObject(value) === undefined ? asString(value) : JSON.stringify(value);
    if (call === undefined || text === undefined || text === '') return;
    call.said = true;
    if (call.custom) call.wrapped += text;
    else this.#keeper.delta(0, call.key, text);
  }

  #endCall({ key, custom, given, wrapped, said }: OpenCall): void {
    if (custom) this.#keeper.delta(0, key, unwrapInput(said ? wrapped : JSON.stringify(given)));
    else if (!said) this.#keeper.delta(0, key, JSON.stringify(given));
    this.#keeper.close(0, key);
  }

  /** Its own unless there is none, or another call of the reply has it already. */
  #idOf(own: string, name: string, given: JsonObject): string {
    if (own !== '' && !this.#ids.has(own)) return own;
    const what = `${this.seed}/${this.#ids.size}/${own}/${name}/${JSON.stringify(given)}`;
    return `call_${hexDigest(what).slice(0, ID_DIGITS)}`;
  }

  /** What it cites stands in the text said last; that is where its places are. */
  #cite(annotations: readonly Json[]): void {
    const prose = this.#prose;
    if (annotations.length === 0 || prose?.type !== 'text') return;
    const bytes = Buffer.from(prose.text);
    for (const annotation of annotations) {
      this.#keeper.annotate(0, prose.key, inCharacters(annotation, bytes), DIALECT);
    }
  }

  #proseOf(at: number, type: Prose['type']): Prose {
    const open = this.#prose;
    if (open !== undefined && open.at === at && open.type === type) return open;
    const prose = { at, type, key: this.#open({ type }), text: '' };
    this.#prose = prose;
    return prose;
  }

  /** Something only this dialect understands. */
  #keep(value: Json): void {
    this.#keeper.close(0, this.#open({ type: 'raw', origin: DIALECT, value }));
  }

  #open(head: Parameters<BlockKeeper['open']>[2]): string {
    const key = `${this.#opened}`;
    this.#opened += 1;
    this.#prose = undefined;
    this.#keeper.open(0, key, head);
    return key;
  }
}

/** Lists grow by each piece; of anything else the last word counts. */
function extend(raw: Raw, { type: _, ...delta }: JsonObject): void {
  for (const [name, value] of Object.entries(delta)) {
    const before = asArray(raw[name]);
    const more = asArray(value);
    raw[name] = before !== undefined && more !== undefined ? [...before, ...more] : value;
  }
}

/** Places are counted in bytes here, and in characters wherever else there are citations. */
function inCharacters(annotation: Json, bytes: Buffer): Json {
  const wire = asObject(annotation);
  if (wire === undefined) return annotation;
  const placed: Raw = { ...wire };
  for (const name of ['start_index', 'end_index'] as const) {
    const place = asNumber(wire[name]);
    if (place !== undefined) placed[name] = lengthOf(bytes.toString('utf8', 0, Math.max(0, place)));
  }
  return placed;
}

/** In code points. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}
