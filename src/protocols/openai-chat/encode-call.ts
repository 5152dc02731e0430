// Meaning to a Chat call. Fields without an exact counterpart are named in the ledger; what would change
// the meaning is refused.
import type { CallContent } from '../../canonical/content.ts';
import { effortOfWish } from '../../canonical/effort.ts';
import { hashedIdentity, shortKey } from '../../canonical/identity.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { EncodedCall, EncodeOptions } from '../../canonical/protocol.ts';
import type { Scribe } from '../../canonical/scribe.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeFormat, encodeToolbox } from './encode-tools.ts';
import { origin, serviceTiers } from './reply-parts.ts';

export function encodeCall(content: CallContent, options: EncodeOptions): EncodedCall {
  const native = content.origin === origin;
  const scribe: Scribe = { ledger: options.ledger, quirks: options.quirks, native };
  const effort = effortOfWish(content.reasoning, options);
  const body: JsonObject = {
    model: options.model,
    messages: encodeMessages(content, scribe),
    ...encodeToolbox(content, scribe),
    ...encodeSampling(content, scribe),
    ...encodeFormat(content.format, scribe),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...encodeVerbosity(content, scribe),
    ...encodeIdentity(content, scribe),
    ...encodeService(content, scribe),
    ...encodeExtras(content, scribe),
    ...encodeStream(content, scribe),
    ...encodeUnfinished(content, scribe),
  };
  return { body: withoutRefused(body, scribe), headers: {} };
}

/** Engines with a template of their own close an assistant's message unless they are told not to. */
function encodeUnfinished({ unfinished }: CallContent, { quirks }: Scribe): JsonObject {
  if (unfinished !== true || quirks.prefill !== 'continue_final_message') return {};
  return { continue_final_message: true, add_generation_prompt: false };
}

function withoutRefused(body: JsonObject, { quirks, ledger }: Scribe): JsonObject {
  const refused = quirks.refuses?.filter((field) => body[field] !== undefined) ?? [];
  if (refused.length === 0) return body;
  for (const field of refused) ledger.dropped(field, 'the upstream refuses it');
  return Object.fromEntries(Object.entries(body).filter(([field]) => !refused.includes(field)));
}

export function encodeSampling(content: CallContent, scribe: Scribe): JsonObject {
  const { quirks, ledger } = scribe;
  if (content.topK !== undefined && quirks.topK !== true) ledger.dropped('top_k');
  return present({
    [quirks.maxTokensField ?? 'max_completion_tokens']: content.maxTokens,
    temperature: content.temperature,
    top_p: content.topP,
    top_k: quirks.topK === true ? content.topK : undefined,
    stop: encodeStops(content.stop, scribe),
    [quirks.seedField ?? 'seed']: content.seed,
    presence_penalty: content.presencePenalty,
    frequency_penalty: content.frequencyPenalty,
    logit_bias: content.logitBias,
    n: content.n,
    logprobs: content.logprobs === undefined ? undefined : true,
    top_logprobs: content.logprobs?.top,
  });
}

/** Of others' calls only OpenAI itself is known to take it. */
function encodeVerbosity({ verbosity }: CallContent, scribe: Scribe): JsonObject {
  if (verbosity === undefined || scribe.native || scribe.quirks.sealedOrigin === 'openai') {
    return present({ verbosity });
  }
  scribe.ledger.dropped('verbosity');
  return {};
}

function encodeStops(stops: readonly string[] | undefined, scribe: Scribe): readonly string[] | undefined {
  if (stops === undefined || stops.length === 0) return undefined;
  const most = scribe.quirks.mostStops ?? stops.length;
  for (let at = most; at < stops.length; at += 1) {
    scribe.ledger.dropped(`stop[${at}]`, `the upstream takes ${most} stop strings`);
  }
  return stops.slice(0, most);
}

interface Identified extends Pick<CallContent, 'extras'> {
  readonly user?: string | undefined;
  readonly cacheKey?: string | undefined;
}

/** The caller's name for its user, unreadable, twice: against abuse, and to find the warm cache. */
export function encodeIdentity(content: Identified, scribe: Scribe): JsonObject {
  const { user, cacheKey } = content;
  if (scribe.native) return ownIdentity(content);
  if (scribe.quirks.identity === false) {
    if (user !== undefined) scribe.ledger.dropped('user');
    if (cacheKey !== undefined) scribe.ledger.dropped('prompt_cache_key');
    return {};
  }
  if (user !== undefined) scribe.ledger.mapped('user', 'hashed');
  const hashed = user === undefined ? undefined : hashedIdentity(user);
  return present({ safety_identifier: hashed, prompt_cache_key: shortKey(cacheKey) ?? hashed });
}

/** Between two of one dialect it stays what it is; the older field is the one that all of them know. */
function ownIdentity({ user, cacheKey, extras }: Identified): JsonObject {
  const field = extras.user === undefined ? 'user' : 'safety_identifier';
  return present({ [field]: user, prompt_cache_key: cacheKey });
}

function encodeService(content: CallContent, scribe: Scribe): JsonObject {
  const { serviceTier, metadata } = content;
  if (scribe.native) return present({ service_tier: serviceTier, metadata });
  const tier = tierOf(serviceTier);
  if (tier === undefined && serviceTier !== undefined) scribe.ledger.dropped('service_tier');
  else if (tier !== serviceTier) scribe.ledger.mapped('service_tier', tier);
  // OpenAI refuses metadata of answers that are not stored.
  if (metadata !== undefined) scribe.ledger.dropped('metadata', 'the answer is not stored');
  return present({ service_tier: tier });
}

/** `standard_only` is Anthropic's way to say: no priority. */
function tierOf(tier: string | undefined): string | undefined {
  if (tier === 'standard_only') return 'default';
  return tier !== undefined && serviceTiers.has(tier) ? tier : undefined;
}

/** Our own caller's fields go back as they were, whoever understands them; those of others are named. */
function encodeExtras({ extras }: CallContent, scribe: Scribe): JsonObject {
  if (scribe.native) {
    const own: Record<string, Json | undefined> = {};
    for (const [name, value] of Object.entries(extras)) {
      // Turns are not the messages they were made of: what stood beside their content has no place now.
      if (name.startsWith('messages[')) scribe.ledger.dropped(name);
      else if (name !== 'stream_options') own[name] = value;
    }
    return own;
  }
  for (const name of Object.keys(extras)) scribe.ledger.dropped(name);
  return {};
}

/** We always want to know the usage, whoever else does. */
export function encodeStream(content: CallContent, scribe: Scribe): JsonObject {
  if (!content.stream) return {};
  if (scribe.quirks.streamUsage === false) return { stream: true };
  const options = scribe.native ? asObject(content.extras.stream_options) : undefined;
  return { stream: true, stream_options: { ...options, include_usage: true } };
}

function present(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
