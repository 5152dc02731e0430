// What a wire dialect must be able to do, as a face and as an upstream. One folder per dialect implements it.
import type { CallWire, Edit } from './call-wire.ts';
import type { CallContent } from './content.ts';
import type { ErrandDialects } from './errand.ts';
import type { GatewayError } from './errors.ts';
import type { FacePage } from './face-page.ts';
import type { Deed, HeldDialect } from './held.ts';
import type { JsonObject } from './json.ts';
import type { Ledger } from './ledger.ts';
import type { ModelFacts, Quirks } from './provider.ts';
import type { Emit, ReplyEvent } from './reply.ts';
import type { SealKeeper } from './seal-keeper.ts';
import type { TurnDialect } from './turns.ts';
import type { Usage } from './usage.ts';
import type { WireHeaders } from './wire.ts';

/** What a caller wants done. `complete`: a bare prompt goes on. `count`: how many input tokens would this call have? */
export type Operation = 'chat' | 'complete' | 'count' | Errand;
/**
 * One question, one whole answer; `redraw` edits a picture, `vary` makes others like it, `translate` is from speech.
 * `file` and `batch` are about what an upstream holds: they name no model.
 */
export type Errand =
  | 'embed'
  | 'rerank'
  | 'moderate'
  | 'speak'
  | 'transcribe'
  | 'translate'
  | 'draw'
  | 'redraw'
  | 'vary'
  | 'file'
  | 'batch';

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

/** Where a same-dialect call goes. */
export interface Hop {
  /** The upstream's name for the model. */
  readonly model: string;
  readonly facts: ModelFacts | undefined;
}

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

export interface IdleOptions {
  /** Epoch seconds. */
  readonly created: number;
}

/** What a caller has been sent of a stream, as far as an error in it must go on from there. */
export interface StreamSoFar {
  /** What the dialect noted of its first bytes. */
  readonly opening: string;
  readonly last: Buffer | string;
}

export interface ReplyEncoder {
  /** The wire text this event adds; '' for none. Unstreamed: '' until `end`, then the whole body. */
  event(event: ReplyEvent): string;
  /** What the reply had and this dialect cannot say. */
  readonly ledger: Ledger;
}

export interface EncodedError {
  readonly status: number;
  readonly body: string;
  readonly headers: WireHeaders;
}

/** Parameters a virtual model can default, lock, clamp or forbid, by our names. */
export type ParameterName =
  | 'max_tokens'
  | 'temperature'
  | 'top_p'
  | 'top_k'
  | 'stop'
  | 'seed'
  | 'n'
  | 'presence_penalty'
  | 'frequency_penalty'
  | 'logprobs'
  | 'reasoning_effort';

export interface Protocol {
  readonly id: string;
  readonly routes: readonly FaceRoute[];
  /** Top-level wire fields it gives a meaning to. */
  readonly knownFields: ReadonlySet<string>;
  /** Top-level wire fields of each parameter, the one to write first; dotted for one level inside. */
  readonly parameters: Readonly<Partial<Record<ParameterName, readonly string[]>>>;
  /** Caller headers that go along when caller and upstream speak this dialect. */
  readonly forwardHeaders: readonly string[];
  /** Under which name its SDKs look for the id of a call. */
  readonly requestIdHeader: string;
  /** A whole event that says nothing and keeps a waiting caller's stream alive; empty where the dialect has none. */
  readonly keepalive: string;
  /** In its place where it depends on what went before (nothing, or these bytes of the stream) and on who reads it. */
  keepaliveAfter?(last: Buffer | string | undefined, caller: WireHeaders): string;
  /** Media type of its streams. */
  readonly streamType: string;
  /** Its streams are bytes, not text: what is encoded for them (events, errors, signs of life) has a character per byte. */
  readonly binaryStream?: boolean;
  /** The framing that a call for a stream asks for in its query; undefined: the usual one. Made anew for every call. */
  reframe?(query: URLSearchParams): Reframe | undefined;
  /** Under which name callers may state their key in the query. */
  readonly keyInQuery?: string;
  /** Is a call streamed that does not say? Default false. */
  readonly streamDefault?: boolean;
  /** The model is named in the path; bodies have no field for it. */
  readonly modelInPath?: boolean;
  /** Pages its clients look for beside their calls. */
  readonly pages?: readonly FacePage[];
  /** The header its clients send their key in, where that is not `authorization`. */
  readonly keyHeader?: string;

  /** Headers of a same-dialect hop: versions and the like. `body` knows its top-level fields. */
  upstreamHeaders(caller: WireHeaders, body: { has(field: string): boolean }, quirks?: Quirks): WireHeaders;
  /**
   * May these bytes go to an upstream with these quirks as they are? False sends the call through decode and
   * encode, although both speak this dialect. Asked for every call: must cost next to nothing.
   */
  fits(wire: CallWire, quirks: Quirks): boolean;
  /**
   * Edits of a same-dialect hop beyond the model name, e.g. asking for usage in a stream. One of `model` here
   * takes the place of ours.
   */
  upstreamEdits(wire: CallWire, quirks: Quirks, caller?: WireHeaders, hop?: Hop): readonly Edit[];
  /** Did the caller ask to see usage? Most dialects always show it. */
  wantsUsage(wire: CallWire): boolean;
  /** The edit that puts an operator's system prompt in front of the caller's own. */
  prependSystem(wire: CallWire, text: string): Edit;
  /** Where replies can be gone on from by their id. */
  readonly turns?: TurnDialect;
  /**
   * The whole answer to a call that asks nothing of a model but to be ready, in dialects that have such calls; undefined
   * for all others. Only upstreams of this dialect are asked such a thing.
   */
  idleReply?(wire: CallWire, options: IdleOptions): string | undefined;
  /** Is the prompt of this `complete` call to go on as it is? Where not, other dialects are asked in a chat. Default true. */
  isBare?(wire: CallWire): boolean;
  /** What this dialect knows beside conversations. */
  readonly errands?: ErrandDialects;
  /** How files and batches look, in dialects that have them. */
  readonly held?: HeldDialect;
  decodeCall(body: JsonObject, operation: Operation): CallContent;
  encodeCall(content: CallContent, options: EncodeOptions): EncodedCall;

  watch(stream: boolean, output: WatchOutput, operation: Operation): Watcher;
  decoder(stream: boolean, emit: Emit, operation: Operation): ReplyDecoder;
  encoder(options: EncoderOptions): ReplyEncoder;

  decodeError(status: number, headers: WireHeaders, body: Buffer): GatewayError;
  encodeError(error: GatewayError, callId: string): EncodedError;
  /** The error as an in-band event of a started stream, terminator included if the dialect has one for errors. */
  encodeStreamError(error: GatewayError, callId: string, soFar?: StreamSoFar): string;
  /** What an error later in the stream has to repeat of its first bytes: ids and the like. Most dialects: nothing. */
  noteOpening?(first: Buffer | string): string;

  /** Does the call itself say how large the window shall be? What is known of the model is not asked then. */
  setsWindow?(wire: CallWire): boolean;
  /** Answer of a `count` call, in this dialect; undefined when the dialect has no such call. */
  encodeCount?(inputTokens: number): string;
  /** The figure in such an answer; undefined when there is none. */
  decodeCount?(body: JsonObject): number | undefined;
}
