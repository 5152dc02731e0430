// What messages and replies are made of, in no vendor's words.
import type { Json, JsonObject } from './json.ts';

export type MediaSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'file'; readonly id: string }
  | { readonly kind: 'text'; readonly text: string };

/** A caller's wish that the provider caches the prompt up to here. */
export interface CacheHint {
  readonly ttl?: '5m' | '1h';
}

/**
 * A vendor's sealed bytes (signature, encrypted reasoning, thought signature). They are only ever
 * given back to the protocol and vendor they came from: `origin` names it.
 */
export interface Sealed {
  readonly origin: string;
  readonly value: string;
}

/**
 * Ids, statuses and the like that the dialect of origin gives its own things. They go back to it; to nobody
 * else do they mean anything, so nobody else names them as lost.
 */
export type Trace = JsonObject;

interface Traced {
  readonly trace?: Trace;
}

interface Adorned extends Traced {
  readonly cache?: CacheHint;
  /** Fields such as citations that only the call's own dialect knows, verbatim. */
  readonly extras?: JsonObject;
}

export interface TextBlock extends Adorned {
  readonly type: 'text';
  readonly text: string;
}
export interface ImageBlock extends Adorned {
  readonly type: 'image';
  readonly source: MediaSource;
  readonly detail?: string;
}
export interface DocumentBlock extends Adorned {
  readonly type: 'document';
  readonly source: MediaSource;
  readonly name?: string;
}
export interface AudioBlock {
  readonly type: 'audio';
  readonly data: string;
  readonly format: string;
}
export interface ReasoningBlock extends Traced {
  readonly type: 'reasoning';
  readonly text: string;
  /** Signature of the text, or, when `redacted`, the reasoning itself in sealed form. */
  readonly sealed?: Sealed;
  readonly redacted?: boolean;
}
export interface ToolCallBlock extends Adorned {
  readonly type: 'tool_call';
  readonly id: string;
  readonly name: string;
  /** JSON text of the arguments, or free text for a custom tool. */
  readonly input: string;
  readonly custom?: boolean;
  /** Thought signature and the like, bound to this call. */
  readonly sealed?: Sealed;
}
export interface ToolResultBlock extends Adorned {
  readonly type: 'tool_result';
  readonly callId: string;
  readonly content: readonly Block[];
  readonly isError?: boolean;
}
export interface RefusalBlock extends Traced {
  readonly type: 'refusal';
  readonly text: string;
}
/** Something only its own dialect understands (server tools, containers …). */
export interface RawBlock {
  readonly type: 'raw';
  readonly origin: string;
  readonly value: Json;
  /** What is asked stays the same without it: others leave it out and say so, instead of refusing the call. */
  readonly spare?: boolean;
}

export type Block =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | AudioBlock
  | ReasoningBlock
  | ToolCallBlock
  | ToolResultBlock
  | RefusalBlock
  | RawBlock;

/** Tool results live in `user` messages, first; `system` inside the list is an inline system message. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly blocks: readonly Block[];
  readonly name?: string;
}
