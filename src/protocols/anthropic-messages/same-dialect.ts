// What a Messages body needs on its way to a Messages upstream, as splices: the rest of its bytes stay.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { asArray, asObject } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { skipSpace } from '../../lib/json-elements.ts';
import { withoutBillingNote } from './billing-edits.ts';
import { VENDOR } from './origin.ts';
import { withoutUnsignedThinking } from './thinking-edits.ts';
import { threadRefused } from './threads.ts';

/** The vendor checks signatures and wants its note; to engines neither means anything, and the note costs. */
export function upstreamEdits(wire: CallWire, quirks: Quirks): readonly Edit[] {
  if (quirks.threads !== true && wire.has('thread')) throw threadRefused();
  return quirks.sealedOrigin === VENDOR ? withoutUnsignedThinking(wire) : withoutBillingNote(wire);
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
  if (quirks.imageUrls === false && hasText(wire.bytes, TYPE, (value) => value === 'url')) return false;
  return quirks.sealedOrigin === VENDOR || !holdsSealed(wire.bytes);
}

/** To leave the choice to the model is no wish that could be lost. */
function choosesTools(wire: CallWire): boolean {
  if (!wire.has('tool_choice')) return false;
  const choice = asObject(wire.value('tool_choice'));
  return choice?.type !== 'auto' || choice.disable_parallel_tool_use === true;
}

const TYPE = Buffer.from('"type"');
const SIGNATURE = Buffer.from('"signature"');
const REDACTED = Buffer.from('"redacted_thinking"');

/** Inside JSON strings quotes are escaped: only keys and whole values match. */
function holdsSealed(bytes: Buffer): boolean {
  return bytes.includes(REDACTED) || hasText(bytes, SIGNATURE, (value) => value !== '');
}

const COLON = 0x3a;
const QUOTE = 0x22;

/** Has some object a text that passes under this key? Escapes are left as they stand. */
function hasText(bytes: Buffer, key: Buffer, passes: (value: string) => boolean): boolean {
  for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + key.length)) {
    const colon = skipSpace(bytes, at + key.length);
    if (bytes[colon] !== COLON) continue;
    const quote = skipSpace(bytes, colon + 1);
    if (bytes[quote] !== QUOTE) continue;
    // A few bytes tell: the words looked for are short, and a signature is long.
    const end = bytes.indexOf(QUOTE, quote + 1);
    if (passes(bytes.toString('latin1', quote + 1, Math.min(end, quote + 8)))) return true;
  }
  return false;
}
