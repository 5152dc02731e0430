// A call for a batch. Only fields that are known to reach for nothing but the file pass: one vendor takes addresses
// of the operator's own storage beside it.
import { GatewayError } from '../../../canonical/errors.ts';
import { Fields } from '../../../canonical/fields.ts';
import type { BatchWish } from '../../../canonical/held.ts';
import type { JsonObject } from '../../../canonical/json.ts';

const known: ReadonlySet<string> = new Set([
  'input_file_id',
  'endpoint',
  'completion_window',
  'metadata',
  'output_expires_after',
]);

export function batchWish(body: JsonObject): BatchWish {
  const fields = new Fields(body);
  const others = Object.keys(fields.rest(known) ?? {});
  if (others[0] !== undefined) {
    throw new GatewayError('unsupported', `A batch cannot be made with the field "${others[0]}" here.`, {
      param: others[0],
      remedy: `Leave it out; there are ${[...known].join(', ')}.`,
    });
  }
  return { input: fields.requireString('input_file_id'), endpoint: fields.requireString('endpoint'), body };
}
