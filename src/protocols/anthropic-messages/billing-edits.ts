// Claude Code's billing note changes with every turn: at the head of the prompt it defeats the prefix cache
// of every engine. Only calls that hold one are looked at.
import { BILLING_NOTE, isBillingNote } from '../../canonical/billing-note.ts';
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { asObject, asString, type Json } from '../../canonical/json.ts';
import { elementSpans } from '../../lib/json-elements.ts';
import { named } from '../../lib/json-scan.ts';

const telling = Buffer.from(BILLING_NOTE);
const none: readonly Edit[] = [];

export function withoutBillingNote(wire: CallWire): readonly Edit[] {
  const field = named(wire.fields, 'system');
  if (field === undefined) return none;
  const system = wire.bytes.subarray(field.start, field.end);
  if (!system.includes(telling)) return none;
  if (system[0] !== 0x5b) return isBillingNote(asString(parse(system))) ? [removal] : none;
  const blocks = elementSpans(system, 0).map(({ start, end }) => system.subarray(start, end));
  const note = blocks.findIndex((block) => isBillingNote(asString(asObject(parse(block))?.text)));
  if (note < 0) return none;
  if (blocks.length === 1) return [removal];
  const rest = blocks.filter((_, at) => at !== note);
  return [{ name: 'system', value: `[${rest.map((block) => block.toString('utf8')).join(',')}]` }];
}

const removal: Edit = { name: 'system', value: undefined };

function parse(bytes: Buffer): Json {
  return JSON.parse(bytes.toString('utf8')) as Json;
}
