// What an answer used, as its details say: the prompt's length stands there in streams; elsewhere its tokens do, if
// anything does.
import { asArray, type JsonObject } from '../../canonical/json.ts';
import { noUsage, tokenCount, type Usage } from '../../canonical/usage.ts';

/** Half of it is no usage: then all of it is estimated. */
export function decodeUsage(details: JsonObject | undefined): Usage | undefined {
  const prefill = asArray(details?.prefill)?.length ?? 0;
  const fresh = tokenCount(details?.input_length) ?? (prefill > 0 ? prefill : undefined);
  const output = tokenCount(details?.generated_tokens);
  return fresh === undefined || output === undefined ? undefined : { ...noUsage, fresh, output };
}
