// A reply as canonical events. Every dialect decodes into these and encodes from these.

import type { Sealed, Trace } from './blocks.ts';
import type { GatewayError } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import type { Usage } from './usage.ts';

export type StopReason =
  | 'stop'
  | 'stop_sequence'
  | 'length'
  | 'tools'
  | 'refusal'
  | 'filter'
  | 'context_full'
  | 'pause';

/** What a block is, said once when it opens. */
export type BlockHead =
  | { readonly type: 'text'; readonly trace?: Trace }
  | {
      readonly type: 'reasoning';
      readonly redacted?: Sealed;
      /** The thoughts themselves, where the upstream tells them apart from a summary. */
      readonly verbatim?: boolean;
      readonly trace?: Trace;
    }
  | { readonly type: 'refusal'; readonly trace?: Trace }
  | {
      readonly type: 'tool_call';
      readonly id: string;
      readonly name: string;
      readonly custom?: boolean;
      /** Fields only the upstream's dialect knows, verbatim. */
      readonly extras?: JsonObject;
      readonly trace?: Trace;
    }
  | { readonly type: 'raw'; readonly origin: string; readonly value: Json };

/**
 * Order: `start`, then per block `open` `delta*` `seal?` `close`, then `finish` per choice, `usage`
 * at any time (later ones replace earlier ones), then `end`. `error` ends everything.
 * `index` counts blocks of one reply from 0 over all choices; several blocks may be open at once
 * only when they belong to different choices, or are parallel tool calls of one choice.
 */
export type ReplyEvent =
  | {
      readonly type: 'start';
      readonly id: string;
      readonly model: string;
      readonly created?: number;
      readonly extras?: JsonObject;
    }
  | { readonly type: 'open'; readonly index: number; readonly choice: number; readonly block: BlockHead }
  | { readonly type: 'delta'; readonly index: number; readonly text: string }
  | { readonly type: 'seal'; readonly index: number; readonly sealed: Sealed }
  | { readonly type: 'annotate'; readonly index: number; readonly origin: string; readonly value: Json }
  | { readonly type: 'logprobs'; readonly choice: number; readonly value: Json }
  | { readonly type: 'close'; readonly index: number }
  | {
      readonly type: 'finish';
      readonly choice: number;
      readonly reason: StopReason;
      /** The matched stop string. */
      readonly sequence?: string;
      /** The words of a refusal. */
      readonly explanation?: string;
      readonly extras?: JsonObject;
    }
  | { readonly type: 'usage'; readonly usage: Usage; readonly extras?: JsonObject }
  /** A sign of life. `note`: fields of the gateway's own, in dialects whose clients bear them. */
  | { readonly type: 'ping'; readonly note?: JsonObject }
  | { readonly type: 'error'; readonly error: GatewayError }
  | { readonly type: 'end' };

export type EventOf<Type extends ReplyEvent['type']> = Extract<ReplyEvent, { readonly type: Type }>;
/** An event of one block. */
export type BlockEvent = EventOf<'open' | 'delta' | 'seal' | 'annotate' | 'close'>;

export type Emit = (event: ReplyEvent) => void;
