// Tools that went wrong elsewhere: how an upstream is told of them, and free text that has to be wrapped for it.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { converseHi } from '../testkit/converse-replies.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { ollamaReply } from '../testkit/ollama-replies.ts';
import { chatReply, messagesReply } from '../testkit/replies.ts';
import { responsesReply } from '../testkit/responses-replies.ts';
import { json } from '../testkit/script.ts';
import { CITY, GEMINI, HELLO, useScene } from './scene.ts';

const scene = useScene();
const PATCH = '*** Begin Patch\n"quoted" \\ back\n*** End Patch';
const CUSTOM = { type: 'custom', name: 'apply_patch', description: 'Takes a patch.' };

/** Whichever dialect the call comes in. */
beforeEach(() =>
  scene.answer((call) => {
    if (call.path.includes('converse')) return converseHi(call);
    if (call.path.includes(':generateContent')) return json(GEMINI);
    if (call.path.endsWith('/api/chat')) return ollamaReply({ text: 'Hi.' })(call);
    if (call.path.endsWith('/messages')) return messagesReply({ text: 'Hi.' })(call);
    return (call.path.endsWith('/responses') ? responsesReply : chatReply)({ text: 'Hi.' })(call);
  }),
);

it('17: a tool that takes free text is not usable over an upstream that has none, nor its history', async () => {
  const input = [
    ...HELLO,
    { type: 'custom_tool_call', call_id: 'call_1', name: 'apply_patch', input: PATCH },
    { type: 'custom_tool_call_output', call_id: 'call_1', output: 'Done.' },
  ];
  await scene.responses('chat', { tools: [CUSTOM], input });
  const { tools, messages } = scene.sent;
  assert.equal(tools[0].type, 'function');
  assert.deepEqual(tools[0].function.parameters.required, ['input']);
  const { name, arguments: text } = messages[1].tool_calls[0].function;
  assert.equal(name, tools[0].function.name);
  assert.deepEqual(JSON.parse(text), { input: PATCH });
  assert.deepEqual(messages[2], { role: 'tool', tool_call_id: 'call_1', content: 'Done.' });
});

for (const stream of [false, true]) {
  for (const [model, replied] of [
    ['chat', chatReply],
    ['messages', messagesReply],
  ] as const) {
    it(`18: the wrapping of free text is not taken off again, of ${model} ${stream ? 'streamed' : 'whole'}`, async () => {
      await scene.responses(model, { tools: [CUSTOM] });
      const [tool] = scene.sent.tools;
      const name = tool.name ?? tool.function.name;
      scene.answer(replied({ tools: [{ id: 'call_1', name, input: { input: PATCH } }] }));
      const said = await scene.responses(model, { tools: [CUSTOM], stream });
      assert.deepEqual(said.tools, [{ id: 'call_1', name: 'apply_patch', input: PATCH }]);
    });
  }
}

it('19: a tool without a schema becomes one that Anthropic refuses', async () => {
  for (const tool of [CUSTOM, { type: 'function', name: 'bare', parameters: null }]) {
    await scene.responses('messages', { tools: [tool] });
    assert.equal(scene.sent.tools[0].input_schema.type, 'object');
    assert.equal('parameters' in scene.sent.tools[0], false);
  }
  await scene.chat('messages', { tools: [{ type: 'function', function: { name: 'bare' } }] });
  assert.equal(scene.sent.tools[0].input_schema.type, 'object');
});

describe('20: which tools are allowed, and how many at once, is lost', () => {
  const fields = {
    tools: ['look', 'hear'].map((name) => ({ type: 'function', name, parameters: CITY })),
    tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'hear' }] },
    parallel_tool_calls: false,
  };

  it('on the way to Chat', async () => {
    await scene.responses('chat', fields);
    assert.equal(scene.sent.parallel_tool_calls, false);
    const { mode, tools } = scene.sent.tool_choice.allowed_tools ?? {
      mode: scene.sent.tool_choice,
      tools: scene.sent.tools,
    };
    assert.deepEqual([mode, tools.map((tool: JsonValue) => tool.function.name)], ['required', ['hear']]);
  });

  it('on the way to Messages, which have no word for the first', async () => {
    await scene.responses('messages', fields);
    assert.deepEqual(
      scene.sent.tools.map((tool: JsonValue) => tool.name),
      ['hear'],
    );
    assert.deepEqual(scene.sent.tool_choice, { type: 'any', disable_parallel_tool_use: true });
  });

  it('on the way to Gemini', async () => {
    await scene.responses('gemini', fields);
    const { mode, allowedFunctionNames } = scene.sent.toolConfig.functionCallingConfig;
    assert.deepEqual([mode, allowedFunctionNames], ['ANY', ['hear']]);
  });

  it('on the way to Ollama, which has no word for any of it', async () => {
    await scene.responses('ollama', fields);
    assert.deepEqual(
      scene.sent.tools.map((tool: JsonValue) => tool.function.name),
      ['hear'],
    );
  });
});

it('21: a tool of a Messages caller without a type is refused', async () => {
  const tool = { name: 'look', input_schema: CITY };
  for (const tools of [[tool], [{ ...tool, type: 'custom' }], [{ ...tool, type: null }]]) {
    await scene.messages('chat', { tools });
    assert.deepEqual(scene.sent.tools[0].function, { name: 'look', parameters: CITY });
    await scene.messages('converse', { tools });
    assert.equal(scene.sent.toolConfig.tools[0].toolSpec.name, 'look');
  }
});
