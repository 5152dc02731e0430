// The types that make the seven stages one story: a wrong order does not compile.

import type { CallWire } from '../canonical/call-wire.ts';
import type { Caller, Priority } from '../canonical/caller.ts';
import type { CallContent } from '../canonical/content.ts';
import type { GatewayError } from '../canonical/errors.ts';
import type { CallId, Secret } from '../canonical/ids.ts';
import type { JsonObject } from '../canonical/json.ts';
import type { FrameKind, Operation, Protocol } from '../canonical/protocol.ts';
import type { ModelFacts, Provider, Signer, Zone } from '../canonical/provider.ts';
import type { ReceiptDraft } from '../canonical/receipt.ts';
import type { TokenRatios } from '../canonical/token-ratios.ts';
import type { Usage } from '../canonical/usage.ts';
import type { Origin, Transport, WireHeaders, WireTimers } from '../canonical/wire.ts';
import type { Cancel } from '../lib/cancel.ts';

/** What accept makes of the bytes that came in. */
export interface Call {
  readonly id: CallId;
  readonly face: Protocol;
  readonly operation: Operation;
  readonly wire: CallWire;
  /** The model name as the caller wrote it. */
  readonly model: string;
  readonly stream: boolean;
  readonly headers: WireHeaders;
  /** Address of the other end of the socket. */
  readonly peer: string;
  readonly receipt: ReceiptDraft;
}

/** A call whose caller, rights, virtual model and parameters are settled. `wire` is the admitted body. */
export interface Admitted extends Call {
  readonly caller: Caller;
  readonly virtual: VirtualModel;
  /** Refuse instead of losing meaning in translation. */
  readonly strict: boolean;
  /** The only upstream that can open what is sealed in here. */
  readonly pin?: string | undefined;
}

/** An admitted call with its targets in the order in which they are to be tried. */
export interface Planned extends Admitted {
  /** In place of what the wire says: the call with the words so far, of an answer that broke off. */
  readonly instead?: CallContent;
  readonly targets: readonly Target[];
}

export type Handle<C extends Call> = (call: C, to: Receiver) => Promise<End>;
export type Stage<In extends Call, Out extends Call> = (next: Handle<Out>) => Handle<In>;

export interface Head {
  readonly status: number;
  /** Dialect and shape of the frames that follow: emit re-encodes when the caller's differ. */
  readonly protocol: Protocol;
  readonly stream: boolean;
  readonly operation: Operation;
  /** The call was written anew for this upstream, so the reply must be read with the same eyes, whatever its dialect. */
  readonly rewritten: boolean;
  /** Of the frames, as the upstream states it: answers that are no conversation keep it. */
  readonly mediaType?: string | undefined;
  /** Upstream headers worth passing on. */
  readonly headers: WireHeaders;
}

/** Why a call was cancelled, when it was not us. */
export const CALLER_LEFT = 'the caller left';
export const CALLER_STALLED = 'the caller stopped reading';

/** Takes an answer: emit at the outer end; cache and record wrap it to read along. */
export interface Receiver {
  /** Requested when the caller leaves; whoever holds an upstream lets go of it in the same tick. */
  readonly cancel: Cancel;
  start(head: Head): void;
  /**
   * Whole events. False asks to wait for `drained` before more. A `terminal` frame is read but not
   * written: the caller sees the end of an answer only when the call is over and on record.
   */
  frame(bytes: Buffer, kind: FrameKind): boolean;
  drained(): Promise<void>;
  /** The call with the history it goes on from. */
  recalled?(wire: CallWire): void;
  /** Of an answer that is complete, what has not left yet, in the caller's dialect. */
  ending?(): string;
  /** What the ending says of being kept is not so. */
  unkept?(): void;
}

export type End =
  | { readonly ok: true; readonly usage: Usage }
  | {
      readonly ok: false;
      readonly error: GatewayError;
      /** Did the answer begin? Then no other target may be tried, and the error goes in-band. */
      readonly started: boolean;
      readonly usage: Usage;
    };

