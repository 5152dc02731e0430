// A call's meaning as a Messages body. Order of work: system and turns first, since tools, reasoning and
// cache marks depend on what the conversation holds.
import { encodeThinking, type Thinking, thinks } from '../../canonical/claude-thinking.ts';
import { claudeVersion, isAtLeast, since, takesInlineSystem } from '../../canonical/claude-version.ts';
import type { CallContent } from '../../canonical/content.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { EncodedCall, EncodeOptions } from '../../canonical/protocol.ts';
import { encodeFormat } from './encode-format.ts';
import { encodeSystem, encodeTurns, type Turn, turnsToJson } from './encode-messages.ts';
import { addIdentity, addSampling, addStop, nameLosses, refuseImpossible } from './encode-sampling.ts';
import { declareUsedTools, encodeToolChoice, encodeTools } from './encode-tools.ts';
import { type Encoding, mark, plainText, type Wire } from './encoding.ts';
import { enveloped } from './envelope.ts';
import { upstreamHeaders } from './headers.ts';
import { isNative } from './origin.ts';
import { lacksReasoning } from './unreasoned.ts';

/** When neither the caller nor the catalogue says how long a reply may be. */
const DEFAULT_MAX_TOKENS = 4096;
/** … and the model is to think, which counts as well. */
const THINKING_MAX_TOKENS = 16_384;
/** More cache marks than this are refused. */
const MOST_MARKS = 4;

interface Prompt {
  readonly tools: Wire[];
  readonly system: Wire[];
  readonly turns: readonly Turn[];
}

export function encodeCall(content: CallContent, options: EncodeOptions): EncodedCall {
  const { ledger, operation } = options;
  const version = claudeVersion(options.model);
  const encoding = createEncoding(content, options);
  const prompt = encodePrompt(content, encoding);
  const thinking = encodeThinking(content.reasoning, {
    version,
    maxTokens: outputBound(content, options),
    unreasoned: lacksReasoning(prompt.turns),
    native: encoding.native,
    ledger,
  });
  const enforced = options.quirks.schemaStyle !== 'none' && isAtLeast(version, since.schema);
  const format = encodeFormat(content.format, { enforced, native: encoding.native }, ledger);
  if (format.instruction !== undefined) prompt.system.push({ type: 'text', text: format.instruction });
  const choice = settleTools(content, prompt, thinking, encoding, options);
  settleMarks(content, prompt, encoding);

  const body: Wire = { model: options.model };
  if (operation === 'chat') body.max_tokens = maxTokens(content, thinking, options);
  if (prompt.system.length > 0) body.system = plainText(prompt.system) ?? prompt.system;
  body.messages = turnsToJson(prompt.turns);
  if (prompt.tools.length > 0) body.tools = prompt.tools;
  if (choice !== undefined) body.tool_choice = choice;
  if (thinking.field !== undefined) body.thinking = thinking.field;
  addOutputConfig(body, content, thinking.effort, format.field);
  if (operation === 'chat') addChatFields(body, content, thinks(thinking), version, ledger);
  addExtras(body, content, options);
  const headers = upstreamHeaders({}, new Set(), options.quirks);
  return { body: enveloped(body, options.quirks, operation), headers };
}

function createEncoding(content: CallContent, options: EncodeOptions): Encoding {
  return {
    ledger: options.ledger,
    native: isNative(content),
    sealedOrigin: options.quirks.sealedOrigin,
    inlineSystem: options.quirks.inlineSystem !== false && takesInlineSystem(options.model),
    imageUrls: options.quirks.imageUrls !== false,
    marked: [],
  };
}

function encodePrompt(content: CallContent, encoding: Encoding): Prompt {
  return {
    tools: encodeTools(content, encoding),
    system: encodeSystem(content.system, encoding),
    turns: encodeTurns(content.messages, encoding),
  };
}

function settleTools(
  content: CallContent,
  prompt: Prompt,
  thinking: Thinking,
  encoding: Encoding,
  options: EncodeOptions,
): JsonObject | undefined {
  const choice = encodeToolChoice(content, prompt.tools, thinking, encoding);
  if (choice !== undefined && options.quirks.toolChoice === 'none') {
    return withoutChoice(choice, prompt, encoding);
  }
  if (prompt.tools.length > 0 || encoding.native) return choice;
  const used = declareUsedTools(prompt.turns);
  if (used.length === 0) return undefined;
  prompt.tools.push(...used);
  encoding.ledger.mapped('tools', 'tools of the history were declared again, none to be used');
  return { type: 'none' };
}

