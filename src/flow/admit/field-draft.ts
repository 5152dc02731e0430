// Stage admit: a body's fields while rules are being applied. What one rule writes the next one reads;
// the caller's bytes change once, at the end. Names may point one level in: `outer.inner`.
import { CallWire, type Edit } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json } from '../../canonical/json.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { foldKey } from '../../lib/key-fold.ts';

/** The body was within bounds when it came in; what rules add is the operator's. */
const ANY_DEPTH = Number.POSITIVE_INFINITY;

export class FieldDraft {
  readonly #wire: CallWire;
  readonly #written = new Map<string, string>();

  constructor(wire: CallWire) {
    this.#wire = wire;
  }

  /** The value a field has by now; undefined when it is absent. */
  read(name: string): Json | undefined {
    const [outer, inner] = split(name);
    if (inner !== undefined) return this.#inside(outer, inner)?.value(inner);
    const text = this.#written.get(outer);
    if (text !== undefined) return JSON.parse(text) as Json;
    try {
      return this.#wire.value(outer);
    } catch (cause) {
      // The first look at the body checks its structure, not what is inside its strings.
      throw new GatewayError('invalid_json', `The value of "${outer}" is not valid JSON.`, {
        param: outer,
        cause,
      });
    }
  }

  write(name: string, value: string): void {
    const [outer, inner] = split(name);
    if (inner === undefined) {
      this.#written.set(outer, value);
      return;
    }
    const inside = this.#inside(outer, inner);
    if (inside === undefined) this.#written.set(outer, `{${JSON.stringify(inner)}:${value}}`);
    else this.#written.set(outer, textOf(inside.splice([{ name: inner, value }])));
  }

  /** The admitted body: the very same bytes when nothing was written. */
  finish(): CallWire {
    const edits: Edit[] = [];
    for (const [name, value] of this.#written) edits.push({ name, value });
    return this.#wire.with(edits, (bytes) => scanObject(bytes, ANY_DEPTH));
  }

  /** A field's own fields, `inner` in no spelling but this; undefined when it is absent or null. */
  #inside(outer: string, inner: string): CallWire | undefined {
    const wire = this.#fieldsOf(outer);
    for (const { name } of wire?.fields ?? []) {
      if (name === inner || foldKey(name) !== foldKey(inner)) continue;
      const message = `Some upstreams read the field "${outer}.${name}" as "${outer}.${inner}".`;
      throw new GatewayError('bad_request', message, {
        param: `${outer}.${name}`,
        remedy: `Write "${inner}".`,
      });
    }
    return wire;
  }

  #fieldsOf(outer: string): CallWire | undefined {
    const value = this.read(outer);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw new GatewayError('bad_request', `"${outer}" must be an object.`, { param: outer });
    }
    const { protocol, operation } = this.#wire;
    const bytes = this.#bytesOf(outer);
    const scan = scanObject(bytes, ANY_DEPTH);
    if (!scan.ambiguous) return new CallWire(protocol, operation, bytes, scan);
    // A field that occurs twice: what counts is what a reader would see.
    const plain = Buffer.from(JSON.stringify(value));
    return new CallWire(protocol, operation, plain, scanObject(plain, ANY_DEPTH));
  }

  #bytesOf(outer: string): Buffer {
    const text = this.#written.get(outer);
    if (text !== undefined) return Buffer.from(text);
    const field = this.#wire.fields.find((candidate) => candidate.name === outer);
    return this.#wire.bytes.subarray(field?.start, field?.end);
  }
}

function split(name: string): readonly [outer: string, inner: string | undefined] {
  const dot = name.indexOf('.');
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
}

function textOf(pieces: readonly Buffer[]): string {
  return Buffer.concat(pieces as Buffer[]).toString('utf8');
}
