// A reply of another dialect or shape, told anew in the caller's: decoded and encoded, event by event.
import type { CallWire } from '../../canonical/call-wire.ts';
import { estimatedInput } from '../../canonical/estimate.ts';
import type { ReplyDecoder, ReplyEncoder } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { noUsage, type Usage } from '../../canonical/usage.ts';
import type { Call, Head } from '../stage.ts';
import type { EmitParts } from './emit.ts';
import { SealReader } from './seal-reader.ts';

export class Retelling {
  readonly #call: Call;
  readonly #parts: EmitParts;
  readonly #decoder: ReplyDecoder;
  readonly #encoder: ReplyEncoder;
  readonly #seals: SealReader | undefined;
  /** The call, its history and all, if it was recalled. */
  readonly #whole: CallWire;
  #text = '';
  #deltas = 0;
  #usageTold = false;

  constructor(call: Call, head: Head, parts: EmitParts, includeUsage: boolean, whole: CallWire) {
    const { receipt, callId, seals, now } = parts;
    this.#call = call;
    this.#parts = parts;
    this.#whole = whole;
    this.#seals =
      seals === undefined || receipt.caller === undefined
        ? undefined
        : new SealReader(seals.of(receipt.caller.tenant));
    this.#encoder = call.face.encoder({
      stream: call.stream,
      includeUsage,
      created: Math.floor(receipt.arrivedWall / 1000),
      callId,
      operation: call.operation,
      elapsed: () => now() - receipt.arrived,
      asked: call.wire,
    });
    this.#decoder = head.protocol.decoder(head.stream, (event) => this.#event(event), head.operation);
    receipt.replyLedger = this.#encoder.ledger.entries;
  }

  /** What these whole events have become. */
  read(bytes: Buffer): string {
    this.#text = '';
    this.#decoder.push(bytes);
    return this.#text;
  }

  #event(event: ReplyEvent): void {
    if (event.type === 'error') throw event.error;
    if (event.type === 'delta') this.#deltas += 1;
    else if (event.type === 'open' || event.type === 'seal') this.#seals?.read(event);
    else if (event.type === 'usage') this.#usageTold = true;
    else if (event.type === 'end' && !this.#usageTold) this.#say({ type: 'usage', usage: this.#estimate() });
    this.#say(event.type === 'start' ? this.#named(event) : event);
  }

  /** Some dialects do not say whose words these are. */
  #named(event: Extract<ReplyEvent, { type: 'start' }>): ReplyEvent {
    if (event.model !== '') return event;
    return { ...event, model: this.#parts.receipt.upstreamModel ?? this.#call.model };
  }

  #say(event: ReplyEvent): void {
    this.#text += this.#encoder.event(event);
  }

  /** Dialects that always state usage must not state zero because the upstream kept silent. */
  #estimate(): Usage {
    return { ...noUsage, fresh: estimatedInput(this.#whole), output: this.#deltas, estimated: true };
  }
}
