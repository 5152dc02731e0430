// What a Messages body needs on its way to a Messages upstream, as splices: the rest of its bytes stay.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { asArray, asObject } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { skipSpace } from '../../lib/json-elements.ts';
import { withoutBillingNote } from './billing-edits.ts';
import { envelopeEdits } from './envelope.ts';
import { VENDOR } from './origin.ts';
import { withoutUnsignedThinking } from './thinking-edits.ts';
import { threadRefused } from './threads.ts';

/** The vendor checks signatures and wants its note; to engines neither means anything, and the note costs. */
export function upstreamEdits(wire: CallWire, quirks: Quirks, caller: WireHeaders = {}): readonly Edit[] {
  if (quirks.threads !== true && wire.has('thread')) throw threadRefused();
  const own = quirks.sealedOrigin === VENDOR ? withoutUnsignedThinking(wire) : withoutBillingNote(wire);
  const around = envelopeEdits(wire, quirks, caller);
  if (around.length === 0) return own;
  // Who serves the vendor's models reads signatures, but not its note.
  return [...own, ...(quirks.sealedOrigin === VENDOR ? withoutBillingNote(wire) : []), ...around];
}

/** Usage is always stated in this dialect: nothing needs asking for. */
export function wantsUsage(): boolean {
  return true;
}

export function prependSystem(wire: CallWire, text: string): Edit {
  const system = wire.value('system');
  const own = typeof system === 'string' ? [{ type: 'text', text: system }] : (asArray(system) ?? []);
  return { name: 'system', value: JSON.stringify([{ type: 'text', text }, ...own]) };
}

/** Whether what this upstream declares it cannot take is absent from the call. */
export function fits(wire: CallWire, quirks: Quirks): boolean {
  if (quirks.toolChoice === 'none' && choosesTools(wire)) return false;
  if (quirks.imageUrls === false && holdsAddress(wire.bytes)) return false;
  return quirks.sealedOrigin === VENDOR || !holdsSealed(wire.bytes);
}

/** To leave the choice to the model is no wish that could be lost. */
function choosesTools(wire: CallWire): boolean {
  if (!wire.has('tool_choice')) return false;
  const choice = asObject(wire.value('tool_choice'));
  return choice?.type !== 'auto' || choice.disable_parallel_tool_use === true;
}

const TYPE = Buffer.from('"type"');
const URL = Buffer.from('"url"');
const SIGNATURE = Buffer.from('"signature"');
const REDACTED = Buffer.from('"redacted_thinking"');
const COLON = 0x3a;
const QUOTE = 0x22;
const SPACE = 0x20;

/** Inside JSON strings quotes are escaped: only keys and whole values match. */
function holdsSealed(bytes: Buffer): boolean {
  if (bytes.includes(REDACTED)) return true;
  for (let at = bytes.indexOf(SIGNATURE); at >= 0; at = bytes.indexOf(SIGNATURE, at + 1)) {
    const colon = skipSpace(bytes, at + SIGNATURE.length);
    if (bytes[colon] !== COLON) continue;
    const quote = skipSpace(bytes, colon + 1);
    if (bytes[quote] === QUOTE && bytes[quote + 1] !== QUOTE) return true;
  }
  return false;
}

/** Is something of the type `url`? That word is rare as a value and `type` common as a key: looked for backwards. */
function holdsAddress(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(URL); at >= 0; at = bytes.indexOf(URL, at + 1)) {
    const colon = skipSpaceBack(bytes, at - 1);
    const end = skipSpaceBack(bytes, colon - 1) + 1;
    if (bytes[colon] !== COLON || end < TYPE.length) continue;
    if (bytes.compare(TYPE, 0, TYPE.length, end - TYPE.length, end) === 0) return true;
  }
  return false;
}

/** Control characters outside strings are white space: the body has been scanned. */
function skipSpaceBack(bytes: Buffer, from: number): number {
  let at = from;
  while (at >= 0 && (bytes[at] ?? 0) <= SPACE) at -= 1;
  return at;
}
