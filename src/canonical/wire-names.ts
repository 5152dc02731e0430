// Ids and tool names in the characters most dialects allow. Escaping is two-way, and free-text tools wear
// a mark, so that a reply's tool calls find their way back without anybody remembering the call.
import { unwrapName, wrapName } from './free-text-tools.ts';

/** `_` itself only where it would read as an escape. */
const FOREIGN = /_(?=x[0-9a-f]+(?:_|[^a-zA-Z0-9_-]))|[^a-zA-Z0-9_-]/gu;
const ESCAPE = /_x([0-9a-f]{1,6})_/g;
const ALLOWED = /^[a-zA-Z0-9_-]+$/;

export function wireId(id: string): string {
  if (ALLOWED.test(id)) return id;
  return id === '' ? 'toolu_none' : escapeName(id);
}

export function wireName(name: string, custom: boolean): string {
  const escaped = escapeName(name);
  return custom ? wrapName(escaped) : escaped;
}

export interface PlainName {
  readonly name: string;
  readonly custom: boolean;
}

export function plainName(wire: string): PlainName {
  const unwrapped = unwrapName(wire);
  return {
    name: (unwrapped ?? wire).replace(ESCAPE, unescapeCharacter),
    custom: unwrapped !== undefined,
  };
}

function escapeName(text: string): string {
  return text.replace(FOREIGN, (character) => `_x${(character.codePointAt(0) ?? 0).toString(16)}_`);
}

function unescapeCharacter(whole: string, hex: string): string {
  const code = Number.parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}
