import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallWire } from '../../canonical/call-wire.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { openaiChat } from './index.ts';
import { fits, upstreamEdits } from './same-dialect.ts';

function wireOf(text: string): CallWire {
  const bytes = Buffer.from(text);
  return new CallWire(openaiChat, 'chat', bytes, scanObject(bytes, 64));
}

/** The body after the hop; undefined when nothing is to be edited. */
function hop(text: string, quirks: Quirks): string | undefined {
  const wire = wireOf(text);
  const edits = upstreamEdits(wire, quirks);
  if (edits.length === 0) return undefined;
  return Buffer.concat(wire.splice(edits) as Buffer[]).toString();
}

const older: Quirks = { maxTokensField: 'max_tokens' };
const newer: Quirks = { maxTokensField: 'max_completion_tokens' };
/** As nobody would write it again: spaces, an escape, a number with a fraction. */
const odd = '"messages":[ {"role":"user", "content":"\\u00e9", "x":1.0 } ]';

const rows: readonly (readonly [why: string, quirks: Quirks, body: string, sent: string | undefined])[] = [
  ['nothing to do', {}, `{${odd}}`, undefined],
  ['no bound at all', older, `{${odd}}`, undefined],
  ['the bound is named as the upstream names it', older, `{"max_tokens":5,${odd}}`, undefined],
  ['and so is the newer name', newer, `{"max_completion_tokens":5,${odd}}`, undefined],
  ['an upstream that says nothing of names takes both', {}, `{"max_completion_tokens":5,${odd}}`, undefined],
  [
    'an old engine gets the old name, in the same place',
    older,
    `{"a":1,"max_completion_tokens" : 5 ,${odd}}`,
    `{"a":1,"max_tokens":5 ,${odd}}`,
  ],
  ['a new model gets the new name', newer, `{"max_tokens":5,${odd}}`, `{"max_completion_tokens":5,${odd}}`],
  ['who said both meant both', older, `{"max_tokens":5,"max_completion_tokens":6,${odd}}`, undefined],
  ['null says nothing', older, `{"max_completion_tokens":null,${odd}}`, undefined],
  [
    'not even where the right name is',
    older,
    `{"max_tokens":null,"max_completion_tokens":6,${odd}}`,
    `{"max_tokens":6,${odd}}`,
  ],
  [
    'a stream is asked for its usage',
    {},
    `{"stream":true,${odd}}`,
    `{"stream":true,${odd},"stream_options":{"include_usage":true}}`,
  ],
  [
    'other options stay',
    {},
    `{"stream":true,"stream_options":{"x":1},${odd}}`,
    `{"stream":true,"stream_options":{"x":1,"include_usage":true},${odd}}`,
  ],
  ['unless it was', {}, `{"stream":true,"stream_options":{"include_usage":true},${odd}}`, undefined],
  ['unless the upstream takes no such wish', { streamUsage: false }, `{"stream":true,${odd}}`, undefined],
  [
    'both at once',
    older,
    `{"stream":true,"max_completion_tokens":5,${odd}}`,
    `{"stream":true,"max_tokens":5,${odd},"stream_options":{"include_usage":true}}`,
  ],
];

for (const [why, quirks, body, sent] of rows) {
  test(`same dialect: ${why}`, () => assert.equal(hop(body, quirks), sent));
}

const url = (json: string) => `{"messages":[{"role":"user","content":[{"type":"image_url",${json}}]}]}`;
const noUrls: Quirks = { imageUrls: false };
const noChoice: Quirks = { toolChoice: 'none' };
const llamacpp: Quirks = { schemaStyle: 'llamacpp' };
const customTool = '{"tools":[{"type":"custom","custom":{"name":"p"}}]}';
const developer = '{"messages":[{"role":"developer","content":"a"}]}';
const signed = '{"messages":[{"tool_calls":[{"extra_content":{"google":{"thought_signature":"c2ln"}}}]}]}';
const thought = '{"messages":[{"thinking_blocks":[{"type":"thinking","signature":"s"}]}]}';

const fitting: readonly (readonly [why: string, quirks: Quirks, body: string, fits: boolean])[] = [
  ['a plain call', { ...noUrls, ...noChoice, customTools: false, developerRole: false }, `{${odd}}`, true],
  ['a choice where none is honoured', noChoice, '{"tool_choice":"required"}', false],
  ['its older form', noChoice, '{"function_call":{"name":"f"}}', false],
  ['a choice of nothing in particular', noChoice, '{"tool_choice":"auto"}', true],
  ['a choice where it is honoured', {}, '{"tool_choice":"required"}', true],
  ["a schema in OpenAI's words", llamacpp, '{"response_format":{"type":"json_schema"}}', false],
  ["a schema in the engine's own", llamacpp, '{"response_format":{"type":"json_object","schema":{}}}', true],
  ['plain JSON for TGI', { schemaStyle: 'tgi' }, '{"response_format":{"type":"json_object"}}', false],
  ['a schema for others', {}, '{"response_format":{"type":"json_schema"}}', true],
  ['an image URL', noUrls, url('"image_url":{"url":"https://x"}'), false],
  ['as Python writes it', noUrls, url('"image_url": {"url": "https://x"}'), false],
  ['a bare one', noUrls, url('"image_url":"https://x"'), false],
  ['image data', noUrls, url('"image_url":{"url":"data:image/png;base64,AA"}'), true],
  ['an image URL where they are taken', {}, url('"image_url":{"url":"https://x"}'), true],
  ['words about image URLs', noUrls, JSON.stringify({ a: url('"image_url":{"url":"https://x"}') }), true],
  ['a custom tool', { customTools: false }, customTool, false],
  ['a custom tool where they are known', {}, customTool, true],
  ['the developer role', { developerRole: false }, developer, false],
  ['the developer role where it is known', {}, developer, true],
  ["Google's signature for OpenAI", { sealedOrigin: 'openai' }, signed, false],
  ["Google's signature for Google", { sealedOrigin: 'google' }, signed, true],
  ["Google's signature for nobody knows whom", {}, signed, true],
  ["Anthropic's blocks for OpenAI", { sealedOrigin: 'openai' }, thought, false],
  ["Anthropic's blocks for Anthropic", { sealedOrigin: 'anthropic' }, thought, true],
];

for (const [why, quirks, body, expected] of fitting) {
  test(`as it is? ${why}`, () => assert.equal(fits(wireOf(body), quirks), expected));
}
