// Reasoning, its seals, refusals and schemas that went wrong elsewhere.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { chatBody, chatReply, chatStream, messagesBody, messagesReply } from '../testkit/replies.ts';
import { responseOf } from '../testkit/responses-replies.ts';
import { json, sse } from '../testkit/script.ts';
import { CITY, chatDeltas, GEMINI, geminiStream, HELLO, useScene } from './scene.ts';

const scene = useScene();
const STREAM = { stream: true };
const CHAT_TOOLS = [{ type: 'function', function: { name: 'look', parameters: CITY } }];

describe('34: a refusal is lost between refusal and content_filter', () => {
  const explanation = 'I will not do that.';

  it('from Messages to Chat and Responses', async () => {
    const details = { type: 'refusal', category: 'cyber', explanation };
    scene.answer(json({ ...messagesBody({ text: 'Well.' }), stop_reason: 'refusal', stop_details: details }));
    const chat = await scene.chat('messages');
    assert.deepEqual([chat.stop, chat.text, chat.refusal], ['content_filter', 'Well.', explanation]);
    assert.equal((await scene.responses('messages')).stop, 'content_filter');
  });

  it('from Chat to Messages, by its words', async () => {
    scene.answer(sse(chatDeltas([{ role: 'assistant', content: null }, { refusal: explanation }], 'stop')));
    const said = await scene.messages('chat', STREAM);
    assert.deepEqual([said.stop, said.refusal], ['refusal', explanation]);
  });

  it('from Chat to Messages, by its reason alone', async () => {
    scene.answer(chatReply({ text: 'Once', finish: 'content_filter' }));
    for (const stream of [false, true])
      assert.equal((await scene.messages('chat', { stream })).stop, 'refusal');
  });

  it('from Gemini, which filters in words of its own, or blocks the prompt', async () => {
    scene.answer(geminiStream([{ text: 'Once' }], 'SAFETY'));
    assert.equal((await scene.chat('gemini', STREAM)).stop, 'content_filter');
    assert.equal((await scene.messages('gemini', STREAM)).stop, 'refusal');
    const { candidates: _, ...blocked } = GEMINI;
    scene.answer(json({ ...blocked, promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }));
    assert.equal((await scene.chat('gemini')).stop, 'content_filter');
    assert.equal((await scene.messages('gemini')).stop, 'refusal');
  });

  it('from Responses to both', async () => {
    const refusal = { type: 'refusal', refusal: explanation };
    const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [refusal] };
    scene.answer(json(responseOf([item])));
    assert.equal((await scene.chat('responses')).refusal, explanation);
    const said = await scene.messages('responses');
    assert.deepEqual([said.stop, said.refusal], ['refusal', explanation]);
  });
});

describe('35: an answer by a schema is forced through a tool while the model thinks', () => {
  const schema = { ...CITY, additionalProperties: false };
  const format = { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } };

  it('where Anthropic has a word for the schema itself', async () => {
    scene.answer(messagesReply({ reasoning: 'Hm.', text: '{"city":"Rome"}' }));
    const said = await scene.chat('messages', { response_format: format, reasoning_effort: 'high' });
    assert.equal(scene.sent.tool_choice, undefined);
    assert.equal(scene.sent.tools, undefined);
    assert.deepEqual(scene.sent.output_config.format.schema, schema);
    assert.notEqual(scene.sent.thinking, undefined);
    assert.deepEqual([said.text, said.stop], ['{"city":"Rome"}', 'stop']);
  });

  it('or is a tool that the caller forces himself, which thinking does not take', async () => {
    scene.answer(messagesReply({ text: 'Hi.' }));
    const fields = { tools: CHAT_TOOLS, tool_choice: 'required', reasoning_effort: 'high' };
    const { reply } = await scene.chat('messages', fields);
    assert.deepEqual(scene.sent.tool_choice, { type: 'auto' });
    assert.match(reply.headers['x-signalbox-translation'] ?? '', /tool_choice/);
  });
});

describe('36: Gemini is given words of a schema where it refuses what it does not know', () => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $comment: 'Made by hand.',
    ...CITY,
    additionalProperties: false,
  };

  it('for a tool: they belong where any JSON Schema is taken', async () => {
    scene.answer(geminiStream([{ text: 'Hi.' }]));
    const tools = [{ type: 'function', function: { name: 'look', parameters: schema } }];
    await scene.chat('gemini', { tools, ...STREAM });
    const [declared] = scene.sent.tools[0].functionDeclarations;
    assert.deepEqual(declared, { name: 'look', parametersJsonSchema: schema });
  });

  it('for the answer', async () => {
    scene.answer(geminiStream([{ text: '{"city":"Rome"}' }]));
    await scene.chat('gemini', {
      response_format: { type: 'json_schema', json_schema: { name: 'place', schema } },
      ...STREAM,
    });
    const { responseJsonSchema, responseSchema } = scene.sent.generationConfig;
    assert.deepEqual([responseJsonSchema, responseSchema], [schema, undefined]);
  });
});

