// What a vendor or engine adds to a dialect: address, auth, quirks, discovery, models. Mostly data.
import type { Secret } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { Price } from './money.ts';
import type { Operation } from './protocol.ts';
import type { Transport, WireCall, WireHeaders, WireTimers } from './wire.ts';

/** Where a prompt goes: `local` never leaves the house; any other name is the operator's own. */
export type Zone = 'local' | 'cloud' | (string & {});

export interface ModelFacts {
  readonly id: string;
  /** Tokens of prompt and output together; undefined when nobody told. */
  readonly contextWindow?: number;
  readonly maxOutput?: number;
  readonly price?: Price;
  readonly abilities?: readonly Ability[];
}

export type Ability = 'tools' | 'images' | 'documents' | 'audio' | 'reasoning' | 'structured' | 'embeddings';

/** Declared deviations from the dialect; encoders read them, nothing else does. */
export interface Quirks {
  /** Chat field for the output bound; newest OpenAI models reject `max_tokens`. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  /** Whether `stream_options.include_usage` may be sent. Default true. */
  readonly streamUsage?: boolean;
  /** Chat field that carries plain reasoning back to the model. */
  readonly reasoningField?: 'reasoning_content' | 'reasoning' | 'none';
  /** How a JSON schema is asked for. */
  readonly schemaStyle?: 'openai' | 'llamacpp' | 'tgi' | 'none';
  /** Tool choice values the engine honours; others are lost and named. */
  readonly toolChoice?: 'full' | 'none';
  /** May image URLs be sent, or only data? Default true. */
  readonly imageUrls?: boolean;
  /** Buckets that callers may name files in: the upstream reads them with our rights. Default: none. */
  readonly buckets?: readonly string[];
  /** May callers name files and caches that lie in the account they all share? Default false. */
  readonly sharedFiles?: boolean;
  /** The `developer` role is understood; else it becomes `system`. */
  readonly developerRole?: boolean;
  /** Takes `top_k`, as local engines do. Default false. */
  readonly topK?: boolean;
  /** Takes custom (free text) tools and namespaces of tools; else they go as functions. Default true. */
  readonly customTools?: boolean;
  /** Takes `prompt_cache_breakpoint` on parts. Default false: strict services refuse unknown fields there. */
  readonly cacheBreakpoints?: boolean;
  /** Takes `safety_identifier` and `prompt_cache_key`. Default true. */
  readonly identity?: boolean;
  /** Takes system messages after the first turn; else they are folded into a user turn. Default true. */
  readonly inlineSystem?: boolean;
  /** Pattern of the names of models that complete bare prompts, for an upstream whose others only chat. */
  readonly completionModels?: string;
  /** A turn that calls tools must carry `reasoningField`, be it empty. */
  readonly reasoningOnCalls?: boolean;
  /** Top-level chat fields it refuses: a call that has one is written anew without it, and the loss named. */
  readonly refuses?: readonly string[];
  /** Chat field of the seed. */
  readonly seedField?: 'seed' | 'random_seed';
  /** Shape of rerank calls: `tei` has texts in and a bare list out. */
  readonly rerankShape?: 'tei';
  /** Shape of calls for embeddings: `predict` has instances in and predictions out. */
  readonly embedShape?: 'predict';
  /** Ids of tool calls must be nine letters or digits. */
  readonly callIds?: 'nine';
  /** It refuses calls whose prompt and bound on output together exceed the window; others only stop when it is full. */
  readonly countsOutput?: boolean;
  /** How many stop strings it takes. */
  readonly mostStops?: number;
  /** Letters in a tool's name. */
  readonly mostToolName?: number;
  /** Pattern of the names of models that reason, for an upstream that refuses wishes about it to others. */
  readonly reasoningModels?: string;
  /** Vendor of sealed blobs this upstream accepts back, e.g. `anthropic`. */
  readonly sealedOrigin?: string;
  /**
   * It goes on with an assistant's last message: by itself (`last`), or when told so (`continue_final_message`). Default: not
   * known to.
   */
  readonly prefill?: 'last' | 'continue_final_message';
  /** Counts the tokens of a call given as it is; else the call goes inside one for counting. */
  readonly bareCount?: boolean;
  /** It holds conversations itself and takes `thread`; others would answer a turn without its history. */
  readonly threads?: boolean;
  /** Window to ask for where nothing is known of the model, for engines that are told with every call. */
  readonly contextWindow?: number;
  /** How long a model stays loaded after a call that does not say, in the engine's words. */
  readonly keepAlive?: string | number;
  /** Messages in another vendor's envelope: written into the body as `anthropic_version`, betas beside it; no model, no stream. */
  readonly messagesVersion?: string;
  /** In that envelope it wants to hear of a stream all the same. */
  readonly messagesStream?: boolean;
  /** How the names of the betas begin that it takes; others are left out. Default: all. */
  readonly betas?: readonly string[];
}

/** What discovery may do: plain GETs and POSTs to the upstream's own address, bounded in time and size. */
export interface Probe {
  get(path: string): Promise<ProbeAnswer>;
  post(path: string, body: JsonObject): Promise<ProbeAnswer>;
}

