// What the matrix must know of a dialect: what callers say in it, what upstreams answer in it, and how each
// side is set up. A new dialect is one more file here and one more line in the list.
import type { JsonValue } from '../../testkit/json-value.ts';
import type { Script } from '../../testkit/script.ts';
import type { RecordedCall } from '../../testkit/scripted-upstream.ts';

export interface CallCase {
  /** Without the model's name. */
  readonly body: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ReplyCase {
  readonly body: JsonValue;
  readonly stream: string | Buffer;
}

export interface Dialect {
  /** In the names of golden files. */
  readonly name: string;
  /** Id of the protocol. */
  readonly protocol: string;
  /** By name; cases of the same name in several dialects mean the same. */
  readonly calls: Readonly<Record<string, CallCase>>;
  readonly replies: Readonly<Record<string, ReplyCase>>;
  /** Undefined where nobody calls us in this dialect. */
  readonly face?: FaceSide;
  readonly upstream?: UpstreamSide;
}

export interface FaceSide {
  path(model: string, stream: boolean): string;
  /** A body with the model's name in it, where the dialect has it there. */
  named(model: string, body: JsonValue): JsonValue;
  /** The least that asks for any reply. */
  question(stream: boolean): JsonValue;
  /** What a question must say besides so that a reply in its own dialect goes on byte for byte. */
  readonly untouched?: JsonValue;
  /** By the rules of the dialect, written independently of our own decoders. */
  checkBody(body: JsonValue): void;
  checkStream(text: string): void;
}

export interface UpstreamSide {
  /** An entry of `upstreams` in the config, as YAML on one line. */
  config(url: string): string;
  /** Its name for the model. */
  readonly model: string;
  /** Answers any call with "Hi.". */
  answer(call: RecordedCall): Script;
  whole(body: JsonValue): Script;
  streamed(stream: string | Buffer): Script;
  /** The exact body of a same-dialect call; undefined where such a call is written anew. */
  spliced(name: string, body: JsonValue): string | undefined;
}
