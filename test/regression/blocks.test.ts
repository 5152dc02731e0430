// Content blocks that went wrong elsewhere: mixed up, split, lost, left open.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ConverseEvent, converseStream, eventStream } from '../testkit/converse-replies.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { createRawClient, type RawReply, requestBytes } from '../testkit/raw-client.ts';
import { chatReply, messagesReply, namedEvent } from '../testkit/replies.ts';
import { bytes, createGate, end, sse, sseHead, wait } from '../testkit/script.ts';
import { callDelta, chatDeltas, eventsOf, HELLO, useScene } from './scene.ts';

const scene = useScene();
const STREAM = { stream: true };

/** Blocks of a Messages stream in order: the type each opened with. */
function blocksOf(reply: RawReply): readonly string[] {
  return eventsOf(reply)
    .filter(({ type }) => type === 'content_block_start')
    .map(({ content_block: block }) => block.type);
}

function messageStream(...events: readonly JsonValue[]): ReturnType<typeof sse> {
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'up',
    content: [],
    stop_reason: null,
  };
  const start = {
    type: 'message_start',
    message: { ...message, usage: { input_tokens: 10, output_tokens: 1 } },
  };
  return sse([start, ...events, { type: 'message_stop' }].map(namedEvent).join(''));
}

function ending(reason: string): JsonValue {
  return {
    type: 'message_delta',
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: 5 },
  };
}

describe('1: text is said inside a tool call that is still open', () => {
  it('and has a block of its own for Messages callers, behind the whole call', async () => {
    const deltas = [
      callDelta(0, '{"city":', 'call_1', 'look'),
      { content: 'Wait.' },
      callDelta(0, '"Rome"}'),
    ];
    scene.answer(sse(chatDeltas(deltas, 'tool_calls')));
    const said = await scene.messages('chat', STREAM);
    assert.deepEqual(said.tools, [{ id: 'call_1', name: 'look', input: { city: 'Rome' } }]);
    assert.equal(said.text, 'Wait.');
    assert.deepEqual(blocksOf(said.reply), ['tool_use', 'text']);
  });

  it('and spoils neither when an engine puts it into the very block of the call', async () => {
    const at = { type: 'content_block_delta', index: 0 };
    scene.answer(
      messageStream(
        {
          type: 'content_block_start',
          index: 0,
          content_block: { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} },
        },
        { ...at, delta: { type: 'input_json_delta', partial_json: '{"city":' } },
        { ...at, delta: { type: 'text_delta', text: 'Wait.' } },
        { ...at, delta: { type: 'input_json_delta', partial_json: '"Rome"}' } },
        { type: 'content_block_stop', index: 0 },
        ending('tool_use'),
      ),
    );
    const said = await scene.chat('messages', STREAM);
    assert.deepEqual(said.tools, [{ id: 'toolu_1', name: 'look', input: { city: 'Rome' } }]);
    assert.equal(said.text, 'Wait.');
  });
});

it('2: the delta that changes from thinking to text, or back, is lost or lands in the wrong block', async () => {
  const deltas = [
    { role: 'assistant', content: '' },
    { content: 'One' },
    { reasoning_content: 'hm' },
    { reasoning_content: 'm', content: 'two' },
    { content: 'three' },
  ];
  scene.answer(sse(chatDeltas(deltas, 'stop')));
  const said = await scene.messages('chat', STREAM);
  assert.equal(said.text, 'Onetwothree');
  assert.equal(said.reasoning, 'hmm');
  assert.deepEqual(blocksOf(said.reply), ['text', 'thinking', 'text']);
});

for (const field of ['reasoning_content', 'reasoning']) {
  it(`3: chunks that hold nothing but ${field} make no thinking block`, async () => {
    scene.answer(sse(chatDeltas([{ [field]: 'Let me ' }, { [field]: 'see.' }, { content: 'Yes.' }], 'stop')));
    const said = await scene.messages('chat', STREAM);
    assert.equal(said.reasoning, 'Let me see.');
    assert.equal(said.text, 'Yes.');
    assert.deepEqual(blocksOf(said.reply), ['thinking', 'text']);
  });
}

it('4: thinking that is only a signature is dropped, and the next turn lacks it', async () => {
  scene.answer(
    messageStream(
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'thinking', thinking: '', signature: '' },
      },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2lnbmVk' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Hi.' } },
      { type: 'content_block_stop', index: 1 },
      ending('end_turn'),
    ),
  );
  const first = await scene.responses('messages', STREAM);
  const { output } = eventsOf(first.reply).at(-1)?.response ?? {};
  assert.equal(output[0].type, 'reasoning');
  const history = [{ role: 'user', content: 'Hello.' }, ...output, { role: 'user', content: 'And?' }];
  scene.answer(messagesReply({ text: 'Hi.' }));
  await scene.responses('messages', { input: history, reasoning: { effort: 'high' } });
  assert.deepEqual(scene.sent.messages[1].content, [
    { type: 'thinking', thinking: '', signature: 'c2lnbmVk' },
    { type: 'text', text: 'Hi.' },
  ]);
});

it('4: thinking that is only a signature is taken for thinking without one, and cut out of the history', async () => {
  scene.answer(messagesReply({ text: 'Hi.' }));
  const content = [
    { type: 'thinking', thinking: '', signature: 'c2lnbmVk' },
    { type: 'text', text: 'Hi.' },
  ];
  const messages = [...HELLO, { role: 'assistant', content }, { role: 'user', content: 'And?' }];
  await scene.messages('messages', { messages });
  assert.deepEqual(scene.sent.messages[1].content, content);
});

