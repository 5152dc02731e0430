import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../canonical/json.ts';
import { textsIn } from './texts.ts';

const rows: readonly (readonly [why: string, body: JsonObject, texts: readonly string[]])[] = [
  [
    'a chat: words, calls and results, and nothing of its settings',
    {
      model: 'm',
      user: 'somebody',
      metadata: { a: 'b' },
      messages: [
        { role: 'system', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi' },
            { type: 'image_url', image_url: { url: 'https://x' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: 'done' },
      ],
      tools: [{ type: 'function', function: { name: 'f', description: 'd' } }],
    },
    ['Be kind.', 'Hi', 'f', '{"a":1}', 'done', '{"name":"f","description":"d"}'],
  ],
  [
    'messages: blocks, thinking without its seal',
    {
      system: [{ type: 'text', text: 'Be kind.' }],
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'sealed' },
            { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } },
          ],
        },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'ok' }] }],
        },
      ],
      tools: [{ name: 'f', input_schema: {} }],
    },
    ['Hm.', 'f', '{"a":1}', 'ok', 'Be kind.', '{"name":"f","input_schema":{}}'],
  ],
  [
    'responses: instructions and items',
    {
      instructions: 'Be kind.',
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: 'done' },
      ],
    },
    ['Hi', 'f', '{}', 'done', 'Be kind.'],
  ],
  ['a bare input', { input: 'Hi' }, ['Hi']],
  [
    'contents and parts',
    {
      systemInstruction: { parts: [{ text: 'Be kind.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }] },
        { role: 'model', parts: [{ functionCall: { name: 'f', args: { a: 1 } } }] },
      ],
    },
    ['Hi', 'f', '{"a":1}', 'Be kind.'],
  ],
  ['nothing to read', { messages: 7, tools: 'x' }, []],
];
for (const [why, body, texts] of rows) {
  test(`texts: ${why}`, () => assert.deepEqual(textsIn(body), texts));
}

test('a body nested without end is not followed without end', () => {
  let nested: JsonObject = { text: 'deep' };
  for (let at = 0; at < 100; at += 1) nested = { content: [nested] };
  assert.deepEqual(textsIn({ messages: [nested] }), []);
});
