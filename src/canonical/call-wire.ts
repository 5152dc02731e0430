// A call's bytes with the spans of its top-level fields: edited by splicing, decoded at most once.
import { type Field, named, type Scan } from '../lib/json-scan.ts';
import type { CallContent } from './content.ts';
import { GatewayError } from './errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { Operation, Protocol } from './protocol.ts';

/** Sets or removes one top-level field. `value` is JSON text; undefined removes the field. */
export interface Edit {
  readonly name: string;
  readonly value: string | undefined;
  /** The new field takes the place of this one. */
  readonly inPlaceOf?: string;
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Up to this size all of a body is one string for those who look for words in it: each look at bytes costs more. */
const SMALL = 8 * 1024;
const ZERO = 0x30;
const MOST_DIGITS = 15;

export class CallWire {
  readonly protocol: Protocol;
  readonly operation: Operation;
  readonly bytes: Buffer;
  readonly fields: readonly Field[];
  readonly mediaType: string = 'application/json';
  readonly #close: number;
  #content: CallContent | undefined = undefined;
  #latin1: string | undefined = undefined;

  constructor(protocol: Protocol, operation: Operation, bytes: Buffer, scan: Scan) {
    this.protocol = protocol;
    this.operation = operation;
    this.bytes = bytes;
    this.fields = scan.fields;
    this.#close = scan.close;
  }

  has(name: string): boolean {
    return named(this.fields, name) !== undefined;
  }

  /** Does this text of plain letters stand anywhere in the body? Asked of every call, for one word and another. */
  holds(text: string): boolean {
    if (this.bytes.length > SMALL) return this.bytes.includes(text);
    this.#latin1 ??= this.bytes.toString('latin1');
    return this.#latin1.includes(text);
  }

  /** Does this text stand in a top-level value, or in its first `reach` bytes? */
  mentions(name: string, text: string, reach = Number.POSITIVE_INFINITY): boolean {
    const field = named(this.fields, name);
    if (field === undefined) return false;
    return this.bytes.subarray(field.start, Math.min(field.end, field.start + reach)).includes(text);
  }

  /** One top-level value, parsed by itself. */
  value(name: string): Json | undefined {
    const field = named(this.fields, name);
    if (field === undefined) return undefined;
    return JSON.parse(this.bytes.toString('utf8', field.start, field.end)) as Json;
  }

  /** A top-level whole number, read without parsing; undefined when it is none. */
  whole(name: string): number | undefined {
    const field = named(this.fields, name);
    if (field === undefined || field.end - field.start > MOST_DIGITS) return undefined;
    let value = 0;
    for (let at = field.start; at < field.end; at += 1) {
      const digit = (this.bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return undefined;
      value = value * 10 + digit;
    }
    return value;
  }

  /** The same call with top-level fields replaced, added or removed; every other byte stays. */
  with(edits: readonly Edit[], rescan: (bytes: Buffer) => Scan): CallWire {
    if (edits.length === 0) return this;
    const bytes = Buffer.concat(this.splice(edits) as Buffer[]);
    return new CallWire(this.protocol, this.operation, bytes, rescan(bytes));
  }

  /** The body in pieces, with the edits applied: unchanged stretches are views, not copies. */
  splice(edits: readonly Edit[]): readonly Buffer[] {
    if (edits.some((edit) => edit.value === undefined && this.has(edit.name))) {
      return [this.#rebuild(edits)];
    }
    return spliced(this.bytes, { fields: this.fields, close: this.#close }, edits);
  }

  /** Removing a field moves commas: write the fields that stay anew, each value byte for byte. */
  #rebuild(edits: readonly Edit[]): Buffer {
    const values = new Map<string, Buffer>();
    for (const field of this.fields) values.set(field.name, this.bytes.subarray(field.start, field.end));
    for (const edit of edits) {
      if (edit.inPlaceOf !== undefined) values.delete(edit.inPlaceOf);
      if (edit.value === undefined) values.delete(edit.name);
      else values.set(edit.name, Buffer.from(edit.value));
    }
    const pieces: Buffer[] = [];
    for (const [name, value] of values) {
      pieces.push(Buffer.from(`${pieces.length === 0 ? '{' : ','}${JSON.stringify(name)}:`), value);
    }
    return Buffer.concat(pieces.length === 0 ? [Buffer.from('{}')] : [...pieces, Buffer.from('}')]);
  }

  /** The decoded call. Throws a GatewayError that names the field when the call makes no sense. */
  content(): CallContent {
    this.#content ??= this.protocol.decodeCall(parseObject(this.bytes), this.operation);
    return this.#content;
  }
}

/** An object with fields set; edits that remove one are passed over. */
export function spliced(
  bytes: Buffer,
  { fields, close }: Pick<Scan, 'fields' | 'close'>,
  edits: readonly Edit[],
): readonly Buffer[] {
  const cuts: Cut[] = [];
  let added = '';
  for (const edit of edits) {
    if (edit.value === undefined) continue;
    const field = named(fields, edit.inPlaceOf ?? edit.name);
    if (field === undefined) added += `,${entry(edit.name, edit.value)}`;
    else cuts.push(cutOf(field, edit, edit.value));
  }
  cuts.sort((a, b) => a.start - b.start);
  if (added !== '') {
    const text = fields.length > 0 ? added : added.slice(1);
    cuts.push({ start: close, end: close, text });
  }
  return assembled(bytes, cuts);
}

function assembled(bytes: Buffer, cuts: readonly Cut[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const cut of cuts) {
    if (cut.start > from) pieces.push(bytes.subarray(from, cut.start));
    pieces.push(Buffer.from(cut.text));
    from = cut.end;
  }
  pieces.push(bytes.subarray(from));
  return pieces;
}

function cutOf(field: Field, edit: Edit, value: string): Cut {
  if (edit.inPlaceOf === undefined) return { start: field.start, end: field.end, text: value };
  return { start: field.keyStart, end: field.end, text: entry(edit.name, value) };
}

function entry(name: string, value: string): string {
  return `${JSON.stringify(name)}:${value}`;
}

export function parseObject(bytes: Buffer): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unreadable';
    throw new GatewayError('invalid_json', `The body is not valid JSON: ${reason}.`, { cause });
  }
  if (!isObject(value as Json)) {
    throw new GatewayError('invalid_json', 'The body must be a JSON object.');
  }
  return value as JsonObject;
}
