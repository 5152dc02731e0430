// Items of tools that the vendor defines and the caller runs: shells, patches, a screen. To others they are
// calls and results like any; to their own dialect they go back as they were.
import type { Block, ToolCallBlock, ToolResultBlock } from '../../canonical/blocks.ts';
import type { Fields } from '../../canonical/fields.ts';
import { asObject, asString, type Json } from '../../canonical/json.ts';
import { urlSource } from '../../canonical/media-fields.ts';

/** What stands for a conversation that only its own vendor can read: without it, the question is another. */
export const pointers: ReadonlySet<string> = new Set(['item_reference', 'compaction', 'compaction_trigger']);

/** In traces: the item itself. */
export const WHOLE = 'whole';

function call(name: string, field: string): (item: Fields) => ToolCallBlock {
  return (item) => ({
    type: 'tool_call',
    id: item.string('call_id') ?? item.requireString('id'),
    name,
    input: JSON.stringify(item.get(field) ?? item.get(`${field}s`) ?? {}),
    trace: { [WHOLE]: item.value },
  });
}

function result(content: (item: Fields) => Block[]): (item: Fields) => ToolResultBlock {
  return (item) => ({
    type: 'tool_result',
    callId: item.string('call_id') ?? item.requireString('id'),
    content: content(item),
    ...(item.get('status') === 'failed' ? { isError: true } : {}),
    trace: { [WHOLE]: item.value },
  });
}

export const toolItems: ReadonlyMap<string, (item: Fields) => ToolCallBlock> = new Map([
  ['local_shell_call', call('local_shell', 'action')],
  ['shell_call', call('shell', 'action')],
  ['apply_patch_call', call('apply_patch', 'operation')],
  ['computer_call', call('computer', 'action')],
]);

export const toolOutputs: ReadonlyMap<string, (item: Fields) => ToolResultBlock> = new Map([
  ['local_shell_call_output', result(words)],
  ['shell_call_output', result(words)],
  ['apply_patch_call_output', result(words)],
  ['computer_call_output', result(screenshot)],
]);

function words(item: Fields): Block[] {
  const output: Json = item.get('output') ?? '';
  const text = typeof output === 'string' ? output : JSON.stringify(output);
  return text === '' ? [] : [{ type: 'text', text }];
}

function screenshot(item: Fields): Block[] {
  const output = asObject(item.get('output'));
  const url = asString(output?.image_url);
  const id = asString(output?.file_id);
  if (url !== undefined) return [{ type: 'image', source: urlSource(url, `${item.at('output')}.image_url`) }];
  return id === undefined ? words(item) : [{ type: 'image', source: { kind: 'file', id } }];
}
