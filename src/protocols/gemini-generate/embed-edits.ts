// What a call for embeddings needs on its way to an upstream of its own dialect. The path names the model; each request
// of a batch names it again, and it must be the same.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { elementSpans } from '../../lib/json-elements.ts';
import { type Field, named, scanObject } from '../../lib/json-scan.ts';

const MOST_DEPTH = 64;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;

export function embedEdits(wire: CallWire, model: string): readonly Edit[] {
  const edits: Edit[] = wire.has('model') ? [{ name: 'model', value: undefined }] : [];
  const requests = named(wire.fields, 'requests');
  const value = requests === undefined ? undefined : renamed(wire.bytes, requests, `"models/${model}"`);
  if (value !== undefined) edits.push({ name: 'requests', value });
  return edits;
}

/** The list with this name in place of every other; undefined when there is none to replace. */
function renamed(bytes: Buffer, list: Field, name: string): string | undefined {
  if (bytes[list.start] !== OPEN_BRACKET) return undefined;
  let text = '';
  let from = list.start;
  for (const { start, end } of elementSpans(bytes, list.start)) {
    if (bytes[start] !== OPEN_BRACE) continue;
    const field = named(scanObject(bytes.subarray(start, end), MOST_DEPTH).fields, 'model');
    if (field === undefined) continue;
    const [at, to] = [start + field.start, start + field.end];
    if (bytes.toString('utf8', at, to) === name) continue;
    text += bytes.toString('utf8', from, at) + name;
    from = to;
  }
  return from === list.start ? undefined : text + bytes.toString('utf8', from, list.end);
}
