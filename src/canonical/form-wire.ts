// A call whose body is a form with files: fields are parts, values are their text. Edited by splicing, never decoded.
import type { Field, Scan } from '../lib/json-scan.ts';
import { textPart } from '../lib/multipart.ts';
import { CallWire, type Edit } from './call-wire.ts';
import type { CallContent } from './content.ts';
import { GatewayError } from './errors.ts';
import type { Json } from './json.ts';
import type { Operation, Protocol } from './protocol.ts';

const LINE_END = 2;

export class FormWire extends CallWire {
  override readonly mediaType: string;
  readonly #boundary: string;
  readonly #close: number;

  constructor(protocol: Protocol, operation: Operation, bytes: Buffer, scan: Scan, boundary: string) {
    super(protocol, operation, bytes, scan);
    this.mediaType = `multipart/form-data; boundary=${quoted(boundary)}`;
    this.#boundary = boundary;
    this.#close = scan.close;
  }

  /** Forms know only texts; the two that mean a truth value are one. */
  override value(name: string): Json | undefined {
    const field = this.fields.find((part) => part.name === name);
    if (field === undefined) return undefined;
    const text = this.bytes.toString('utf8', field.start, field.end);
    return text === 'true' ? true : text === 'false' ? false : text;
  }

  override splice(edits: readonly Edit[]): readonly Buffer[] {
    const pieces: Buffer[] = [];
    let from = 0;
    for (const field of this.fields) {
      const edit = edits.find((one) => (one.inPlaceOf ?? one.name) === field.name);
      if (edit === undefined) continue;
      pieces.push(this.bytes.subarray(from, field.keyStart), this.#part(edit));
      from = field.end + LINE_END;
    }
    pieces.push(this.bytes.subarray(from, this.#close));
    for (const edit of edits) if (!this.#replaces(edit)) pieces.push(this.#part(edit));
    pieces.push(this.bytes.subarray(this.#close));
    return pieces.filter((piece) => piece.length > 0);
  }

  override content(): CallContent {
    throw new GatewayError('unsupported', 'A form with files is no conversation.');
  }

  #replaces(edit: Edit): boolean {
    return this.fields.some((field: Field) => field.name === (edit.inPlaceOf ?? edit.name));
  }

  #part({ name, value }: Edit): Buffer {
    if (value === undefined) return Buffer.alloc(0);
    const json = JSON.parse(value) as Json;
    return Buffer.from(textPart(this.#boundary, name, typeof json === 'string' ? json : value));
  }
}

function quoted(boundary: string): string {
  return /^[\w'+./:=?-]+$/.test(boundary) ? boundary : `"${boundary}"`;
}
