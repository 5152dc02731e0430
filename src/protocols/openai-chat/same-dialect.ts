// What a Chat body needs on its way to a Chat upstream, as splices: the rest of its bytes stay.

import { areNine } from '../../canonical/call-ids.ts';
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { asArray, asObject } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { named } from '../../lib/json-scan.ts';
import { prependPrompt } from './complete/prepend-prompt.ts';

const OPEN_BRACKET = 0x5b;

/** A developer's message opens the conversation. */
const OPENING = 4 * 1024;

export function upstreamEdits(wire: CallWire, quirks: Quirks): readonly Edit[] {
  const edits: Edit[] = [];
  // Completions know the old name only, whatever rules for chats have written.
  addBound(wire, wire.operation === 'complete' ? 'max_tokens' : quirks.maxTokensField, edits);
  addUsageWish(wire, quirks, edits);
  return edits;
}

/** Old engines know one name of the bound on output, OpenAI's newest models only the other. */
function addBound(wire: CallWire, wanted: Quirks['maxTokensField'], edits: Edit[]): void {
  if (wanted === undefined || isGiven(wire, wanted)) return;
  const other = wanted === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
  if (!isGiven(wire, other)) return;
  const value = JSON.stringify(wire.value(other));
  if (!wire.has(wanted)) edits.push({ name: wanted, value, inPlaceOf: other });
  else edits.push({ name: other, value: undefined }, { name: wanted, value });
}

/** Null counts as absent. */
function isGiven(wire: CallWire, name: string): boolean {
  const value = wire.value(name);
  return value !== undefined && value !== null;
}

/** A streamed reply states its usage only when asked to; we always need to know. */
function addUsageWish(wire: CallWire, quirks: Quirks, edits: Edit[]): void {
  if (quirks.streamUsage === false || wire.value('stream') !== true || wantsUsage(wire)) return;
  const options = asObject(wire.value('stream_options')) ?? {};
  edits.push({ name: 'stream_options', value: JSON.stringify({ ...options, include_usage: true }) });
}

export function wantsUsage(wire: CallWire): boolean {
  return asObject(wire.value('stream_options'))?.include_usage === true;
}

export function prependSystem(wire: CallWire, text: string): Edit {
  if (wire.operation === 'complete') return prependPrompt(wire, text);
  const messages = asArray(wire.value('messages')) ?? [];
  return { name: 'messages', value: JSON.stringify([{ role: 'system', content: text }, ...messages]) };
}

/** Several prompts in one call. */
export function isOwn(wire: CallWire): boolean {
  const field = wire.operation === 'complete' ? named(wire.fields, 'prompt') : undefined;
  if (field === undefined || wire.bytes[field.start] !== OPEN_BRACKET) return false;
  const prompts = asArray(wire.value('prompt')) ?? [];
  return prompts.length > 1 && typeof prompts[0] === 'string';
}

/**
 * Whether what this upstream declares it cannot take is absent from the call. Fields are searched, not
 * parsed, and a long one only where the thing usually stands: quotes inside strings are escaped, so only real keys and values match, and a match in the wrong
 * place (a tool's schema, say) costs a translation and nothing else.
 */
export function fits(wire: CallWire, quirks: Quirks): boolean {
  if (wire.operation === 'complete') return true;
  return (
    choiceFits(wire, quirks) &&
    formatFits(wire, quirks) &&
    (quirks.imageUrls !== false || !hasImageUrl(wire)) &&
    (quirks.customTools !== false || !wire.mentions('tools', '"custom"')) &&
    (quirks.developerRole !== false || !wire.mentions('messages', '"developer"', OPENING)) &&
    quirks.refuses?.some((field) => wire.has(field)) !== true &&
    callsFit(wire, quirks) &&
    sealsFit(wire, quirks.sealedOrigin)
  );
}

/** Turns that called tools: ids the upstream takes, and the reasoning that led to them. */
function callsFit(wire: CallWire, quirks: Quirks): boolean {
  if (quirks.callIds === 'nine' && !areNine(wire.bytes)) return false;
  if (quirks.reasoningOnCalls !== true || !wire.mentions('messages', '"tool_calls"')) return true;
  return wire.mentions('messages', `"${quirks.reasoningField}"`);
}

function choiceFits(wire: CallWire, quirks: Quirks): boolean {
  if (quirks.toolChoice !== 'none') return true;
  const choice = wire.value('tool_choice') ?? wire.value('function_call') ?? 'auto';
  return choice === 'auto';
}

function formatFits(wire: CallWire, quirks: Quirks): boolean {
  const style = quirks.schemaStyle ?? 'openai';
  if (style === 'openai' || !wire.has('response_format')) return true;
  const type = asObject(wire.value('response_format'))?.type;
  return type !== 'json_schema' && !(style === 'tgi' && type === 'json_object');
}

const imageUrls = ['"url":"http', '"url": "http', '"image_url":"http', '"image_url": "http'] as const;

function hasImageUrl(wire: CallWire): boolean {
  return wire.holds('"image_url"') && imageUrls.some((start) => wire.holds(start));
}

/** An upstream that names no origin may be anybody's, of Google's even: it judges what it signed itself. */
function sealsFit(wire: CallWire, sealedOrigin: string | undefined): boolean {
  if (sealedOrigin === undefined) return true;
  if (sealedOrigin !== 'google' && wire.holds('"thought_signature"')) return false;
  return sealedOrigin === 'anthropic' || !wire.holds('"thinking_blocks"');
}
