// Replies that are gone on from, and what went wrong with their ids and seals elsewhere.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { chatReply, namedEvent } from '../testkit/replies.ts';
import { responsesReply, responsesStream } from '../testkit/responses-replies.ts';
import { json, sse } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';
import { eventsIn, eventsOf, useScene } from './scene.ts';

const scene = useScene();
const STREAM = { stream: true };
const SEALED = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'gAAAsealed' };
const HISTORY = [{ role: 'user', content: 'One?' }, SEALED, { role: 'assistant', content: 'One.' }];

/** Unread: what an upstream of the same dialect says goes to the caller as it is. */
function ask(body: JsonValue) {
  return scene.gateway.ask('/v1/responses', body);
}

describe('12: the last event of a reply has no id, or none of the output', () => {
  const tools = [{ id: 'call_1', name: 'look', input: { city: 'Rome' } }];
  it('of an upstream that speaks Chat', async () => {
    scene.answer(chatReply({ reasoning: 'Hm.', text: 'Hi.', tools }));
    const { reply } = await scene.responses('chat', STREAM);
    const events = eventsOf(reply);
    const last = events.at(-1);
    const done = events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
    assert.equal(last?.type, 'response.completed');
    assert.match(last?.response.id, /^resp_/);
    assert.deepEqual(last?.response.output, done);
    assert.deepEqual(
      done.map(({ type }) => type),
      ['reasoning', 'message', 'function_call'],
    );
  });

  it('of an upstream that has forgotten them itself, for callers of other dialects', async () => {
    const whole = responsesStream({ text: 'Hi.', tools });
    const last = whole.lastIndexOf('event: response.completed');
    const { response, ...event } = eventsIn(whole).at(-1);
    const { id: _, output: __, ...bare } = response;
    scene.answer(sse(whole.slice(0, last) + namedEvent({ ...event, response: bare })));
    for (const caller of ['chat', 'messages'] as const) {
      const said = await scene[caller]('responses', STREAM);
      assert.deepEqual([said.text, said.tools], ['Hi.', tools]);
    }
  });
});

describe('13: the id changes between the first event and the last, and one of them leads nowhere', () => {
  for (const [model, answer] of [
    ['chat', chatReply({ text: 'Hi.' })],
    ['responses', responsesReply({ text: 'Hi.' })],
  ] as const) {
    it(`over ${model}`, async () => {
      scene.answer(answer);
      const reply = await ask({ model, input: 'One?', ...STREAM });
      const ids = new Set(eventsOf(reply).flatMap(({ response }) => response?.id ?? []));
      assert.equal(ids.size, 1);
      const next = await ask({ model, input: 'Two?', previous_response_id: [...ids][0] });
      assert.equal(next.status, 200, next.text);
      assert.match(scene.upstream.calls.at(-1)?.text ?? '', /One\?.*Hi\..*Two\?/);
    });
  }
});

it('14: a reply that is gone on from over another dialect has lost its history', async () => {
  const tools = [{ id: 'call_1', name: 'look', input: { city: 'Rome' } }];
  scene.answer(chatReply({ text: 'I look.', tools }));
  const first = await scene.responses('chat', { input: 'Weather?', ...STREAM });
  scene.answer(chatReply({ text: 'Sunny.' }));
  const output = [{ type: 'function_call_output', call_id: 'call_1', output: '20 degrees' }];
  const second = await scene.responses('chat', { previous_response_id: first.id, input: output });
  await scene.responses('chat', { previous_response_id: second.id, input: 'And tomorrow?' });
  const said = scene.sent.messages.map(({ role, content, tool_calls: calls }: JsonValue) => [
    role,
    content,
    ...(calls ?? []).map((call: JsonValue) => call.function.arguments),
  ]);
  assert.deepEqual(said, [
    ['user', 'Weather?'],
    ['assistant', 'I look.', '{"city":"Rome"}'],
    ['tool', '20 degrees'],
    ['assistant', 'Sunny.'],
    ['user', 'And tomorrow?'],
  ]);
});

describe('15: reasoning that nobody stored is looked for by its id', () => {
  const next = { role: 'user', content: 'Two?' };

  it('although its seal was there to go with it', async () => {
    scene.answer(responsesReply({ text: 'Hi.' }));
    await ask({ model: 'responses', store: false, input: [...HISTORY, next] });
    assert.deepEqual(scene.sent.input[1], SEALED);
    assert.equal(scene.sent.store, false);
  });

  it('because it has no seal and was sent all the same', async () => {
    scene.answer(responsesReply({ text: 'Hi.' }));
    const bare = [
      { id: 'rs_1', type: 'reasoning', summary: [] },
      { ...SEALED, encrypted_content: null },
    ];
    await ask({ model: 'responses', store: false, input: [HISTORY[0], ...bare, HISTORY[2], next] });
    assert.deepEqual(scene.sent.input, [HISTORY[0], HISTORY[2], next]);
  });
});

describe('16: what one deployment has sealed is sent to another', () => {
  let first: ScriptedUpstream;
  let second: ScriptedUpstream;
  let gateway: Gateway;
  const askBoth = (body: JsonValue) => gateway.ask('/v1/responses', { model: 'both', ...body });
  const turn = { input: [...HISTORY, { role: 'user', content: 'Two?' }], store: false };

  before(async () => {
    first = await createScriptedUpstream();
    second = await createScriptedUpstream();
    gateway = await startGateway(`
upstreams:
  first: { provider: openai, url: ${first.url}, secret: sk-1, protocols: [openai-responses] }
  second: { provider: openai, url: ${second.url}, secret: sk-2, protocols: [openai-responses] }
models:
  both: { targets: [first/gpt-5, second/gpt-5] }
`);
  });
  after(async () => {
    await gateway.quiet();
    await gateway.stop();
    await first.close();
    await second.close();
  });
  beforeEach(() => {
    first.respond(json({ error: { message: 'Out of order.' } }, 503));
    second.respond(responsesReply({ reasoning: 'Hm.', text: 'Hi.' }));
  });

  it('instead of back to its own, although that is not the first to be asked', async () => {
    assert.equal((await askBoth({ input: 'One?', store: false })).status, 200);
    first.respond(responsesReply({ text: 'Hi.' }));
    const before = first.calls.length;
    assert.equal((await askBoth(turn)).status, 200);
    assert.equal(first.calls.length, before);
    assert.equal(second.calls.at(-1)?.json.input[1].encrypted_content, 'gAAAsealed');
  });

  it('when its own is out of order', async () => {
    assert.equal((await askBoth({ input: 'One?', store: false })).status, 200);
    first.respond(responsesReply({ text: 'Hi.' }));
    second.respond(json({ error: { message: 'Out of order.' } }, 503));
    const before = first.calls.length;
    const reply = await askBoth(turn);
    assert.ok(reply.status >= 500, reply.text);
    assert.equal(first.calls.length, before);
  });
});
