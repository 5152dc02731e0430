// The result of a call as a message of its own. Pictures in it go with the next message of the user: there is no
// place for them in a tool's.
import type { ToolResultBlock } from '../../canonical/blocks.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { asContent, encodePart } from './encode-parts.ts';
import { noteExtras, noteLostCache, type Scribe } from './scribe.ts';

export interface EncodedResult {
  readonly message: JsonObject;
  readonly pictures: readonly JsonObject[];
}

export function encodeResult(result: ToolResultBlock, path: string, scribe: Scribe): EncodedResult {
  const parts: JsonObject[] = [];
  const pictures: JsonObject[] = [];
  for (const [at, block] of result.content.entries()) {
    const where = `${path}.content[${at}]`;
    const isPicture = block.type === 'image';
    const part = encodePart(block, isPicture ? 'user' : 'tool', where, scribe);
    if (part === undefined) continue;
    if (isPicture) {
      pictures.push(part);
      scribe.ledger.approximated(where, 'tool messages hold no pictures');
    }
    parts.push(isPicture ? { type: 'text', text: '[image: in the next user message]' } : part);
  }
  noteLostCache(result.cache, scribe);
  noteExtras(result.extras, path, scribe);
  const content = asContent(settled(parts, result.isError === true, path, scribe));
  return { message: { role: 'tool', tool_call_id: result.callId, content }, pictures };
}

function settled(
  parts: readonly JsonObject[],
  failed: boolean,
  path: string,
  { ledger }: Scribe,
): readonly JsonObject[] {
  if (failed) {
    ledger.approximated(`${path}.is_error`, 'marked in the text');
    const [first, ...rest] = parts;
    return first?.type === 'text'
      ? [{ type: 'text', text: `Error: ${first.text}` }, ...rest]
      : [{ type: 'text', text: 'Error' }, ...parts];
  }
  if (parts.length > 0) return parts;
  ledger.mapped(path, 'an empty result says so: without content it is refused');
  return [{ type: 'text', text: '(no content)' }];
}
