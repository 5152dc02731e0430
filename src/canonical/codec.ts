// Between a dialect's words and the canonical ones: calls and replies, both ways, and the watcher that reads along where
// nothing is translated.
import type { CallWire } from './call-wire.ts';
import type { CallContent } from './content.ts';
import type { GatewayError } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { Ledger } from './ledger.ts';
import type { Operation } from './operation.ts';
import type { ModelFacts, Quirks } from './provider.ts';
import type { Emit, ReplyEvent } from './reply.ts';
import type { SealKeeper } from './seal-keeper.ts';
import type { Usage } from './usage.ts';
import type { WireHeaders } from './wire.ts';

export interface EncodeOptions {
  /** The upstream's name for the model. */
  readonly model: string;
  readonly ledger: Ledger;
  readonly quirks: Quirks;
  readonly facts: ModelFacts | undefined;
  readonly operation: Operation;
  /** Where the seals of calls are that came back without them. */
  readonly seals?: SealKeeper | undefined;
}

export interface EncodedCall {
  readonly body: JsonObject;
  readonly headers: WireHeaders;
}

/**
 * What a run of upstream bytes is to the flow. `prelude` may be held back while failover is still
 * possible; `content` starts the answer; `usage` is a usage report that callers who did not ask
 * must not see; `terminal` is the end marker (or a whole unstreamed body): without it no success.
 */
export type FrameKind = 'prelude' | 'content' | 'usage' | 'terminal';

export interface WatchOutput {
  /** Whole events only: never half an event, however the bytes were cut on the way. */
  frame(bytes: Buffer, kind: FrameKind): void;
  /** The upstream failed in-band. Called once; nothing follows. */
  fault(error: GatewayError): void;
}

/** Reads along with an upstream's bytes without decoding what it need not. */
export interface Watcher {
  push(chunk: Buffer): void;
  /** The upstream has closed. Faults with `upstream_truncated` unless the terminal marker was seen. */
  end(): void;
  readonly usage: Usage | undefined;
  /** Content events seen: the base of an estimate when the upstream reports no usage. */
  readonly pieces: number;
}

export interface ReplyDecoder {
  /** Takes frames as a watcher cuts them: whole events, or one whole unstreamed body. */
  push(frame: Buffer): void;
}

export interface EncoderOptions {
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Epoch seconds, for dialects that state one. */
  readonly created: number;
  readonly callId: string;
  readonly operation: Operation;
  /** The call in the caller's own words, for dialects whose replies repeat some of them. */
  readonly asked?: CallWire;
  /** Milliseconds since the call arrived, for dialects that state durations. */
  readonly elapsed?: () => number;
}

export interface ReplyEncoder {
  /** The wire text this event adds; '' for none. Unstreamed: '' until `end`, then the whole body. */
  event(event: ReplyEvent): string;
  /** What the reply had and this dialect cannot say. */
  readonly ledger: Ledger;
}

export interface Codec {
  decodeCall(body: JsonObject, operation: Operation): CallContent;
  encodeCall(content: CallContent, options: EncodeOptions): EncodedCall;

  watch(stream: boolean, output: WatchOutput, operation: Operation): Watcher;
  decoder(stream: boolean, emit: Emit, operation: Operation): ReplyDecoder;
  encoder(options: EncoderOptions): ReplyEncoder;

  decodeError(status: number, headers: WireHeaders, body: Buffer): GatewayError;
  /** The figure in such an answer; undefined when there is none. */
  decodeCount?(body: JsonObject): number | undefined;
  /** Answer of a `count` call, in this dialect; undefined when the dialect has no such call. */
  encodeCount?(inputTokens: number): string;
}
