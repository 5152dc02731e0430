// Meaning to a Responses call. Fields without an exact counterpart are named in the ledger; what would change
// the meaning is refused.
import type { CallContent, OutputFormat } from '../../canonical/content.ts';
import { effortOfWish } from '../../canonical/effort.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { hashedIdentity, shortKey } from '../../canonical/identity.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { EncodedCall, EncodeOptions } from '../../canonical/protocol.ts';
import type { Scribe } from '../../canonical/scribe.ts';
import { isStrict, schemaName } from '../../canonical/strict-schema.ts';
import { encodeInput } from './encode-input.ts';
import { encodeToolbox } from './encode-tools.ts';
import { DIALECT, VENDOR } from './origin.ts';
import { closedIn } from './shared-stores.ts';

const LOGPROBS = 'message.output_text.logprobs';
/** OpenAI refuses a lower bound. */
const LEAST_OUTPUT = 16;
/** OpenAI's words; other vendors' tiers have the same field and other names. */
const serviceTiers: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'scale', 'priority', 'fast']);
/** Fields of a call that has its tokens counted only. */
const counted: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'reasoning',
  'truncation',
  'previous_response_id',
  'conversation',
]);

export function encodeCall(content: CallContent, options: EncodeOptions): EncodedCall {
  const native = content.origin === DIALECT;
  const scribe: Scribe = { ledger: options.ledger, quirks: options.quirks, native };
  refuseImpossible(content);
  const body: JsonObject = {
    model: options.model,
    ...encodeInput(content, scribe),
    ...encodeToolbox(content, scribe),
    ...encodeSampling(content, scribe),
    ...encodeText(content, scribe),
    ...encodeReasoning(content, options, scribe),
    ...encodeIdentity(content, scribe),
    ...encodeService(content, scribe),
    ...encodeState(content, scribe),
    ...encodeExtras(content, scribe),
    ...(content.stream ? { stream: true } : {}),
  };
  const closed = closedIn(body, options.quirks);
  if (closed !== undefined) throw closed;
  return { body: options.operation === 'count' ? onlyCounted(body) : body, headers: {} };
}

function onlyCounted(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => counted.has(name)));
}

function refuseImpossible(content: CallContent): void {
  if (content.n === undefined || content.n <= 1) return;
  throw new GatewayError('unsupported', 'The chosen model gives one reply per call.', {
    param: 'n',
    remedy: 'Set n to 1, or call several times.',
  });
}

function encodeSampling(content: CallContent, scribe: Scribe): JsonObject {
  const { ledger, quirks, native } = scribe;
  if (content.stop?.some((text) => text !== '')) ledger.dropped('stop');
  if (content.seed !== undefined) ledger.dropped('seed');
  if (content.logitBias !== undefined && Object.keys(content.logitBias).length > 0) {
    ledger.dropped('logit_bias');
  }
  // What engines take, the vendor refuses; its own callers must know what they ask.
  const engine = native || quirks.topK === true;
  return present({
    max_output_tokens: outputBound(content.maxTokens, scribe),
    temperature: content.temperature,
    top_p: content.topP,
    top_k: engine ? content.topK : lost(content.topK, undefined, 'top_k', scribe),
    presence_penalty: engine
      ? content.presencePenalty
      : lost(content.presencePenalty, 0, 'presence_penalty', scribe),
    frequency_penalty: engine
      ? content.frequencyPenalty
      : lost(content.frequencyPenalty, 0, 'frequency_penalty', scribe),
    top_logprobs: content.logprobs?.top,
  });
}

/** `idle`: the value that asks for nothing. */
function lost(value: number | undefined, idle: number | undefined, name: string, scribe: Scribe): undefined {
  if (value !== undefined && value !== idle) scribe.ledger.dropped(name);
}

function outputBound(asked: number | undefined, { ledger, quirks, native }: Scribe): number | undefined {
  if (asked === undefined || native || asked >= LEAST_OUTPUT || quirks.sealedOrigin !== VENDOR) return asked;
  ledger.approximated('max_tokens', `${LEAST_OUTPUT}: the least that is taken here`);
  return LEAST_OUTPUT;
}

function encodeText(content: CallContent, scribe: Scribe): JsonObject {
  const own = scribe.native ? asObject(content.extras.text) : undefined;
  const { verbosity } = content;
  const takes = scribe.native || scribe.quirks.sealedOrigin === VENDOR;
  if (verbosity !== undefined && !takes) scribe.ledger.dropped('verbosity');
  const text = present({
    ...own,
    format: encodeFormat(content.format, scribe),
    verbosity: takes ? verbosity : undefined,
  });
  return Object.keys(text).length === 0 ? {} : { text };
}