describe('37: the signature of a thought is lost, and the next turn is refused', () => {
  const signed = { functionCall: { id: 'fc_1', name: 'look', args: {} }, thoughtSignature: 'c2ln' };
  const call = (extra: JsonValue) => ({
    ...extra,
    id: 'fc_1',
    type: 'function',
    function: { name: 'look', arguments: '{}' },
  });
  const turns = (extra: JsonValue) => [
    ...HELLO,
    { role: 'assistant', content: null, tool_calls: [call(extra)] },
    { role: 'tool', tool_call_id: 'fc_1', content: 'Sunny.' },
  ];
  const signatures = () =>
    scene.sent.contents.flatMap(({ parts }: JsonValue) =>
      parts.flatMap((part: JsonValue) => (part.functionCall === undefined ? [] : [part.thoughtSignature])),
    );

  for (const keeps of [true, false]) {
    it(`although a Chat caller ${keeps ? 'brings it back' : 'has dropped it'}`, async () => {
      scene.answer(geminiStream([signed]));
      const { reply } = await scene.chat('gemini', { tools: CHAT_TOOLS, ...STREAM });
      assert.match(reply.text, /"thought_signature":"c2ln"/);
      const extra = { extra_content: { google: { thought_signature: 'c2ln' } } };
      await scene.chat('gemini', { tools: CHAT_TOOLS, messages: turns(keeps ? extra : {}), ...STREAM });
      assert.deepEqual(signatures(), ['c2ln']);
    });
  }

  it('although a Messages caller has no field for it', async () => {
    scene.answer(geminiStream([{ ...signed, functionCall: { id: 'fc_9', name: 'look', args: {} } }]));
    const tools = [{ name: 'look', input_schema: CITY }];
    const said = await scene.messages('gemini', { tools, ...STREAM });
    const id = said.tools[0]?.id;
    const content = [{ type: 'tool_use', id, name: 'look', input: {} }];
    const result = [{ type: 'tool_result', tool_use_id: id, content: 'Sunny.' }];
    const messages = [...HELLO, { role: 'assistant', content }, { role: 'user', content: result }];
    await scene.messages('gemini', { tools, messages, ...STREAM });
    assert.deepEqual(signatures(), ['c2ln']);
  });

  it('although a Responses caller sends only the items of the call', async () => {
    scene.answer(geminiStream([{ ...signed, functionCall: { id: 'fc_7', name: 'look', args: {} } }]));
    const tools = [{ type: 'function', name: 'look', parameters: CITY }];
    const said = await scene.responses('gemini', { tools, ...STREAM });
    const { id: call_id = '' } = said.tools[0] ?? {};
    const input = [
      ...HELLO,
      { type: 'function_call', call_id, name: 'look', arguments: '{}' },
      { type: 'function_call_output', call_id, output: 'Sunny.' },
    ];
    await scene.responses('gemini', { tools, input, ...STREAM });
    assert.deepEqual(signatures(), ['c2ln']);
  });

  it('and of a call that was never signed nobody says that it needs none', async () => {
    scene.answer(geminiStream([{ text: 'Hi.' }]));
    const messages = JSON.parse(JSON.stringify(turns({})).replaceAll('fc_1', 'call_elsewhere'));
    await scene.chat('gemini', { tools: CHAT_TOOLS, messages, ...STREAM });
    assert.deepEqual(signatures(), ['skip_thought_signature_validator']);
  });
});

describe('38: DeepSeek is not given back the reasoning of a turn that calls', () => {
  const tools = [{ id: 'call_1', name: 'look', input: { city: 'Rome' } }];
  const result = { type: 'tool_result', tool_use_id: 'call_1', content: 'Sunny.' };

  it('that a Messages caller had as a thinking block', async () => {
    scene.answer(sse(chatStream({ reasoning: 'Where is Rome?', tools })));
    const asked = {
      tools: [{ name: 'look', input_schema: CITY }],
      thinking: { type: 'enabled', budget_tokens: 1024 },
      max_tokens: 4000,
    };
    const first = await scene.messages('deepseek', { ...asked, ...STREAM });
    assert.equal(first.reasoning, 'Where is Rome?');
    scene.answer(json(chatBody({ text: 'Sunny.' })));
    const content = [
      { type: 'thinking', thinking: first.reasoning, signature: '' },
      { type: 'tool_use', ...first.tools[0] },
    ];
    const messages = [...HELLO, { role: 'assistant', content }, { role: 'user', content: [result] }];
    await scene.messages('deepseek', { ...asked, messages });
    assert.equal(scene.sent.messages[1].reasoning_content, 'Where is Rome?');
  });

  it('and refuses the turn when it has none at all', async () => {
    scene.answer(json(chatBody({ text: 'Sunny.' })));
    const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
    const messages = [
      ...HELLO,
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: 'Sunny.' },
    ];
    await scene.chat('deepseek', { tools: CHAT_TOOLS, messages });
    assert.equal(scene.sent.messages[1].reasoning_content, '');
  });
});
