// Canonical events as a Responses stream: the response, its items one by one, and at the end the response
// again with the items as they were done. A delta costs a few string joins.

import type { CallWire } from '../../canonical/call-wire.ts';
import type { Namespace } from '../../canonical/content.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { asObject, asString } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { BlockHead, EventOf, ReplyEvent } from '../../canonical/reply.ts';
import { bareId, encodeFailure } from './encode-error.ts';
import { EventWriter } from './event-writer.ts';
import { CallLane, type Lane, MessageLane, PartLane, type Seat, ThoughtLane, wholeItem } from './lanes.ts';
import { namespacesOf } from './namespaces.ts';
import { DIALECT } from './origin.ts';
import { annotationOf, logprobEntries, reasoningItem, sealText } from './reply-items.ts';
import { ResponseObject, type ResponseState } from './response-object.ts';
import { encodeStop } from './stop-reasons.ts';
import { encodeUsage } from './usage.ts';

type CallHead = Extract<BlockHead, { type: 'tool_call' }>;

const inProgress: ResponseState = { status: 'in_progress', output: [] };

export class StreamEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  readonly #writer = new EventWriter();
  readonly #lanes = new Map<number, Lane>();
  /** JSON text of the items that are done, by position. */
  readonly #items: string[] = [];
  #response: ResponseObject | undefined = undefined;
  #message: MessageLane | undefined = undefined;
  #namespaces: ReadonlyMap<string, Namespace> | undefined = undefined;
  readonly #ids = new Set<string>();
  #outputs = 0;
  #usage: string | undefined = undefined;
  #finish: EventOf<'finish'> | undefined = undefined;
  #refused = false;
  #logprobs: Json[] = [];
  #over = false;

  constructor(options: EncoderOptions) {
    this.#options = options;
  }

  event(event: ReplyEvent): string {
    if (this.#over) return '';
    switch (event.type) {
      case 'delta':
        return this.#delta(event.index, event.text);
      case 'start':
        return this.#begin(event);
      case 'open':
        return this.#begin() + this.#open(event);
      case 'seal':
        this.#seal(event);
        return '';
      case 'annotate':
        return this.#annotate(event);
      case 'close':
        return this.#close(event.index);
      case 'ping':
        // Some readers take nothing before the response itself.
        return this.#response === undefined ? '' : this.#writer.event('keepalive', ownNote(event.note));
      case 'error':
        return this.#fail(event);
      case 'end':
        return this.#end();
      default:
        this.#remember(event);
        return '';
    }
  }

  /** The response as it stands now, as JSON text. */
  body(): string {
    return this.#object().write(this.#state());
  }

  #remember(event: EventOf<'logprobs' | 'finish' | 'usage'>): void {
    switch (event.type) {
      case 'logprobs':
        this.#logprobs.push(...logprobEntries(event.value));
        break;
      case 'finish':
        if (event.choice === 0) this.#finish = event;
        break;
      case 'usage':
        this.#usage = JSON.stringify(encodeUsage(event.usage, event.extras));
    }
  }

  #object(start?: EventOf<'start'>): ResponseObject {
    this.#response ??= new ResponseObject(start, this.#options, this.ledger);
    return this.#response;
  }

  #begin(start?: EventOf<'start'>): string {
    if (this.#response !== undefined) return '';
    const response = `"response":${this.#object(start).write(inProgress)}`;
    return (
      this.#writer.event('response.created', response) + this.#writer.event('response.in_progress', response)
    );
  }

  #delta(index: number, text: string): string {
    const lane = this.#lanes.get(index);
    if (lane === undefined) return '';
    if (this.#logprobs.length > 0) this.#attachLogprobs(lane);
    return lane.delta(text);
  }

  #attachLogprobs(lane: Lane): void {
    if (!(lane instanceof PartLane)) return;
    lane.logprobs = this.#logprobs;
    this.#logprobs = [];
  }

  #open(event: EventOf<'open'>): string {
    const { block, choice, index } = event;
    if (choice !== 0) {
      this.ledger.dropped('choices', 'one reply per call');
      return '';
    }
    if (block.type === 'text' || block.type === 'refusal') return this.#openPart(index, block);
    const before = this.#endMessage();
    switch (block.type) {
      case 'reasoning':
        return before + this.#openThought(index, block);
      case 'tool_call':
        return before + this.#openCall(index, block);
      case 'raw':
        return before + this.#raw(block);
    }
  }

  /** Parts share a message as long as nothing comes between and the upstream had them in one. */
  #openPart(index: number, block: Extract<BlockHead, { type: 'text' | 'refusal' }>): string {
    const id = asString(block.trace?.id);
    let before = '';
    if (this.#message !== undefined && id !== undefined && id !== this.#message.seat.id) {
      before = this.#endMessage();
    }
    if (this.#message === undefined) {
      this.#message = new MessageLane(this.#seat('msg', id), block.trace?.phase, this.#writer, this.#settle);
      before += this.#message.open();
    }
    const lane = this.#message.part(block.type === 'refusal');
    if (block.type === 'refusal') this.#refused = true;
    this.#lanes.set(index, lane);
    return before + lane.open();
  }

  #openThought(index: number, block: Extract<BlockHead, { type: 'reasoning' }>): string {
    const seat = this.#seat('rs', asString(block.trace?.id));
    if (block.redacted !== undefined) {
      const sealed = sealText(block.redacted, 'redacted');
      return this.#whole(seat, reasoningItem(seat.id, '', false, sealed));
    }
    const lane = new ThoughtLane(seat, block.verbatim === true, this.#writer, this.#settle);
    this.#lanes.set(index, lane);
    return lane.open();
  }

  #openCall(index: number, block: CallHead): string {
    for (const name of Object.keys(block.extras ?? {})) this.ledger.dropped(`tool_calls.${name}`);
    const seat = this.#seat(block.custom === true ? 'ctc' : 'fc', asString(block.trace?.id));
    const head = block.id === '' ? { ...block, id: `call_${seat.id}` } : block;
    this.#namespaces ??= askedNamespaces(this.#options.asked);
    const found = this.#namespaces.get(block.name);
    const name = found === undefined ? { name: block.name } : { name: found.tool, namespace: found.name };
    const caller = block.trace?.caller;
    const place = caller === undefined ? name : { ...name, caller };
    const lane = new CallLane(seat, head, place, this.#writer, this.#settle);
    this.#lanes.set(index, lane);
    return lane.open();
  }

  #raw(block: Extract<BlockHead, { type: 'raw' }>): string {
    const item = block.origin === DIALECT ? asObject(block.value) : undefined;
    if (item !== undefined) return this.#whole(this.#seat('item', asString(item.id)), item);
    this.ledger.dropped(`content.${asString(asObject(block.value)?.type) ?? block.origin}`);
    return '';
  }

  #whole(seat: Seat, item: JsonObject): string {
    return wholeItem(seat.output, JSON.stringify(item), this.#writer, this.#settle);
  }

  #seat(prefix: string, id: string | undefined): Seat {
    const output = this.#outputs;
    this.#outputs += 1;
    // The upstream's own id, unless it gives one to several items.
    const fresh = id === undefined || this.#ids.has(id);
    const seat = { id: fresh ? `${prefix}_${bareId(this.#options.callId)}_${output}` : id, output };
    this.#ids.add(seat.id);
    return seat;
  }

  readonly #settle = (output: number, item: string): void => {
    this.#items[output] = item;
  };

  #seal({ index, sealed }: EventOf<'seal'>): void {
    const lane = this.#lanes.get(index);
    if (lane instanceof ThoughtLane) lane.sealed = sealText(sealed, 'signature');
    else if (lane instanceof CallLane) lane.sealed = sealed;
  }

  #annotate({ index, origin, value }: EventOf<'annotate'>): string {
    const lane = this.#lanes.get(index);
    const annotation = annotationOf(value, origin, this.ledger);
    if (annotation === undefined || !(lane instanceof PartLane) || lane.refusal) return '';
    return lane.annotate(annotation);
  }

  #close(index: number): string {
    const lane = this.#lanes.get(index);
    if (lane === undefined) return '';
    this.#lanes.delete(index);
    const out = lane.close();
    const seal = lane instanceof CallLane ? lane.seal : undefined;
    if (seal === undefined) return out;
    const seat = this.#seat('rs', undefined);
    return out + this.#whole(seat, reasoningItem(seat.id, '', false, seal));
  }

  #endMessage(): string {
    const message = this.#message;
    this.#message = undefined;
    return message?.close() ?? '';
  }

  #end(): string {
    this.#over = true;
    let out = this.#begin();
    for (const index of [...this.#lanes.keys()]) out += this.#close(index);
    out += this.#unsaidRefusal() + this.#endMessage();
    this.#nameLosses();
    return out + this.#writer.event(`response.${this.#state().status}`, `"response":${this.body()}`);
  }

  /** Others give the words of a refusal with the reason to stop. */
  #unsaidRefusal(): string {
    const { explanation, reason } = this.#finish ?? {};
    if (reason !== 'refusal' || this.#refused || explanation === undefined) return '';
    const opening = this.#openPart(-1, { type: 'refusal' });
    this.#refused = false;
    return opening + this.#delta(-1, explanation) + this.#close(-1);
  }

  #nameLosses(): void {
    const { reason, sequence } = this.#finish ?? {};
    if (sequence !== undefined) this.ledger.dropped('stop_sequence');
    if (reason === 'pause') this.ledger.approximated('stop_reason', 'a pause looks like a stop');
  }

  #state(): ResponseState {
    const { reason, status } = encodeStop(this.#finish?.reason ?? 'stop', this.#refused);
    return { status, reason, output: this.#items.filter((item) => item !== undefined), usage: this.#usage };
  }

  #fail({ error }: EventOf<'error'>): string {
    this.#over = true;
    const begun = this.#begin();
    const state: ResponseState = { ...this.#state(), status: 'in_progress', reason: undefined };
    const response = JSON.parse(this.#object().write(state)) as JsonObject;
    return begun + encodeFailure(error, response, this.#writer.next);
  }
}

const none: ReadonlyMap<string, Namespace> = new Map();

/** Where the tools of the call stand. A call that an upstream of this dialect understood need not make sense to us. */
function askedNamespaces(asked: CallWire | undefined): ReadonlyMap<string, Namespace> {
  if (asked === undefined || !mentionsNamespace(asked)) return none;
  try {
    return namespacesOf(asked.content().tools);
  } catch {
    return none;
  }
}

/** Among the tools, or in an item that brings some. */
function mentionsNamespace(asked: CallWire): boolean {
  return asked.mentions('tools', '"namespace"') || asked.mentions('input', '"namespace"');
}

function ownNote(note: JsonObject | undefined): string {
  return note === undefined ? '' : `"signalbox":${JSON.stringify(note)}`;
}