describe('5: a block is opened for every token, or thinking ends without its signature', () => {
  it('of an engine that signs nothing: the signature is empty, and there', async () => {
    const thoughts = ['So', ' it', ' is'].map((reasoning_content) => ({ reasoning_content }));
    const words = ['Good', ' day', '.'].map((content) => ({ content }));
    scene.answer(sse(chatDeltas([...thoughts, ...words], 'stop')));
    const { reply } = await scene.messages('chat', STREAM);
    assert.deepEqual(blocksOf(reply), ['thinking', 'text']);
    const [first] = eventsOf(reply).filter(({ type }) => type === 'content_block_start');
    assert.deepEqual(first?.content_block, { type: 'thinking', thinking: '', signature: '' });
  });

  it('of a service that signs', async () => {
    const thought = (reasoningContent: JsonValue): ConverseEvent => [
      'contentBlockDelta',
      { contentBlockIndex: 0, delta: { reasoningContent } },
    ];
    scene.answer(
      eventStream(
        converseStream(
          ['messageStart', { role: 'assistant' }],
          thought({ text: 'So' }),
          thought({ text: ' it is' }),
          thought({ signature: 'c2lnbmVk' }),
          ['contentBlockStop', { contentBlockIndex: 0 }],
          ['contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Hi' } }],
          ['contentBlockDelta', { contentBlockIndex: 1, delta: { text: '.' } }],
          ['contentBlockStop', { contentBlockIndex: 1 }],
          ['messageStop', { stopReason: 'end_turn' }],
          ['metadata', { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 } }],
        ),
      ),
    );
    const { reply } = await scene.messages('converse', STREAM);
    assert.deepEqual(blocksOf(reply), ['thinking', 'text']);
    const deltas = eventsOf(reply).flatMap(({ delta }) => delta?.signature ?? []);
    assert.deepEqual(deltas, ['c2lnbmVk']);
  });
});

describe('6: of parallel calls blocks overlap, or only the first arrives', () => {
  const deltas = [
    { role: 'assistant', content: null },
    callDelta(0, '', 'call_1', 'look'),
    callDelta(1, '', 'call_2', 'hear'),
    callDelta(0, '{"city":'),
    callDelta(1, '{"far":'),
    callDelta(0, '"Rome"}'),
    callDelta(1, 'true}'),
  ];
  const tools = [
    { id: 'call_1', name: 'look', input: { city: 'Rome' } },
    { id: 'call_2', name: 'hear', input: { far: true } },
  ];
  for (const caller of ['messages', 'responses'] as const) {
    it(`for ${caller} callers`, async () => {
      scene.answer(sse(chatDeltas(deltas, 'tool_calls')));
      assert.deepEqual((await scene[caller]('chat', STREAM)).tools, tools);
    });
  }
});

for (const stream of [false, true]) {
  it(`7: text and a call end as a turn that is over, ${stream ? 'streamed' : 'whole'}`, async () => {
    const tools = [{ id: 'call_1', name: 'look', input: { city: 'Rome' } }];
    // Engines that say `stop` although they have called.
    for (const finish of ['tool_calls', 'stop']) {
      scene.answer(chatReply({ text: 'I will look.', tools, finish }));
      const said = await scene.messages('chat', { stream });
      assert.equal(said.stop, 'tool_use');
      assert.deepEqual([said.text, said.tools], ['I will look.', tools]);
    }
    for (const finish of ['tool_use', 'end_turn']) {
      scene.answer(messagesReply({ text: 'I will look.', tools, finish }));
      assert.equal((await scene.chat('messages', { stream })).stop, 'tool_calls');
    }
  });
}

it('8: the arguments of a call stall until the call is whole', { timeout: 20_000 }, async () => {
  const gate = createGate();
  const whole = chatDeltas(
    [callDelta(0, '', 'call_1', 'look'), callDelta(0, '{"city":'), callDelta(0, '"Rome"}')],
    'tool_calls',
  );
  const cut = whole.indexOf('\n\n', whole.indexOf('city')) + 2;
  scene.answer([sseHead(), bytes(whole.slice(0, cut)), wait(gate.opened), bytes(whole.slice(cut)), end]);
  const client = await createRawClient(scene.gateway.url);
  const headers = { authorization: `Bearer ${scene.gateway.key}` };
  const body = { model: 'chat', max_tokens: 100, messages: HELLO, stream: true };
  await client.write(requestBytes('/v1/messages', { headers, body }));
  await client.until('{\\"city\\":');
  assert.equal(client.received.includes('Rome'), false);
  gate.open();
  const reply = await client.reply();
  client.abort();
  const pieces = eventsOf(reply).flatMap(({ delta }) =>
    delta?.partial_json === undefined ? [] : [delta.partial_json],
  );
  assert.deepEqual(pieces, ['{"city":', '"Rome"}']);
});

it('9: a call opens without its empty input, and clients fall over', async () => {
  scene.answer(chatReply({ tools: [{ id: 'call_1', name: 'look', input: {} }] }));
  const { reply, tools } = await scene.messages('chat', STREAM);
  const start = eventsOf(reply).find(({ type }) => type === 'content_block_start');
  assert.deepEqual(start?.content_block, { type: 'tool_use', id: 'call_1', name: 'look', input: {} });
  assert.deepEqual(tools, [{ id: 'call_1', name: 'look', input: {} }]);
});
