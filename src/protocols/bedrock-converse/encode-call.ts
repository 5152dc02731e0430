// A call's meaning as a Converse body. Order of work: system and turns first, since tools, thinking and cache
// points depend on what the conversation holds. Model and streaming are in the path.
import type { CallContent } from '../../canonical/content.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { EncodedCall, EncodeOptions } from '../../canonical/protocol.ts';
import { encodeFormat, enforces } from './encode-format.ts';
import {
  encodeSystem,
  encodeTurns,
  isUnreasoned,
  type Turn,
  turnsToJson,
  usedTools,
} from './encode-messages.ts';
import { encodeInference, encodeTopK, nameLosses, outputBound } from './encode-sampling.ts';
import { encodeThoughts, type Thoughts } from './encode-thinking.ts';
import { encodeToolConfig, encodeTools } from './encode-tools.ts';
import { type Encoding, flatten, type Piece, piece, type Wire } from './encoding.ts';
import { familyOf } from './families.ts';
import { DIALECT, isNative, SIGNER } from './origin.ts';
import { matchedPath } from './stop-reasons.ts';
import { checkStored } from './stored-files.ts';

/** More cache points than this are refused. */
const MOST_POINTS = 4;

interface Prompt {
  readonly tools: Piece[];
  readonly system: Piece[];
  readonly turns: readonly Turn[];
}

export function encodeCall(content: CallContent, options: EncodeOptions): EncodedCall {
  const { ledger, model } = options;
  const encoding = createEncoding(content, options);
  const { native, family } = encoding;
  const enforced = enforces(model);
  const prompt: Prompt = {
    tools: encodeTools(content, enforced, encoding),
    system: encodeSystem(content.system, encoding),
    turns: encodeTurns(content.messages, encoding),
  };
  nameLosses(content, ledger);
  const unreasoned = isUnreasoned(prompt.turns);
  const maxTokens = outputBound(content, options);
  const thoughts = encodeThoughts(content, { model, family, maxTokens, unreasoned, ledger });
  const format = encodeFormat(content.format, { enforced, native }, ledger);
  if (format.instruction !== undefined) {
    prompt.system.push({ wire: { text: format.instruction }, point: undefined });
  }
  settlePoints(content, prompt, encoding);
  const used = usedTools(prompt.turns).size > 0;
  const toolConfig = encodeToolConfig(content, prompt.tools, used, thoughts.thinking, encoding);
  const inference = encodeInference(content, thoughts.thinking, options);

  const body: Wire = { messages: turnsToJson(prompt.turns) };
  if (prompt.system.length > 0) body.system = flatten(prompt.system);
  if (Object.keys(inference).length > 0) body.inferenceConfig = inference;
  if (toolConfig !== undefined) body.toolConfig = toolConfig;
  addOutputConfig(body, thoughts, format.field);
  addOwnFields(body, content, thoughts, encoding);
  if (family.name === 'claude' && !native && inference.stopSequences !== undefined) {
    body.additionalModelResponseFieldPaths = [matchedPath(content.stream)];
  }
  addTier(body, content.serviceTier, ledger);
  addMetadata(body, content, ledger);
  addExtras(body, content, ledger);
  checkStored(body, options.quirks);
  return { body, headers: {} };
}

function createEncoding(content: CallContent, { ledger, model, quirks }: EncodeOptions): Encoding {
  const family = familyOf(model);
  return {
    ledger,
    native: isNative(content),
    family,
    signs: family.signs && quirks.sealedOrigin === SIGNER,
    pointed: [],
    documents: new Set(),
  };
}

function settlePoints(content: CallContent, prompt: Prompt, encoding: Encoding): void {
  const { pointed, ledger, family } = encoding;
  if (content.cacheKey !== undefined && pointed.length === 0 && family.caches !== 'nowhere') {
    // Elsewhere a key is enough; here the places must be shown: the fixed part, and all so far.
    const fixed = prompt.system.at(-1) ?? (family.caches === 'everywhere' ? prompt.tools.at(-1) : undefined);
    for (const end of [fixed, prompt.turns.at(-1)?.pieces.at(-1)]) {
      if (end !== undefined) end.point = piece({}, {}, encoding).point;
    }
    ledger.mapped('prompt_cache_key', 'cache points');
    return;
  }
  if (content.cacheKey !== undefined) ledger.dropped('prompt_cache_key');
  // Later points hold the longer prefixes.
  for (const early of pointed.splice(0, Math.max(0, pointed.length - MOST_POINTS))) {
    early.point = undefined;
    ledger.dropped('cache_control', `only ${MOST_POINTS} cache points are accepted`);
  }
}

function addOutputConfig(body: Wire, { effort }: Thoughts, textFormat: JsonObject | undefined): void {
  if (effort === undefined && textFormat === undefined) return;
  body.outputConfig = {
    ...(textFormat === undefined ? {} : { textFormat }),
    ...(effort === undefined ? {} : { effort }),
  };
}

/** Fields that go to the model as they are. */
function addOwnFields(body: Wire, content: CallContent, thoughts: Thoughts, encoding: Encoding): void {
  const topK = encodeTopK(content, encoding.family, thoughts.thinking, encoding.ledger);
  const own = { ...topK, ...thoughts.fields };
  if (Object.keys(own).length > 0) body.additionalModelRequestFields = own;
}

const TIERS: ReadonlySet<string> = new Set(['default', 'priority', 'flex', 'reserved']);

function addTier(body: Wire, tier: string | undefined, ledger: Ledger): void {
  if (tier === undefined) return;
  if (TIERS.has(tier)) body.serviceTier = { type: tier };
  else if (tier === 'standard_only') {
    ledger.mapped('service_tier', 'standard_only is called default here');
    body.serviceTier = { type: 'default' };
  } else if (tier === 'auto') ledger.mapped('service_tier', 'auto is what happens without a word');
  else ledger.dropped('service_tier');
}

const MOST_LABELS = 16;
const LABEL = /^[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}$/;

/** Labels in the vendor's logs, few and in plain letters. */
function addMetadata(body: Wire, content: CallContent, ledger: Ledger): void {
  const labels = Object.entries(content.metadata ?? {});
  if (labels.length === 0) return;
  const fits = labels.every(
    ([name, value]) => LABEL.test(name) && typeof value === 'string' && (value === '' || LABEL.test(value)),
  );
  if (isNative(content) || (fits && labels.length <= MOST_LABELS)) body.requestMetadata = content.metadata;
  else ledger.dropped('metadata', 'labels here are few, short and in plain letters');
}

/** Our own caller's fields go back as they were; those of others are named. */
function addExtras(body: Wire, content: CallContent, ledger: Ledger): void {
  for (const [name, value] of Object.entries(content.extras)) {
    if (content.origin !== DIALECT || name.includes('.')) ledger.dropped(name);
    else body[name] = merged(value, body[name]);
  }
}

function merged(extra: Json | undefined, own: Json | undefined): Json | undefined {
  const outer = asObject(extra);
  const inner = asObject(own);
  return outer === undefined || inner === undefined ? (own ?? extra) : { ...outer, ...inner };
}
