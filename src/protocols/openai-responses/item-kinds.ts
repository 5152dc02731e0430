// Items of tools that the vendor defines and the caller runs: shells, patches, a screen. To others they are
// calls and results like any; to their own dialect they go back as they were.
import type { Block, ToolCallBlock, ToolResultBlock } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Fields } from '../../canonical/fields.ts';
import { asObject, asString, type Json } from '../../canonical/json.ts';
import { urlSource } from '../../canonical/media-fields.ts';
import { nearMatches } from '../../lib/near-match.ts';

/** What stands for a conversation that only its own vendor can read: without it, the question is another. */
export const pointers: ReadonlySet<string> = new Set(['item_reference', 'compaction', 'compaction_trigger']);

/** Of the vendor's own making, or about its own tools: others lose nothing they could have used. */
const vendorItems: ReadonlySet<string> = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_call',
  'mcp_list_tools',
  'mcp_approval_request',
  'mcp_approval_response',
  'tool_search_call',
  'tool_search_output',
  'program',
  'program_output',
]);

const common = [
  'message',
  'reasoning',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
];

/** An item that says something, in a type nobody knows, is most likely a mistyped one: leaving it out changes the question. */
export function refuseUnknown(item: Fields, type: string): void {
  if (vendorItems.has(type) || !(item.has('content') || item.has('role') || item.has('output'))) return;
  const known = [...common, ...pointers, ...toolItems.keys(), ...toolOutputs.keys(), ...vendorItems];
  const path = item.at('type');
  const [near] = nearMatches(type, known, 1);
  throw new GatewayError('bad_request', `\`${path}\` is "${type.slice(0, 80)}", which is not known here.`, {
    param: path,
    remedy:
      near === undefined
        ? `Use one of ${common.map((name) => `"${name}"`).join(', ')}.`
        : `Did you mean "${near}"?`,
  });
}

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
