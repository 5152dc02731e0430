// What callers meet of a dialect: its paths, the frame of its streams, and how it says that something failed.
import type { GatewayError } from './errors.ts';
import type { Deed } from './held.ts';
import type { Operation } from './operation.ts';
import type { WireHeaders } from './wire.ts';

export interface FaceRoute {
  /** May hold one `{model}`, in dialects that name the model there and not in the body. */
  readonly path: string;
  readonly operation: Operation;
  /** Stated where the path says whether the reply is streamed; elsewhere the body does. */
  readonly stream?: boolean;
  /** Default: POST. */
  readonly method?: Method;
  /** Stated where the call is about what an upstream holds; its path may hold one `{id}`. */
  readonly deed?: Deed;
}

export type Method = 'GET' | 'POST' | 'DELETE';

/** What the place of a call says by itself; empty in most dialects. */
export interface Place {
  readonly model?: string;
  readonly stream?: boolean;
  readonly deed?: Deed;
  readonly id?: string;
  /** Of calls with a deed. */
  readonly query?: URLSearchParams;
}

/** Another framing of a dialect's streams, made of the usual one piece by piece. */
export interface Reframe {
  /** Media type, in place of the dialect's. */
  readonly type: string;
  /** What these whole events become. */
  events(bytes: Buffer | string): string;
  /** What stands behind the last of them. */
  end(): string;
}

/** What a caller has been sent of a stream, as far as an error in it must go on from there. */
export interface StreamSoFar {
  /** What the dialect noted of its first bytes. */
  readonly opening: string;
  readonly last: Buffer | string;
}

export interface EncodedError {
  readonly status: number;
  readonly body: string;
  readonly headers: WireHeaders;
}

export interface Face {
  /** None: only upstreams speak it. */
  readonly routes: readonly FaceRoute[];
  /** The model is named in the path; bodies have no field for it. */
  readonly modelInPath?: boolean;
  /** Is a call streamed that does not say? Default false. */
  readonly streamDefault?: boolean;
  /** The header its clients send their key in, where that is not `authorization`. */
  readonly keyHeader?: string;
  /** Under which name callers may state their key in the query. */
  readonly keyInQuery?: string;
  /** Under which name its SDKs look for the id of a call. */
  readonly requestIdHeader: string;
  /** Media type of its streams. */
  readonly streamType: string;
  /** Its streams are bytes, not text: what is encoded for them (events, errors, signs of life) has a character per byte. */
  readonly binaryStream?: boolean;
  /** The framing that a call for a stream asks for in its query; undefined: the usual one. Made anew for every call. */
  reframe?(query: URLSearchParams): Reframe | undefined;
  /** A whole event that says nothing and keeps a waiting caller's stream alive; empty where the dialect has none. */
  readonly keepalive: string;
  /** In its place where it depends on what went before (nothing, or these bytes of the stream) and on who reads it. */
  keepaliveAfter?(last: Buffer | string | undefined, caller: WireHeaders): string;

  encodeError(error: GatewayError, callId: string): EncodedError;
  /** The error as an in-band event of a started stream, terminator included if the dialect has one for errors. */
  encodeStreamError(error: GatewayError, callId: string, soFar?: StreamSoFar): string;
  /** What an error later in the stream has to repeat of its first bytes: ids and the like. Most dialects: nothing. */
  noteOpening?(first: Buffer | string): string;
}
