// What is done to a call whose upstream speaks the caller's dialect: its bytes go on as they are, but for a few edits at
// the top.

import type { CallWire, Edit } from './call-wire.ts';
import type { GatewayError } from './errors.ts';
import type { ParameterName } from './operation.ts';
import type { ModelFacts, Quirks } from './provider.ts';
import type { WireHeaders } from './wire.ts';

/** Where a same-dialect call goes. */
export interface Hop {
  /** The upstream's name for the model. */
  readonly model: string;
  readonly facts: ModelFacts | undefined;
}

export interface SameDialect {
  /** Top-level wire fields it gives a meaning to. */
  readonly knownFields: ReadonlySet<string>;
  /** Top-level wire fields of each parameter, the one to write first; dotted for one level inside. */
  readonly parameters: Readonly<Partial<Record<ParameterName, readonly string[]>>>;
  /** Caller headers that go along when caller and upstream speak this dialect. */
  readonly forwardHeaders: readonly string[];

  /**
   * May these bytes go to an upstream with these quirks as they are? False sends the call through decode and
   * encode, although both speak this dialect. Asked for every call: must cost next to nothing.
   */
  fits(wire: CallWire, quirks: Quirks): boolean;
  /** What the call names of the account that is not open to callers, where bytes go on that nobody asks whether they fit. */
  closedStoreOf?(wire: CallWire, quirks: Quirks): GatewayError | undefined;
  /** Headers of a same-dialect hop: versions and the like. `body` knows its top-level fields. */
  upstreamHeaders(caller: WireHeaders, body: { has(field: string): boolean }, quirks?: Quirks): WireHeaders;
  /**
   * Edits of a same-dialect hop beyond the model name, e.g. asking for usage in a stream. One of `model` here
   * takes the place of ours.
   */
  upstreamEdits(wire: CallWire, quirks: Quirks, caller?: WireHeaders, hop?: Hop): readonly Edit[];
  /** The edit that puts an operator's system prompt in front of the caller's own. */
  prependSystem(wire: CallWire, text: string): Edit;
  /** Did the caller ask to see usage? Most dialects always show it. */
  wantsUsage(wire: CallWire): boolean;
  /** Does the call itself say how large the window shall be? What is known of the model is not asked then. */
  setsWindow?(wire: CallWire): boolean;
}
