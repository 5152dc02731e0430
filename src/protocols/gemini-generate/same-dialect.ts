// What a body needs on its way to an upstream of its own dialect, as splices: the rest of its bytes stay.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { asArray, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { closedIn, mayNameFiles } from './addresses.ts';

const none: readonly Edit[] = [];
const SYSTEM = ['systemInstruction', 'system_instruction'] as const;
const COUNTED = ['generateContentRequest', 'generate_content_request'] as const;
const ADDRESSES = ['"fileUri"', '"file_uri"'] as const;

/**
 * A count may hold the whole call, with the caller's name for the model in it. Keys are searched, not parsed: in
 * strings their quotes are escaped.
 */
export function fits(wire: CallWire, quirks: Quirks): boolean {
  if (wire.operation === 'count' && COUNTED.some((name) => wire.has(name))) return false;
  if (quirks.imageUrls === false && ADDRESSES.some((key) => wire.bytes.includes(key))) return false;
  return !namesClosed(wire, quirks);
}

/** Does it name a file that only we may read? */
export function namesClosed(wire: CallWire, quirks: Quirks): boolean {
  return mayNameFiles(wire.bytes) && closedIn(parsed(wire), quirks) !== undefined;
}

function parsed(wire: CallWire): JsonObject {
  return asObject(JSON.parse(wire.bytes.toString('utf8')) as Json) ?? {};
}

/** The path names the model, and a body that names another is refused. */
export function upstreamEdits(wire: CallWire): readonly Edit[] {
  return wire.has('model') ? [{ name: 'model', value: undefined }] : none;
}

/** Usage is always stated in this dialect: nothing needs asking for. */
export function wantsUsage(): boolean {
  return true;
}

export function prependSystem(wire: CallWire, text: string): Edit {
  const name = SYSTEM.find((field) => wire.has(field)) ?? SYSTEM[0];
  const own = partsOf(wire.value(name));
  return { name, value: JSON.stringify({ parts: [{ text }, ...own] }) };
}

function partsOf(value: Json | undefined): readonly Json[] {
  const text = asString(value);
  if (text !== undefined) return [{ text }];
  const content = asObject(value);
  const parts = content?.parts;
  if (parts !== undefined && parts !== null) return asArray(parts) ?? [parts];
  return content?.text === undefined ? [] : [content];
}