function encodeFormat(format: OutputFormat | undefined, scribe: Scribe): JsonObject | undefined {
  if (format === undefined || (format.type === 'text' && !scribe.native)) return undefined;
  if (format.type === 'text') return { type: 'text' };
  const style = scribe.quirks.schemaStyle ?? 'openai';
  if (format.type === 'json') return { type: 'json_object' };
  if (style === 'none') {
    scribe.ledger.approximated('response_format', 'JSON is asked for, its schema is not enforced');
    return { type: 'json_object' };
  }
  const { name, schema, description } = format;
  const strict = format.strict ?? ownStrict(schema, scribe);
  return present({ type: 'json_schema', name: schemaName(name), description, schema, strict });
}

/** Where the caller's dialect enforces every schema, so must this one, if the schema keeps its rules for that. */
function ownStrict(schema: JsonObject, scribe: Scribe): true | undefined {
  if (scribe.native) return undefined;
  if (isStrict(schema)) return true;
  scribe.ledger.approximated('response_format', 'the schema breaks the rules for strict ones: a hint only');
  return undefined;
}

const summaries: ReadonlySet<string> = new Set(['auto', 'concise', 'detailed']);

function encodeReasoning(content: CallContent, options: EncodeOptions, scribe: Scribe): JsonObject {
  const own = scribe.native ? asObject(content.extras.reasoning) : undefined;
  const wish = content.reasoning;
  // A caller of this dialect knows which model it asks.
  const effort = scribe.native ? wish?.effort : effortOfWish(wish, options);
  const reasoning = present({ effort, summary: summaryOf(wish?.display, scribe), ...own });
  return Object.keys(reasoning).length === 0 ? {} : { reasoning };
}

function summaryOf(display: string | undefined, scribe: Scribe): string | undefined {
  if (display === undefined || scribe.native || summaries.has(display)) return display;
  return display === 'summarized' ? 'auto' : undefined;
}

/** The caller's name for its user, unreadable, twice: against abuse, and to find the warm cache. */
function encodeIdentity(content: CallContent, { ledger, quirks, native }: Scribe): JsonObject {
  const { user, cacheKey, extras } = content;
  if (native) {
    const field = extras.user === undefined ? 'user' : 'safety_identifier';
    return present({ [field]: user, prompt_cache_key: cacheKey });
  }
  if (quirks.identity === false) {
    if (user !== undefined) ledger.dropped('user');
    if (cacheKey !== undefined) ledger.dropped('prompt_cache_key');
    return {};
  }
  if (user !== undefined) ledger.mapped('user', 'hashed');
  const hashed = user === undefined ? undefined : hashedIdentity(user);
  return present({ safety_identifier: hashed, prompt_cache_key: shortKey(cacheKey) ?? hashed });
}

function encodeService(content: CallContent, { ledger, native }: Scribe): JsonObject {
  const { serviceTier, metadata } = content;
  if (native) return present({ service_tier: serviceTier, metadata });
  const tier = serviceTier === 'standard_only' ? 'default' : serviceTier;
  const known = tier !== undefined && serviceTiers.has(tier);
  if (tier !== undefined && !known) ledger.dropped('service_tier');
  else if (tier !== serviceTier) ledger.mapped('service_tier', tier);
  // It belongs to an answer that is stored, and this one is not.
  if (metadata !== undefined && Object.keys(metadata).length > 0) {
    ledger.dropped('metadata', 'the answer is not stored');
  }
  return present({ service_tier: known ? tier : undefined });
}

/** Others' calls are not stored: nobody would come for them. What the caller wants to be told goes in `include`. */
function encodeState(content: CallContent, { native }: Scribe): JsonObject {
  const { continues, logprobs, trace } = content;
  if (!native) return present({ store: false, include: logprobs === undefined ? undefined : [LOGPROBS] });
  return present({
    previous_response_id: continues?.previous,
    conversation: continues?.conversation,
    store: trace?.store,
    include: trace?.include,
    stream_options: trace?.stream_options,
  });
}

const placed: ReadonlySet<string> = new Set(['text', 'reasoning']);

/** Our own caller's fields go back as they were, whoever understands them; those of others are named. */
function encodeExtras({ extras }: CallContent, { ledger, native }: Scribe): JsonObject {
  if (native) return Object.fromEntries(Object.entries(extras).filter(([name]) => !placed.has(name)));
  for (const name of Object.keys(extras)) ledger.dropped(name);
  return {};
}

function present(fields: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