/** `body` is undefined when the answer was no JSON. */
export interface ProbeAnswer {
  readonly status: number;
  readonly body: JsonObject | undefined;
}

/** Auth that changes with the call or the hour: signatures, tokens bought with a credential. */
export interface Signer {
  /** Headers to add to this call; a promise only when something must be fetched first. */
  sign(wire: WireCall): WireHeaders | Promise<WireHeaders>;
  /** The upstream did not accept it: what was fetched is of no use any more. */
  refused?(): void;
}

export interface SignerParts {
  readonly secret: Secret | undefined;
  /** Provider options as the config states them. */
  readonly options: JsonObject;
  readonly transport: Transport;
  readonly clock: { now(): number; wall(): number };
}

/** What a path is asked for. */
export interface PathWish {
  /** Id of the dialect. */
  readonly protocol: string;
  readonly operation: Operation;
  readonly stream: boolean;
  /** Provider options as the config states them. */
  readonly options: JsonObject;
}

export interface SimulationOptions {
  readonly clock: { now(): number; wall(): number };
  readonly random: { next(): number };
  /** Provider options as the config states them. */
  readonly options: JsonObject;
}

/** What an upstream's entry in the config states already. */
export interface Stated {
  readonly secret: boolean;
  readonly options: JsonObject;
}

/** What the environment adds to it. */
export interface Surroundings {
  readonly secret?: string;
  readonly options?: JsonObject;
}

/** An address that depends on the provider's options, such as a region. */
export interface Whereabouts {
  /** What to state in the config when `at` finds nothing. */
  readonly hint: string;
  at(options: JsonObject): string | undefined;
}

export interface Provider {
  readonly id: string;
  /** One line for the docs table. */
  readonly summary: string;
  readonly zone: Zone;
  /** Ids of the dialects it serves itself, best first. A caller's own dialect is preferred. */
  readonly protocols: readonly string[];
  /** Does this model understand this dialect? Without it every model understands all of them. */
  speaks?(protocol: string, model: string): boolean;
  readonly baseUrl?: string;
  readonly whereabouts?: Whereabouts;
  /** Environment variables looked at when the config names no secret. */
  readonly secretEnv?: readonly string[];
  readonly baseUrlEnv?: readonly string[];
  /** In place of `secretEnv`'s names: what to set where there is no secret. Undefined: with these options it needs none. */
  wantedSecret?(options: JsonObject): string | undefined;
  /** Options that are credentials: `file:` is read for them, and plain text earns a warning. */
  readonly secretOptions?: readonly string[];
  /** In place of `secretEnv` where credentials are more than one secret. Of what it returns, only what the config leaves out counts. */
  environment?(env: Readonly<Record<string, string | undefined>>, stated: Stated): Surroundings;
  /** Usual local ports, and how to tell the engine apart from others on the same port. */
  readonly ports?: readonly number[];
  recognise?(probe: Probe): Promise<boolean>;

  /** `options`: the provider's own, as the config states them. */
  authorize(secret: Secret | undefined, protocol: string, options?: JsonObject): WireHeaders;
  /** For secrets that are no plain header. Made once per upstream; `authorize` is asked all the same. Undefined: not needed. */
  signer?(parts: SignerParts): Signer | undefined;
  /** Its base URL ends in the version (`/v1`), so its own paths do not begin with one. */
  readonly versioned?: boolean;
  /** Its own paths begin with this; a configured URL may end with it. */
  readonly prefix?: string;
  /** Overrides the dialect's path; may hold one `{model}`. */
  path?(wish: PathWish): string | undefined;
  /** Operations beyond chat that the upstream answers itself, by dialect. */
  readonly also?: Readonly<Record<string, readonly Operation[]>>;
  /** The dialect in which it is best asked for an operation, be the caller's another one that it speaks, too. */
  readonly prefers?: Readonly<Partial<Record<Operation, string>>>;
  readonly quirks?: Quirks;
  /** What takes longer here than elsewhere. */
  readonly timers?: Partial<WireTimers>;
  /** What its batches cost, in percent of a model's price. Undefined: nobody knows. */
  readonly batchPercent?: number;
  /** What an upstream's own options change about it; asked once per upstream. */
  configure?(options: JsonObject): Partial<Provider>;
  discover?(probe: Probe): Promise<readonly ModelFacts[]>;
  /** How many calls it works on at a time, where it says. */
  slots?(probe: Probe): Promise<number | undefined>;
  /** Under which name the catalogue keeps its models' windows and prices. */
  readonly catalogue?: string;
  /** How its models cut text, where that is one of the encodings we have; elsewhere ours is a guess. */
  readonly encoding?: 'o200k';
  /**
   * An endpoint of its own that counts a call's input tokens exactly. `call` is in its best dialect, as it would
   * be sent. Undefined when the answer holds no count.
   */
  countTokens?(probe: Probe, call: JsonObject): Promise<number | undefined>;
  /** Models known without asking. */
  readonly models?: readonly ModelFacts[];
  /** Unpacks what it wraps the replies of a dialect in. */
  unwrap?(transport: Transport): Transport;
  /** A provider that lives in this process instead of behind a URL. */
  simulate?(options: SimulationOptions): Transport;
}