/** A configured provider: where it is, how to reach it, what it may be given. */
export interface Upstream {
  readonly name: string;
  readonly provider: Provider;
  readonly protocols: readonly Protocol[];
  readonly origin: Origin;
  /** The full path of an operation in a dialect, base URL's own path included; undefined: it has no such thing. */
  path(protocol: string, operation: Operation, stream: boolean, model: string): string | undefined;
  /** Auth that must be worked out for each call. */
  readonly signer: Signer | undefined;
  /** The first of its secrets, for all that is no call. */
  readonly secret: Secret | undefined;
  /** None where it wants none, or signs each call. */
  readonly secrets: readonly Secret[];
  /** When its targets are put out; undefined: as usual. */
  readonly health: HealthRules | 'off' | undefined;
  /** The provider's own, as the config states them. */
  readonly options: JsonObject;
  readonly headers: WireHeaders;
  readonly zone: Zone;
  readonly timers: WireTimers;
  readonly transport: Transport;
  /** Facts about its models, from config, discovery and the provider, by upstream model name. */
  facts(model: string): ModelFacts | undefined;
  /** All models it is known to have, in its own order. */
  known(): readonly ModelFacts[];
  /** Is a model among them? Asked for every call. */
  knows(model: string): boolean;
  /** Changing numbers other stages may read. */
  readonly load: UpstreamLoad;
  /** What replies have taught about the size of its models' tokens. */
  readonly tokenRatios?: TokenRatios;
  /** Its own count of a call's input, where it has one beside the count calls of its dialects; else undefined. */
  count?(call: CallWire, model: string, caller: Cancel): Promise<number | undefined>;
}

/** When failures put a target out, and how it comes back. */
export interface HealthRules {
  /** Failures in a row that put it out. */
  readonly failures: number;
  /** So does this share of failures among the last calls, once there are `least` of them. */
  readonly share: number;
  readonly least: number;
  /** Milliseconds that count as lately. */
  readonly window: number;
  /** Milliseconds out, doubled each time it fails again, up to `mostOut`. */
  readonly out: number;
  readonly mostOut: number;
  /** Milliseconds in which a target that is back gets a growing share. */
  readonly ramp: number;
}

export interface UpstreamLoad {
  inflight: number;
}

export interface Target {
  readonly upstream: Upstream;
  readonly model: string;
  readonly weight: number;
  /** `upstream/model`, for receipts and headers. */
  readonly label: string;
}

export type SelectorName = 'priority' | 'weighted' | 'round-robin' | 'least-load';

/** The name callers use, resolved: what it leads to and what it may carry. */
export interface VirtualModel {
  readonly name: string;
  readonly targets: readonly Target[];
  readonly select: SelectorName;
  readonly parameters: readonly ParameterRule[];
  readonly cache: CacheRule | undefined;
  readonly strict: boolean;
  readonly systemPrompt: string | undefined;
  /** Overrides of the upstream's timers. */
  readonly timers: Partial<WireTimers> | undefined;
  /** Milliseconds for a call as a whole; undefined: as usual. */
  readonly deadline: number | undefined;
  readonly hedge: HedgeRule | undefined;
  /** May another target go on with an answer that broke off? */
  readonly rescue: boolean;
  readonly limits: readonly LimitRule[];
  /** Go on to a target with room rather than wait; undefined: as `select` suggests. */
  readonly spill?: boolean | undefined;
  readonly priority?: Priority | undefined;
  /** Changes when anything about this model changes: part of every cache key. */
  readonly fingerprint: string;
}

/** One rule about one field of the call; `name` is a ParameterName or a top-level wire field. */
export type ParameterRule =
  | { readonly name: string; readonly kind: 'default' | 'lock'; readonly value: string }
  | {
      readonly name: string;
      readonly kind: 'clamp';
      readonly min: number | undefined;
      readonly max: number | undefined;
    }
  | { readonly name: string; readonly kind: 'forbid' };

/** A second attempt beside a slow first one. */
export interface HedgeRule {
  /** Milliseconds; undefined: longer than nineteen in twenty took of late. */
  readonly after: number | undefined;
  /** So many second attempts per call at most. */
  readonly share: number;
}

export interface CacheRule {
  readonly ttl: number;
}

/** So many `of` per `window` milliseconds. */
export interface LimitRule {
  readonly of: 'requests' | 'tokens';
  readonly amount: number;
  readonly window: number;
}
