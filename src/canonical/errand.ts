// Operations with one question and one whole answer: embeddings, speech, pictures … Where several dialects
// know one, it has forms of its own here, and each dialect reads and writes them; where only one does, its
// bytes are passed on as they are.
import type { CallWire, Edit } from './call-wire.ts';
import type { Json, JsonObject } from './json.ts';
import type { LedgerEntry } from './ledger.ts';
import type { EncodedCall, EncodeOptions, Errand, Operation } from './protocol.ts';
import type { Quirks } from './provider.ts';
import type { Units, Usage } from './usage.ts';
import type { BodyOutline, BodyVerdict } from './watchers.ts';

/** `tokens`: what a tokenizer made of a text. */
export type EmbedInput = string | { readonly tokens: readonly number[] };

export interface EmbedCall {
  /** Id of the dialect whose words the extras are in. */
  readonly origin: string;
  readonly inputs: readonly EmbedInput[];
  readonly dimensions?: number;
  /** How the caller wants the numbers written. */
  readonly encoding: 'float' | 'base64';
  /** What the vectors are for, in models that make a difference. */
  readonly purpose?: string;
  /** May inputs that are too long be cut? Undefined: nobody said. */
  readonly truncate?: boolean;
  readonly user?: string;
  readonly extras: JsonObject;
}

export interface EmbedReply extends ErrandReply {
  readonly vectors: readonly (readonly number[])[];
  readonly usage: Usage | undefined;
}

export interface RerankCall {
  readonly origin: string;
  readonly query: string;
  readonly documents: readonly (string | JsonObject)[];
  readonly top?: number;
  readonly returnDocuments?: boolean;
  readonly extras: JsonObject;
}

export interface RerankReply extends ErrandReply {
  readonly id?: string;
  /** Best first. */
  readonly results: readonly { readonly index: number; readonly score: number; readonly document?: string }[];
  readonly usage: Usage | undefined;
}

/** The form of each operation that has one; a dialect's translation of it speaks of these. */
export interface ErrandForms {
  readonly embed: { readonly call: EmbedCall; readonly reply: EmbedReply };
  readonly rerank: { readonly call: RerankCall; readonly reply: RerankReply };
}

export interface ErrandReply {
  /** '' where the dialect does not say. */
  readonly model: string;
}

export interface ErrandText {
  readonly text: string;
  /** What the answer had and this dialect cannot say. */
  readonly losses: readonly LedgerEntry[];
}

/** `call` and `reply`: the forms of the operation, the same in every dialect. */
export interface ErrandTranslation<Call = unknown, Reply extends ErrandReply = ErrandReply> {
  decodeCall(body: JsonObject): Call;
  encodeCall(call: Call, options: EncodeOptions): EncodedCall;
  /** A list only where `lists` says that the dialect has such answers. */
  decodeReply(body: Json): Reply;
  /** `call`: what was asked, which some answers repeat or obey. */
  encodeReply(reply: Reply, call: Call): ErrandText;
}

/** How one dialect does one of these operations. */
export interface ErrandDialect<Call = unknown, Reply extends ErrandReply = ErrandReply> {
  /** Called for a model the caller did not name. */
  readonly defaultModel?: string;
  /** What its calls come as. Default: JSON. */
  readonly body?: 'json' | 'form' | 'either';
  /** Its answers may be events or bytes, as their media type says. Default: they are JSON, whatever they call themselves. */
  readonly media?: true;
  /** An answer may be a bare list. */
  readonly lists?: true;
  /** Usage in a JSON answer, or why it is none. Absent: whatever came will do. */
  judge?(outline: BodyOutline): BodyVerdict;
  /** The same for one event of a streamed answer; the last usage stated counts. */
  judgeEvent?(event: JsonObject): BodyVerdict;
  /** What is billed for a call whose answer states nothing, in dialects where it is not tokens. */
  unitsOf?(wire: CallWire): Units;
  /** May these bytes go as they are to an upstream of this dialect with these quirks? Default: they may. */
  fits?(wire: CallWire, quirks: Quirks): boolean;
  /** Where these bytes go, of the path to which calls of their kind go, in dialects with more than one. */
  path?(path: string, wire: CallWire): string;
  /** Edits of a same-dialect hop beyond the model's name on top; `model` is the upstream's. */
  edits?(wire: CallWire, model: string): readonly Edit[];
  /** An answer of this dialect as this very call wanted it; the same bytes when it is so already. */
  suit?(answer: Buffer, wire: CallWire): Buffer;
  /** Absent: only upstreams that speak this dialect can be asked. */
  readonly translation?: ErrandTranslation<Call, Reply>;
}

export type ErrandDialects = {
  readonly [Name in Errand]?: Name extends keyof ErrandForms
    ? ErrandDialect<ErrandForms[Name]['call'], ErrandForms[Name]['reply']>
    : ErrandDialect<never, never>;
};

const conversations: ReadonlySet<Operation> = new Set(['chat', 'complete', 'count']);

/** Not a conversation: one question, one whole answer. */
export function isErrand(operation: Operation): operation is Errand {
  return !conversations.has(operation);
}
