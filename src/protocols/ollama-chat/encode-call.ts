// Meaning to a call of Ollama's own. The window is always stated, and nothing may be cut off in silence: what
// does not fit is an error. Fields without an exact counterpart are named in the ledger.
import type { CallContent, OutputFormat } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { EncodedCall, EncodeOptions } from '../../canonical/protocol.ts';
import type { Scribe } from '../../canonical/scribe.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodePrompt } from './encode-prompt.ts';
import { encodeThink } from './encode-reasoning.ts';
import { encodeTools } from './encode-tools.ts';
import { DIALECT } from './origin.ts';

const INSIDE_OPTIONS = 'options.';

export function encodeCall(content: CallContent, options: EncodeOptions): EncodedCall {
  const scribe: Scribe = {
    ledger: options.ledger,
    quirks: options.quirks,
    native: content.origin === DIALECT,
  };
  refuseImpossible(content);
  nameLosses(content, scribe);
  const prompt =
    options.operation === 'complete'
      ? encodePrompt(content, scribe)
      : { messages: encodeMessages(content, scribe), ...encodeTools(content, scribe) };
  const extras = ownExtras(content, scribe);
  const body = present({
    model: options.model,
    ...prompt,
    // Said either way: what is not said is streamed here.
    stream: content.stream,
    format: encodeFormat(content.format),
    think: encodeThink(content, options),
    logprobs: content.logprobs === undefined ? undefined : true,
    top_logprobs: content.logprobs?.top,
    options: encodeOptions(content, options, extras.inOptions),
    truncate: false,
    shift: false,
    keep_alive: options.quirks.keepAlive,
    ...extras.onTop,
  });
  return { body, headers: {} };
}

function encodeOptions(content: CallContent, { facts, quirks }: EncodeOptions, own: JsonObject): JsonObject {
  return present({
    num_ctx: facts?.contextWindow ?? quirks.contextWindow,
    num_predict: content.maxTokens,
    temperature: content.temperature,
    top_p: content.topP,
    top_k: content.topK,
    seed: content.seed,
    stop: content.stop,
    presence_penalty: content.presencePenalty,
    frequency_penalty: content.frequencyPenalty,
    ...own,
  });
}

/** The schema itself; its name and how strictly it is meant have no place, and it is always enforced. */
function encodeFormat(format: OutputFormat | undefined): Json | undefined {
  if (format === undefined || format.type === 'text') return undefined;
  return format.type === 'json' ? 'json' : format.schema;
}

interface OwnExtras {
  readonly onTop: JsonObject;
  readonly inOptions: JsonObject;
}

/** Our own caller's fields go back where they stood; those of others are named. */
function ownExtras({ extras }: CallContent, { native, ledger }: Scribe): OwnExtras {
  const onTop: Record<string, Json | undefined> = {};
  const inOptions: Record<string, Json | undefined> = {};
  for (const [name, value] of Object.entries(extras)) {
    // Turns are not the messages they were made of: what stood beside their content has no place now.
    if (!native || name.startsWith('messages[')) ledger.dropped(name);
    else if (name.startsWith(INSIDE_OPTIONS)) inOptions[name.slice(INSIDE_OPTIONS.length)] = value;
    else onTop[name] = value;
  }
  return { onTop, inOptions };
}

function refuseImpossible({ n }: CallContent): void {
  if (n === undefined || n === 1) return;
  throw new GatewayError('unsupported', `The chosen model gives one answer to a call, not ${n}.`, {
    param: 'n',
    remedy: 'Ask for one answer, as often as you want one.',
  });
}

function nameLosses(content: CallContent, { ledger }: Scribe): void {
  if (content.logitBias !== undefined) ledger.dropped('logit_bias');
  if (content.verbosity !== undefined) ledger.dropped('verbosity');
  if (content.user !== undefined) ledger.dropped('user');
  if (content.cacheKey !== undefined) ledger.dropped('prompt_cache_key', 'the engine caches by itself');
  if (content.serviceTier !== undefined) ledger.dropped('service_tier');
  if (content.metadata !== undefined) ledger.dropped('metadata');
  if (content.parallelToolCalls === false) ledger.dropped('parallel_tool_calls');
}

function present(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
