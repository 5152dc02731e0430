// What a Responses body needs on its way to a Responses upstream, as splices: the rest of its bytes stay.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { knownToReason } from '../../canonical/effort.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asArray, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Hop } from '../../canonical/protocol.ts';
import type { Quirks } from '../../canonical/provider.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { elementSpans } from '../../lib/json-elements.ts';
import { named } from '../../lib/json-scan.ts';
import { backgroundRefused } from './decode-call.ts';
import { MARKED, SEALED_REASONING, VENDOR } from './origin.ts';
import { closedStoreOf } from './shared-stores.ts';

/** Developers' messages open the conversation. */
const OPENING = 4 * 1024;
const OPEN_BRACKET = 0x5b;
const none: readonly Edit[] = [];

export function upstreamEdits(
  wire: CallWire,
  quirks: Quirks,
  _caller?: WireHeaders,
  hop?: Hop,
): readonly Edit[] {
  if (wire.value('background') === true) throw backgroundRefused();
  if (quirks.threads !== true) refuseContinuation(wire);
  if (quirks.sealedOrigin !== VENDOR) return none;
  return [...withoutBareReasoning(wire), ...askedOfThinkers(wire, quirks, hop)];
}

/** The vendor refuses the wish for sealed reasoning to models that do not reason. */
function askedOfThinkers(wire: CallWire, quirks: Quirks, hop: Hop | undefined): readonly Edit[] {
  if (hop === undefined || !wire.mentions('include', SEALED_REASONING)) return none;
  if (knownToReason({ ...hop, quirks }) !== false) return none;
  const rest = (asArray(wire.value('include')) ?? []).filter((item) => item !== SEALED_REASONING);
  return [{ name: 'include', value: rest.length === 0 ? undefined : JSON.stringify(rest) }];
}

/** Engines that hold nothing would answer the last turn as if it were the first. */
function refuseContinuation(wire: CallWire): void {
  for (const name of ['previous_response_id', 'conversation'] as const) {
    if (!isGiven(wire, name)) continue;
    throw new GatewayError(
      'unsupported',
      `The chosen model holds no conversations: \`${name}\` leads nowhere.`,
      {
        param: name,
        remedy: 'Send the whole conversation in `input`.',
      },
    );
  }
}

/** Null counts as absent. */
function isGiven(wire: CallWire, name: string): boolean {
  const value = wire.value(name);
  return value !== undefined && value !== null;
}

/** Usage is always stated in this dialect: nothing needs asking for. */
export function wantsUsage(): boolean {
  return true;
}

export function prependSystem(wire: CallWire, text: string): Edit {
  const own = asString(wire.value('instructions')) ?? '';
  return { name: 'instructions', value: JSON.stringify(own === '' ? text : `${text}\n\n${own}`) };
}

/**
 * Whether what this upstream declares it cannot take is absent from the call. Fields are searched, not parsed:
 * quotes inside strings are escaped, so only real keys and values match, and a match in the wrong place costs a
 * translation and nothing else.
 */
export function fits(wire: CallWire, quirks: Quirks): boolean {
  return (
    choiceFits(wire, quirks) &&
    (quirks.imageUrls !== false || !hasImageUrl(wire.bytes)) &&
    (quirks.customTools !== false || isPlain(wire)) &&
    closedStoreOf(wire, quirks) === undefined &&
    (quirks.developerRole !== false || !wire.mentions('input', '"developer"', OPENING)) &&
    sealsFit(wire, quirks.sealedOrigin)
  );
}

function choiceFits(wire: CallWire, quirks: Quirks): boolean {
  return quirks.toolChoice !== 'none' || (wire.value('tool_choice') ?? 'auto') === 'auto';
}

/** Nothing but functions, among the tools and in what was called. */
function isPlain(wire: CallWire): boolean {
  return (
    !wire.mentions('tools', '"custom"') &&
    !wire.mentions('tools', '"namespace"') &&
    !wire.mentions('input', '"custom_tool_call') &&
    !wire.mentions('input', '"namespace"') &&
    !wire.mentions('input', '"additional_tools"')
  );
}

const imageUrls = ['"image_url":"http', '"image_url": "http'] as const;

function hasImageUrl(bytes: Buffer): boolean {
  return imageUrls.some((start) => bytes.includes(start));
}

/** An upstream that names no origin judges what it sealed itself; what others did, it cannot read. */
function sealsFit(wire: CallWire, sealedOrigin: string | undefined): boolean {
  if (wire.mentions('input', MARKED)) return false;
  if (sealedOrigin === undefined || sealedOrigin === VENDOR) return true;
  return !wire.mentions('input', '"encrypted_content"');
}

const REASONING = '"reasoning"';
const SEALED = '"encrypted_content":"';
const QUOTE = 0x22;

/**
 * Of what is not stored, reasoning goes by its seal alone: an item without one would be looked for by its id and
 * not found.
 */
function withoutBareReasoning(wire: CallWire): readonly Edit[] {
  const field = named(wire.fields, 'input');
  if (field === undefined || wire.bytes[field.start] !== OPEN_BRACKET) return none;
  if (!wire.mentions('input', REASONING) || wire.value('store') !== false) return none;
  const input = wire.bytes.subarray(field.start, field.end);
  const texts: string[] = [];
  let changed = false;
  for (const { start, end } of elementSpans(input, 0)) {
    const item = input.subarray(start, end);
    if (isBareReasoning(item)) changed = true;
    else texts.push(item.toString('utf8'));
  }
  return changed ? [{ name: 'input', value: `[${texts.join(',')}]` }] : none;
}

function isBareReasoning(item: Buffer): boolean {
  if (!item.includes(REASONING)) return false;
  const seal = item.indexOf(SEALED);
  if (seal >= 0 && item[seal + SEALED.length] !== QUOTE) return false;
  const value = JSON.parse(item.toString('utf8')) as Json;
  const { type, encrypted_content: sealed } = value as JsonObject;
  return type === 'reasoning' && (sealed === undefined || sealed === null || sealed === '');
}
