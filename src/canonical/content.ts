// A call's meaning, decoded at most once and only when somebody asks for it.
import type { Block, CacheHint, Message, Trace } from './blocks.ts';
import { GatewayError } from './errors.ts';
import type { JsonObject } from './json.ts';

export interface Tool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the arguments. */
  readonly schema: JsonObject;
  readonly strict?: boolean;
  /** A custom tool takes free text instead of JSON. */
  readonly custom?: JsonObject;
  readonly cache?: CacheHint;
  /** Fields only the call's own dialect knows, verbatim. */
  readonly extras?: JsonObject;
  readonly trace?: Trace;
  /** It stands in a group of tools, and its name here is made of the group's and its own. */
  readonly namespace?: Namespace;
}

/** Where a tool's name comes from in dialects that group tools. */
export interface Namespace {
  readonly name: string;
  /** The tool's name within it. */
  readonly tool: string;
}

/** Calls that go on from what the server holds: the caller sends the new turns only. */
export interface Continuation {
  /** Id of the reply before this call. */
  readonly previous?: string;
  /** Id of a conversation. */
  readonly conversation?: string;
}

/** A tool the vendor runs itself (search, code execution …): exact for its own dialect, else lost. */
export interface ServerTool {
  readonly origin: string;
  readonly value: JsonObject;
}

export type ToolChoice =
  | { readonly mode: 'auto' | 'none' | 'required' }
  | { readonly mode: 'tool'; readonly name: string }
  | { readonly mode: 'allowed'; readonly names: readonly string[]; readonly required: boolean };

export type OutputFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json' }
  | {
      readonly type: 'schema';
      readonly name: string;
      readonly schema: JsonObject;
      readonly strict?: boolean;
      readonly description?: string;
    };

export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface ReasoningWish {
  /** `adaptive`: the model decides; `between_tools` and budgets are Anthropic's finer words. */
  readonly mode?: 'disabled' | 'enabled' | 'adaptive' | 'between_tools';
  readonly effort?: Effort;
  readonly budgetTokens?: number;
  readonly display?: string;
}

export interface CallContent {
  /** The last message is an assistant's, and the answer is to go on in the middle of it. */
  readonly unfinished?: true;
  /** Id of the dialect the call was decoded from: all `extras` inside are in its words. */
  readonly origin: string;
  readonly model: string;
  readonly stream: boolean;
  readonly system: readonly Block[];
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  readonly serverTools: readonly ServerTool[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly logitBias?: JsonObject;
  readonly n?: number;
  readonly logprobs?: { readonly top?: number };
  readonly format?: OutputFormat;
  readonly reasoning?: ReasoningWish;
  /** Caller's identity string for abuse tracking; hashed before it crosses vendors. */
  readonly user?: string;
  readonly cacheKey?: string;
  readonly serviceTier?: string;
  readonly metadata?: JsonObject;
  readonly verbosity?: string;
  readonly continues?: Continuation;
  /** Extras that only their own dialect can follow: anywhere else the call is refused, not bent. */
  readonly bound?: readonly string[];
  readonly trace?: Trace;
  readonly includeUsage: boolean;
  /** Fields only the dialect of `origin` knows, verbatim, so that nothing is lost unnamed. */
  readonly extras: JsonObject;
}

/** What lies with one vendor, and only its own dialect can point to: the call makes no sense in another. */
export function refuseElsewhere({ origin, continues, bound = [] }: CallContent, dialect: string): void {
  if (origin === dialect) return;
  const field = continues === undefined ? bound[0] : heldIn(continues);
  if (field === undefined) return;
  throw new GatewayError(
    'unsupported',
    `The chosen model cannot follow \`${field}\`: what it points to lies elsewhere.`,
    { param: field, remedy: 'Send the content itself instead.' },
  );
}

/** As the dialects that have it call it. */
function heldIn(continues: Continuation): string {
  return continues.conversation === undefined ? 'previous_response_id' : 'conversation';
}
