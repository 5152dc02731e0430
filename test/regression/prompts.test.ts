// Prompts, names and wishes that were changed, leaked or dropped on their way elsewhere.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { converseHi } from '../testkit/converse-replies.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { chatReply, messagesBody, messagesReply } from '../testkit/replies.ts';
import { responsesReply } from '../testkit/responses-replies.ts';
import { json } from '../testkit/script.ts';
import { CITY, HELLO, useScene } from './scene.ts';

const scene = useScene();

describe('a system message in the middle of a conversation', () => {
  const said = [...HELLO, { role: 'assistant', content: 'Hi.' }, { role: 'system', content: 'In French.' }];
  const messages = [...said, { role: 'user', content: 'And now?' }];

  it('is refused or put at the head, where it spoils what is cached', async () => {
    scene.answer(chatReply({ text: 'Hi.' }));
    await scene.messages('chat', { system: 'Be brief.', messages });
    assert.deepEqual(
      scene.sent.messages.map(({ role, content }: JsonValue) => [role, content]),
      [['system', 'Be brief.'], ...messages.map(({ role, content }) => [role, content])],
    );
  });

  it('reaches a model of Anthropic that takes none, or comes between a call and its result', async () => {
    scene.answer(messagesReply({ text: 'Hi.' }));
    const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
    const turns = [
      ...HELLO,
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'system', content: 'In French.' },
      { role: 'tool', tool_call_id: 'call_1', content: 'Sunny.' },
    ];
    const tools = [{ type: 'function', function: { name: 'look', parameters: CITY } }];
    await scene.chat('messages', { messages: [{ role: 'system', content: 'Be brief.' }, ...turns], tools });
    const sent = scene.sent.messages;
    assert.deepEqual(
      sent.map(({ role }: JsonValue) => role),
      ['user', 'assistant', 'user'],
    );
    assert.equal(sent[2].content[0].type, 'tool_result');
    assert.match(sent[2].content[1].text, /In French\./);
    assert.equal(scene.sent.system, 'Be brief.');
  });
});

describe('a note about billing that changes with every turn stands at the head of the prompt', () => {
  const note = { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.328; cch=a1b2c;' };
  const system = [note, { type: 'text', text: 'You are an agent.' }];

  for (const model of ['chat', 'responses', 'converse', 'invoke', 'engine']) {
    it(`of ${model}`, async () => {
      scene.answer((call) => {
        if (model === 'converse') return converseHi(call);
        if (model === 'chat') return chatReply({ text: 'Hi.' })(call);
        return (model === 'responses' ? responsesReply : messagesReply)({ text: 'Hi.' })(call);
      });
      await scene.messages(model, { system });
      const text = scene.upstream.calls.at(-1)?.text ?? '';
      assert.match(text, /You are an agent\./);
      assert.doesNotMatch(text, /billing/);
    });
  }

  it('but is for its own vendor to have', async () => {
    scene.answer(messagesReply({ text: 'Hi.' }));
    await scene.messages('messages', { system });
    assert.deepEqual(scene.sent.system, system);
  });
});

describe('flags of a vendor are sent to another who refuses them', () => {
  const headers = {
    'anthropic-beta': 'context-management-2025-06-27,brand-new-2027-01-01,claude-code-20250219',
  };
  const ask = (model: string) =>
    scene.gateway.ask('/v1/messages?beta=true', { model, max_tokens: 100, messages: HELLO }, headers);

  it('in the header or the body of Bedrock, unless it is known to have them', async () => {
    scene.answer(json(messagesBody({ text: 'Hi.' })));
    assert.equal((await ask('invoke')).status, 200);
    assert.equal(scene.upstream.calls.at(-1)?.headers['anthropic-beta'], undefined);
    assert.deepEqual(scene.sent.anthropic_beta, ['context-management-2025-06-27']);
  });

  it('in the header of whoever speaks another dialect', async () => {
    scene.answer(chatReply({ text: 'Hi.' }));
    assert.equal((await ask('chat')).status, 200);
    assert.equal(scene.upstream.calls.at(-1)?.headers['anthropic-beta'], undefined);
  });

  it('and not to the one whose they are', async () => {
    scene.answer(messagesReply({ text: 'Hi.' }));
    assert.equal((await ask('messages')).status, 200);
    assert.equal(scene.upstream.calls.at(-1)?.headers['anthropic-beta'], headers['anthropic-beta']);
  });
});

it('the name of a user is too long for the other vendor, or says who it is', async () => {
  scene.answer(responsesReply({ text: 'Hi.' }));
  const user = JSON.stringify({
    device_id: 'd'.repeat(64),
    account: 'anna@example.com',
    session_id: 's'.repeat(36),
  });
  const ask = () => scene.messages('responses', { metadata: { user_id: user } });
  await ask();
  const { safety_identifier: first } = scene.sent;
  assert.match(first, /^[0-9a-f]{1,64}$/);
  assert.doesNotMatch(scene.upstream.calls.at(-1)?.text ?? '', /anna|dddd/);
  await ask();
  assert.equal(scene.sent.safety_identifier, first);
});

it('log probabilities are dropped on the way to Gemini and back', async () => {
  const token = { token: 'Hi', logProbability: -0.1 };
  const logprobsResult = { topCandidates: [{ candidates: [token] }], chosenCandidates: [token] };
  const content = { role: 'model', parts: [{ text: 'Hi' }] };
  scene.answer(
    json({
      candidates: [{ content, finishReason: 'STOP', index: 0, logprobsResult, avgLogprobs: -0.1 }],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 1, totalTokenCount: 11 },
      modelVersion: 'gemini-3-flash',
      responseId: 'r-1',
    }),
  );
  const { reply } = await scene.chat('gemini', { logprobs: true, top_logprobs: 3 });
  assert.deepEqual(scene.sent.generationConfig, { responseLogprobs: true, logprobs: 3 });
  const [said] = reply.json.choices[0].logprobs.content;
  assert.deepEqual([said.token, said.logprob, said.top_logprobs.length], ['Hi', -0.1, 1]);
});
