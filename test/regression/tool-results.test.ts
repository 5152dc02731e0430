// Results of calls that went wrong elsewhere: where they stand, and what is in them.
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
const PNG = 'iVBORw0KGgo=';

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

  const BETWEEN = [
    ...HELLO,
    { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
    says,
    { type: 'function_call_output', call_id: 'call_1', output: 'Sunny.' },
  ];
  for (const model of ['chat', 'ollama']) {
    it(`when it goes on to ${model}, which has a message for each`, async () => {
      await scene.responses(model, { input: BETWEEN });
      const roles = scene.sent.messages.map(({ role }: JsonValue) => role);
      assert.deepEqual(roles, ['user', 'assistant', 'tool', 'user']);
    });
  }

  it('when it goes on to Gemini', async () => {
    await scene.responses('gemini', { input: BETWEEN });
    const [first, second] = scene.sent.contents[2].parts;
    assert.equal(first.functionResponse.id, 'call_1');
    assert.equal(second.text, 'Hurry.');
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

for (const model of ['chat', 'ollama'] as const) {
  it(`24: results of parallel calls are told apart by their place, and are in another, for ${model}`, async () => {
    const input = [
      ...HELLO,
      ...['call_1', 'call_2'].map((call_id) => ({
        type: 'function_call',
        call_id,
        name: 'look',
        arguments: '{}',
      })),
      { type: 'function_call_output', call_id: 'call_2', output: 'Second.' },
      { type: 'function_call_output', call_id: 'call_1', output: 'First.' },
    ];
    await scene.responses(model, { input });
    const [, , ...results] = scene.sent.messages;
    assert.deepEqual(
      results.map(({ content }: JsonValue) => content),
      ['First.', 'Second.'],
    );
  });
}

it('24: results of parallel calls are more than one turn for Gemini, or in another order', async () => {
  const messages = [
    ...HELLO,
    called('call_1', 'call_2'),
    result('call_2', 'Second.'),
    result('call_1', 'First.'),
  ];
  await scene.chat('gemini', { tools: [chatTool('look')], messages });
  const { contents } = scene.sent;
  assert.deepEqual(
    contents.map(({ role }: JsonValue) => role),
    ['user', 'model', 'user'],
  );
  const said = contents[2].parts.map(({ functionResponse }: JsonValue) =>
    JSON.stringify(functionResponse.response),
  );
  assert.match(said[0], /First/);
  assert.match(said[1], /Second/);
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

  it('for Bedrock, which takes bytes', async () => {
    await scene.messages('converse', fields);
    const contents = scene.sent.messages[2].content.map(({ toolResult }: JsonValue) => toolResult.content);
    for (const [, { image: sent }] of contents) {
      assert.deepEqual(sent, { format: 'png', source: { bytes: PNG } });
    }
    assert.equal(contents.length, 2);
  });

  it('for Gemini', async () => {
    await scene.messages('gemini', fields);
    const text = scene.upstream.calls.at(-1)?.text ?? '';
    assert.equal(text.split(PNG).length - 1, 2);
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
