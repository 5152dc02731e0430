// Bytes to and from an upstream, as the flow sees them: no sockets, no vendor, no HTTP library.
import type { Cancel } from '../lib/cancel.ts';
import type { GatewayError } from './errors.ts';

/** Lower-case header names; values as sent. */
export type WireHeaders = Readonly<Record<string, string>>;

export interface Origin {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  /** Its name must not come to stand for an address within our own walls. */
  readonly guarded?: boolean;
}

export interface WireTimers {
  /** Milliseconds; each runs on its own. */
  readonly connect: number;
  /** The longest silence before the answer begins: signs of life end it, and it starts anew. */
  readonly firstByte: number;
  /** Until the answer begins, however much life is shown; never less than `firstByte`. */
  readonly firstContent: number;
  /** The longest silence within an answer. */
  readonly idle: number;
  readonly total: number;
}

export interface WireCall {
  readonly origin: Origin;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly headers: WireHeaders;
  /** The body in pieces, written as one; their lengths sum to `content-length`. */
  readonly body: readonly Buffer[];
  readonly timers: WireTimers;
  /** Bytes of a reply's body at most; undefined: as many as any answer could have. */
  readonly most?: number;
  readonly cancel: Cancel;
}

export interface WireHead {
  readonly status: number;
  readonly headers: WireHeaders;
}

export interface WireReceiver {
  head(head: WireHead): void;
  /** One read's worth of body, transfer coding removed. The bytes are the receiver's to keep. */
  data(bytes: Buffer, flow: WireFlow): void;
}

/** What a receiver tells the transport. */
export interface WireFlow {
  /** The answer has begun, which only the receiver can tell from signs of life: `idle` counts from here on. */
  answering?(): void;
  /** Slow down, and go on. */
  pause(): void;
  resume(): void;
}

/** `sent`: did any byte of the call reach a socket that took it? */
export type WireEnd =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: GatewayError; readonly sent: boolean };

export interface Transport {
  send(wire: WireCall, to: WireReceiver): Promise<WireEnd>;
  close(): void;
}
