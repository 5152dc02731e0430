// Stage cache: two calls have the same key only when nothing that could change the answer differs:
// tenant, dialect, model and its rules, strictness, forwarded headers, every field byte for byte.
import { hash } from 'node:crypto';
import type { Field } from '../../lib/json-scan.ts';
import type { Admitted } from '../stage.ts';

/** How the answer travels, not what it says: one answer serves streamed and unstreamed calls. */
const DELIVERY: ReadonlySet<string> = new Set(['stream', 'stream_options']);

/** Most bodies fit; larger ones get room of their own. */
const scratch = Buffer.allocUnsafeSlow(64 * 1_024);

export function keyOf(call: Admitted): string {
  const fields = call.wire.fields.filter((field) => !DELIVERY.has(field.name)).sort(byName);
  const outline = outlineOf(call, fields);
  let size = Buffer.byteLength(outline);
  for (const field of fields) size += field.end - field.start;
  const text = size <= scratch.length ? scratch : Buffer.allocUnsafe(size);
  let at = text.write(outline);
  for (const field of fields) at += call.wire.bytes.copy(text, at, field.start, field.end);
  return hash('sha256', text.subarray(0, size), 'base64url');
}

/** Everything but the values, as a JSON list: with every length stated, no two calls read the same. */
function outlineOf(call: Admitted, fields: readonly Field[]): string {
  const { caller, face, virtual, headers } = call;
  const outline: unknown[] = [
    caller.tenant,
    face.id,
    call.operation,
    virtual.name,
    virtual.fingerprint,
    call.strict,
  ];
  for (const name of face.forwardHeaders) {
    if (headers[name] !== undefined) outline.push([name, headers[name]]);
  }
  for (const field of fields) outline.push(field.name, field.end - field.start);
  return JSON.stringify(outline);
}

function byName(a: Field, b: Field): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
