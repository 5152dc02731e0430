// Canonical events as one whole response: the stream's, without its events.
import type { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { encodeError } from './encode-error.ts';
import { StreamEncoder } from './encode-reply.ts';

export class BodyEncoder implements ReplyEncoder {
  readonly ledger: Ledger;
  readonly #stream: StreamEncoder;
  readonly #callId: string;

  constructor(options: EncoderOptions) {
    this.#stream = new StreamEncoder(options);
    this.#callId = options.callId;
    this.ledger = this.#stream.ledger;
  }

  event(event: ReplyEvent): string {
    if (event.type === 'error') return encodeError(event.error, this.#callId).body;
    this.#stream.event(event);
    return event.type === 'end' ? this.#stream.body() : '';
  }
}
