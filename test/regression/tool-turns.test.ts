// Tools and their results in calls that went wrong elsewhere: what an upstream is told of them.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { converseHi } from '../testkit/converse-replies.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { ollamaReply } from '../testkit/ollama-replies.ts';
import { chatReply, messagesReply } from '../testkit/replies.ts';
import { responsesReply } from '../testkit/responses-replies.ts';
import { CITY, HELLO, useScene } from './scene.ts';

const scene = useScene();
const PNG = 'iVBORw0KGgo=';
const PATCH = '*** Begin Patch\n"quoted" \\ back\n*** End Patch';
const CUSTOM = { type: 'custom', name: 'apply_patch', description: 'Takes a patch.' };

/** Whichever dialect the call comes in. */
beforeEach(() =>
  scene.answer((call) => {
    if (call.path.includes('converse')) return converseHi(call);
    if (call.path.endsWith('/api/chat')) return ollamaReply({ text: 'Hi.' })(call);
    if (call.path.endsWith('/messages')) return messagesReply({ text: 'Hi.' })(call);
    return (call.path.endsWith('/responses') ? responsesReply : chatReply)({ text: 'Hi.' })(call);
  }),
);

function chatTool(name: string): JsonValue {
  return { type: 'function', function: { name, parameters: CITY } };
}

function called(...ids: readonly string[]): JsonValue {
  const call = (id: string) => ({
    id,
    type: 'function',
    function: { name: 'look', arguments: '{"city":"Rome"}' },
  });
  return { role: 'assistant', content: null, tool_calls: ids.map(call) };
}

function result(id: string, content: JsonValue = 'Sunny.'): JsonValue {
  return { role: 'tool', tool_call_id: id, content };
}

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

describe('22: in the turn after a call its result does not come first', () => {
  const says = { role: 'user', content: 'Hurry.' };
  for (const order of [
    [says, result('call_1')],
    [result('call_1'), says],
  ]) {
    it(`when a Chat caller says ${order.map(({ role }: JsonValue) => role).join(', then ')}`, async () => {
      await scene.chat('messages', {
        tools: [chatTool('look')],
        messages: [...HELLO, called('call_1'), ...order],
      });
      const turn = scene.sent.messages[2];
      assert.deepEqual(
        turn.content.map(({ type }: JsonValue) => type),
        ['tool_result', 'text'],
      );
      assert.equal(scene.sent.messages.length, 3);
    });
  }

  it('when a Responses caller has a message between the call and its output', async () => {
    const input = [
      ...HELLO,
      { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
      says,
      { type: 'function_call_output', call_id: 'call_1', output: 'Sunny.' },
    ];
    await scene.responses('messages', { input });
    assert.deepEqual(
      scene.sent.messages[2].content.map(({ type }: JsonValue) => type),
      ['tool_result', 'text'],
    );
  });

  it('when it is a Bedrock upstream', async () => {
    await scene.chat('converse', {
      tools: [chatTool('look')],
      messages: [...HELLO, called('call_1'), says, result('call_1')],
    });
    assert.deepEqual(Object.keys(scene.sent.messages[2].content[0]), ['toolResult']);
  });
});

it('23: a message of the role "tool" reaches Anthropic as it is', async () => {
  await scene.chat('messages', {
    tools: [chatTool('look')],
    messages: [...HELLO, called('call_1'), result('call_1')],
  });
  const { messages } = scene.sent;
  assert.deepEqual(
    messages.map(({ role }: JsonValue) => role),
    ['user', 'assistant', 'user'],
  );
  assert.deepEqual(messages[2].content, [{ type: 'tool_result', tool_use_id: 'call_1', content: 'Sunny.' }]);
});

describe('24: results of parallel calls become a turn each', () => {
  const messages = [...HELLO, called('call_1', 'call_2'), result('call_1'), result('call_2')];
  const roles = ['user', 'assistant', 'user'];

  it('for Anthropic', async () => {
    await scene.chat('messages', { tools: [chatTool('look')], messages });
    assert.deepEqual(
      scene.sent.messages.map(({ role }: JsonValue) => role),
      roles,
    );
    const ids = scene.sent.messages[2].content.map((block: JsonValue) => block.tool_use_id);
    assert.deepEqual(ids, ['call_1', 'call_2']);
  });

  it('for Bedrock', async () => {
    await scene.chat('converse', { tools: [chatTool('look')], messages });
    assert.deepEqual(
      scene.sent.messages.map(({ role }: JsonValue) => role),
      roles,
    );
    const ids = scene.sent.messages[2].content.map((block: JsonValue) => block.toolResult.toolUseId);
    assert.deepEqual(ids, ['call_1', 'call_2']);
  });
});

describe('25: pictures in the result of a call are dropped', () => {
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } };
  const results = ['toolu_1', 'toolu_2'].map((id) => ({
    type: 'tool_result',
    tool_use_id: id,
    content: [{ type: 'text', text: 'Seen.' }, image],
  }));
  const calls = ['toolu_1', 'toolu_2'].map((id) => ({ type: 'tool_use', id, name: 'look', input: {} }));
  const fields = {
    tools: [{ name: 'look', input_schema: CITY }],
    messages: [...HELLO, { role: 'assistant', content: calls }, { role: 'user', content: results }],
  };

  it('for Chat, whose results are text: they follow all results, in one turn', async () => {
    await scene.messages('chat', fields);
    const { messages } = scene.sent;
    assert.deepEqual(
      messages.map(({ role }: JsonValue) => role),
      ['user', 'assistant', 'tool', 'tool', 'user'],
    );
    const urls = messages[4].content.flatMap((part: JsonValue) => part.image_url?.url ?? []);
    assert.deepEqual(urls, [`data:image/png;base64,${PNG}`, `data:image/png;base64,${PNG}`]);
  });

  it('for Responses, whose results take them', async () => {
    await scene.messages('responses', fields);
    const outputs = scene.sent.input.filter(({ type }: JsonValue) => type === 'function_call_output');
    for (const { output } of outputs) assert.equal(output.at(-1).image_url, `data:image/png;base64,${PNG}`);
    assert.equal(outputs.length, 2);
  });

  it('for Ollama, whose pictures are bare', async () => {
    await scene.messages('ollama', fields);
    const pictures = scene.sent.messages.flatMap((message: JsonValue) => message.images ?? []);
    assert.deepEqual(pictures, [PNG, PNG]);
  });
});

it('30: Ollama is given a list as content, or a text as arguments', async () => {
  const parts = [
    { type: 'text', text: 'Look ' },
    { type: 'text', text: 'there.' },
  ];
  const messages = [
    { role: 'user', content: parts },
    called('call_1'),
    result('call_1', [{ type: 'text', text: 'Sunny.' }]),
  ];
  await scene.chat('ollama', { tools: [chatTool('look')], messages });
  const sent = scene.sent.messages;
  for (const { content } of sent) assert.equal(typeof (content ?? ''), 'string');
  assert.match(sent[0].content, /Look .*there\./s);
  assert.deepEqual(sent[1].tool_calls[0].function.arguments, { city: 'Rome' });
  assert.equal(sent[2].content, 'Sunny.');
});

it('Bedrock is sent calls without any tools, and refuses the turn', async () => {
  await scene.chat('converse', { messages: [...HELLO, called('call_1'), result('call_1')] });
  assert.equal(scene.sent.toolConfig.tools.length, 1);
  assert.equal(scene.sent.messages[1].content[0].toolUse.toolUseId, 'call_1');
});