/** Engines that ignore the choice: no tools is the only choice that can be made for them. */
function withoutChoice(choice: JsonObject, prompt: Prompt, encoding: Encoding): undefined {
  if (choice.type === 'none') {
    prompt.tools.length = 0;
    encoding.ledger.mapped('tool_choice', 'none: the tools were left out');
  } else if (choice.type !== 'auto') encoding.ledger.dropped('tool_choice', 'the upstream ignores it');
}

function settleMarks(content: CallContent, prompt: Prompt, encoding: Encoding): void {
  const { marked, ledger } = encoding;
  if (content.cacheKey !== undefined && marked.length === 0) {
    // Elsewhere a key is enough; here the places must be shown: the fixed part, and all so far.
    const lastTurn = prompt.turns[prompt.turns.length - 1];
    for (const wire of [prompt.system.at(-1) ?? prompt.tools.at(-1), lastTurn?.content.at(-1)]) {
      if (wire !== undefined && isMarkable(wire)) mark(wire, {}, encoding);
    }
    ledger.mapped('prompt_cache_key', 'cache marks');
  }
  // Later marks hold the longer prefixes.
  for (const wire of marked.splice(0, Math.max(0, marked.length - MOST_MARKS))) {
    delete wire.cache_control;
    ledger.dropped('cache_control', `only ${MOST_MARKS} marks are accepted`);
  }
}

function isMarkable(wire: Wire): boolean {
  return wire.type !== 'thinking' && wire.type !== 'redacted_thinking' && wire.cache_control === undefined;
}

/** The bound that reasoning must stay below; undefined when nobody set one. */
function outputBound(content: CallContent, options: EncodeOptions): number | undefined {
  if (options.operation === 'count') return undefined;
  const bounds = [content.maxTokens, options.facts?.maxOutput].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? undefined : Math.min(...bounds);
}

function maxTokens(content: CallContent, thinking: Thinking, options: EncodeOptions): number {
  const most = options.facts?.maxOutput;
  const asked = content.maxTokens;
  if (asked !== undefined) {
    if (most === undefined || asked <= most) return asked;
    options.ledger.approximated('max_tokens', `${asked}: the model gives ${most} at most`);
    return most;
  }
  const budget = thinking.field?.budget_tokens;
  const reply = thinks(thinking) || thinking.effort !== undefined ? THINKING_MAX_TOKENS : DEFAULT_MAX_TOKENS;
  const chosen = most ?? (typeof budget === 'number' ? budget + DEFAULT_MAX_TOKENS : reply);
  options.ledger.chosen('max_tokens', `${chosen}: a bound is required here and none was stated`);
  return chosen;
}

function addOutputConfig(
  body: Wire,
  content: CallContent,
  effort: string | undefined,
  format: JsonObject | undefined,
): void {
  const config: Wire = isNative(content) ? { ...asObject(content.extras.output_config) } : {};
  if (effort !== undefined) config.effort = effort;
  if (format !== undefined) config.format = format;
  if (Object.keys(config).length > 0) body.output_config = config;
}

function addChatFields(
  body: Wire,
  content: CallContent,
  thinks: boolean,
  version: number | undefined,
  ledger: Ledger,
): void {
  refuseImpossible(content);
  nameLosses(content, ledger);
  addSampling(body, content, thinks, version, ledger);
  addStop(body, content.stop, ledger);
  addIdentity(body, content, ledger);
  if (content.stream) body.stream = true;
}

/** Extras that change the prompt: they also go where its tokens are only counted. */
const counted: ReadonlySet<string> = new Set([
  'cache_control',
  'context_management',
  'mcp_servers',
  'speed',
  'user_profile_id',
]);

/** Our own caller's fields go back as they were; those of others are named. */
function addExtras(body: Wire, content: CallContent, options: EncodeOptions): void {
  const native = isNative(content);
  for (const [name, value] of Object.entries(content.extras)) {
    if (!native) options.ledger.dropped(name);
    else if (name.includes('.')) restoreInside(body, name, value, options.ledger);
    else if (!Object.hasOwn(body, name) && (options.operation === 'chat' || counted.has(name))) {
      body[name] = value;
    }
  }
}

/** A field one level down goes back where it was, if what it stood in is still there. */
function restoreInside(body: Wire, path: string, value: Json | undefined, ledger: Ledger): void {
  const dot = path.indexOf('.');
  const place = path.slice(0, dot);
  const around = asObject(body[place]);
  if (around === undefined) ledger.dropped(path);
  else body[place] = { ...around, [path.slice(dot + 1)]: value };
}
