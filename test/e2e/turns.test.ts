// Replies that are gone on from by their id: the gateway keeps them, per tenant, and every upstream gets a call
// that is whole by itself.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { send } from '../testkit/raw-client.ts';
import { chatReply } from '../testkit/replies.ts';
import { responsesReply } from '../testkit/responses-replies.ts';
import { json } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, KEY, startGateway } from '../testkit/start-gateway.ts';

const OTHER = 'sk-signalbox-other-0123456789abcdef';
const FEW = 'sk-signalbox-few-0123456789abcdef0';
const PATH = '/v1/responses';

let chat: ScriptedUpstream;
let own: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  chat = await createScriptedUpstream();
  own = await createScriptedUpstream();
  gateway = await startGateway(`
keys:
  - { name: test, secret: ${KEY}, metrics: true }
  - { name: other, secret: ${OTHER}, tenant: other }
  - { name: few, secret: ${FEW}, tenant: few, limits: [3 requests/h] }
upstreams:
  chat: { provider: openai-compatible, url: ${chat.url} }
  own: { provider: openai, url: ${own.url}, secret: sk-up, protocols: [openai-responses] }
models:
  chat: { targets: [chat/m] }
  own: { targets: [own/gpt-5] }
  plain: { targets: [own/gpt-4o] }
  both: { targets: [chat/m, own/gpt-5] }
`);
});
after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await chat.close();
  await own.close();
});
beforeEach(() => {
  chat.respond(chatReply({ text: 'Hi.' }));
  own.respond(responsesReply({ text: 'Hi.' }));
});

async function ask(body: JsonValue, headers?: Record<string, string>) {
  return gateway.ask(PATH, { model: 'chat', ...body }, headers);
}

describe('a reply that is gone on from', () => {
  for (const stream of [false, true]) {
    it(`was kept ${stream ? 'streamed' : 'whole'}, and the next upstream call holds the whole conversation`, async () => {
      const first = await ask({ input: 'Who are you?', stream });
      const id = stream ? idIn(first.text) : first.json.id;
      await ask({ previous_response_id: id, input: [{ role: 'user', content: 'And now?' }] });
      assert.deepEqual(
        chat.calls.at(-1)?.json.messages.map((message: JsonValue) => [message.role, message.content]),
        [
          ['user', 'Who are you?'],
          ['assistant', 'Hi.'],
          ['user', 'And now?'],
        ],
      );
    });
  }

  it('is nothing that an upstream of the same dialect hears of', async () => {
    const first = await ask({ model: 'own', input: 'One?' });
    const second = await ask({ model: 'own', previous_response_id: first.json.id, input: 'Two?' });
    assert.equal(second.status, 200, second.text);
    const [, body] = own.calls.slice(-2).map((call) => call.json);
    assert.equal(body?.previous_response_id, undefined);
    assert.equal(body?.store, false);
    assert.deepEqual(
      body?.input.map((item: JsonValue) => item.role),
      ['user', 'assistant', 'user'],
    );
  });

  it('is asked with its reasoning sealed, of models that reason and of no others', async () => {
    await ask({ model: 'own', input: 'Think.' });
    assert.deepEqual(own.calls.at(-1)?.json.include, ['reasoning.encrypted_content']);
    await ask({ model: 'plain', input: 'Talk.' });
    assert.equal('include' in (own.calls.at(-1)?.json ?? {}), false);
    await ask({ model: 'plain', input: 'Talk.', include: ['message.output_text.logprobs'] });
    assert.deepEqual(own.calls.at(-1)?.json.include, ['message.output_text.logprobs']);
  });

  it('may have gone on from others, in a chain', async () => {
    let id: string | undefined;
    for (const input of ['1', '2', '3']) {
      const reply = await ask({ input, ...(id === undefined ? {} : { previous_response_id: id }) });
      id = reply.json.id;
    }
    assert.equal(chat.calls.at(-1)?.json.messages.length, 5);
  });

  it('may be pointed into, item by item', async () => {
    const first = await ask({ model: 'own', input: 'One?' });
    const [item] = first.json.output;
    const input = [
      { role: 'user', content: 'One?' },
      { type: 'item_reference', id: item.id },
      { role: 'user', content: 'Two?' },
    ];
    await ask({ model: 'own', input });
    assert.deepEqual(own.calls.at(-1)?.json.input[1], item);
  });

  const refusals: readonly (readonly [
    why: string,
    body: (id: string) => JsonValue,
    headers: Record<string, string> | undefined,
    says: RegExp,
  ])[] = [
    [
      "that is another tenant's",
      (id) => ({ input: 'x', previous_response_id: id }),
      { authorization: `Bearer ${OTHER}` },
      /no reply "resp_/,
    ],
    [
      'that nobody made',
      () => ({ input: 'x', previous_response_id: 'resp_nobody' }),
      undefined,
      /no reply "resp_nobody"/,
    ],
    [
      'as part of a conversation',
      () => ({ input: 'x', conversation: 'conv_1' }),
      undefined,
      /Conversations are not kept/,
    ],
    [
      'by an item that nobody made',
      () => ({ input: [{ type: 'item_reference', id: 'msg_nobody' }] }),
      undefined,
      /no item "msg_nobody"/,
    ],
  ];
  for (const [why, body, headers, says] of refusals) {
    it(`is refused ${why}, before any upstream is asked`, async () => {
      const first = await ask({ input: 'Mine.' });
      assert.equal(typeof first.json.completed_at, 'number');
      const before = chat.calls.length;
      const reply = await ask(body(first.json.id), headers);
      assert.equal(reply.status, 400);
      assert.match(reply.json.error.message, says);
      assert.equal(chat.calls.length, before);
    });
  }

  it('is not there when its caller did not want it kept', async () => {
    const first = await ask({ input: 'Forget this.', store: false });
    const second = await ask({ input: 'x', previous_response_id: first.json.id });
    assert.equal(second.status, 400);
  });
});

describe('a reply of an upstream of the same dialect', () => {
  const saidOf = (text: string): readonly JsonValue[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith('data: {') && line.includes('"response":{'))
      .map((line) => (JSON.parse(line.slice(6)) as JsonValue).response)
      .map(({ store, previous_response_id }) => [store, previous_response_id]);

  it('says what is true for its caller: that it is kept, and what it goes on from', async () => {
    const first = await ask({ model: 'own', input: 'One?' });
    assert.deepEqual([first.json.store, first.json.previous_response_id], [true, null]);
    const { id } = (await ask({ model: 'chat', input: 'One?' })).json;
    const second = await ask({ model: 'own', previous_response_id: id, input: 'Two?' });
    assert.deepEqual([second.json.store, second.json.previous_response_id], [true, id]);
    const streamed = await ask({ model: 'own', previous_response_id: id, input: 'Two?', stream: true });
    assert.deepEqual(saidOf(streamed.text), [
      [true, id],
      [true, id],
      [true, id],
    ]);
  });

  it('goes on byte for byte where nothing is to be kept', async () => {
    const reply = await ask({ model: 'own', input: 'One?', store: false });
    assert.deepEqual([reply.json.store, reply.json.previous_response_id], [false, null]);
    const streamed = await ask({ model: 'own', input: 'One?', store: false, stream: true });
    assert.deepEqual(saidOf(streamed.text), [
      [false, null],
      [false, null],
      [false, null],
    ]);
  });
});

describe('what a tenant may have kept', () => {
  let small: Gateway;
  before(async () => {
    small = await startGateway(`
keys:
  - { name: test, secret: ${KEY}, metrics: true }
history: { max_bytes_per_tenant: 8kb }
upstreams:
  chat: { provider: openai-compatible, url: ${chat.url} }
  own: { provider: openai, url: ${own.url}, secret: sk-up, protocols: [openai-responses] }
models:
  chat: { targets: [chat/m] }
  own: { targets: [own/gpt-5] }
`);
  });
  after(async () => {
    await small.quiet();
    await small.stop();
  });
  const shows = async (id: string): Promise<number> => {
    const headers = { authorization: `Bearer ${KEY}` };
    return (await send(small.url, `${PATH}/${id}`, { method: 'GET', headers })).status;
  };

  it('is bounded: its oldest replies go for the new', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 6; at += 1) {
      ids.push((await small.ask(PATH, { model: 'chat', input: 'x'.repeat(1_500) })).json.id);
    }
    assert.equal(await shows(ids[0] ?? ''), 404);
    assert.equal(await shows(ids[5] ?? ''), 200);
  });

  for (const model of ['chat', 'own']) {
    it(`is not one large turn, and its reply says so (${model})`, async () => {
      const body = { model, input: 'x'.repeat(9_000) };
      const whole = await small.ask(PATH, body);
      assert.equal(whole.status, 200);
      assert.equal(whole.json.store, false);
      assert.match(whole.headers['x-signalbox-translation'] ?? '', /dropped=[^;]*store/);
      assert.equal(await shows(whole.json.id), 404);
      const streamed = await small.ask(PATH, { ...body, stream: true });
      assert.match(
        streamed.text.split('\n').findLast((line) => line.includes('"response":{')) ?? '',
        /"store":false/,
      );
      const receipts = small.receipts().filter(({ op }) => op === 'chat');
      for (const receipt of receipts.slice(-2)) {
        assert.ok((receipt['ledger'] as string[]).includes('dropped:store'), JSON.stringify(receipt));
      }
    });
  }
});

it('an estimate of what went on from a reply counts all of it', async () => {
  const first = await ask({ input: 'x'.repeat(4_000) });
  chat.respond(
    json({ choices: [{ index: 0, message: { role: 'assistant', content: 'Hi.' }, finish_reason: 'stop' }] }),
  );
  const alone = await ask({ input: 'y' });
  const after = await ask({ input: 'y', previous_response_id: first.json.id });
  assert.ok(after.json.usage.input_tokens - alone.json.usage.input_tokens >= 1_000, after.text);
});

describe('the pages of kept replies', () => {
  const page = (path: string, method = 'GET', key = KEY) =>
    send(gateway.url, `${PATH}/${path}`, { method, headers: { authorization: `Bearer ${key}` } });

  it('show a reply as it was given, to its tenant only', async () => {
    const first = await ask({ input: 'One?', metadata: { a: 'b' } });
    const shown = await page(first.json.id);
    assert.deepEqual(shown.json, first.json);
    const stranger = await page(first.json.id, 'GET', OTHER);
    assert.equal(stranger.status, 404);
    assert.equal(stranger.json.error.param, 'response_id');
    assert.equal((await page('resp_nobody')).status, 404);
    assert.equal((await page(`${first.json.id}?stream=true`)).status, 400);
  });

  it('list what was asked, newest first, page by page', async () => {
    const input = ['1', '2', '3'].map((content) => ({ role: 'user', content }));
    const { id } = (await ask({ input })).json;
    const all = (await page(`${id}/input_items?order=asc`)).json;
    assert.deepEqual(
      all.data.map((item: JsonValue) => [item.type, item.content]),
      [
        ['message', '1'],
        ['message', '2'],
        ['message', '3'],
      ],
    );
    assert.deepEqual([all.first_id, all.last_id, all.has_more], [all.data[0].id, all.data[2].id, false]);
    const first = (await page(`${id}/input_items?limit=2`)).json;
    assert.deepEqual([first.data[0].content, first.has_more], ['3', true]);
    const rest = (await page(`${id}/input_items?limit=2&after=${first.last_id}`)).json;
    assert.deepEqual(
      rest.data.map((item: JsonValue) => item.content),
      ['1'],
    );
    assert.equal((await page(`${id}/input_items?limit=0`)).status, 400);
  });

  it('forget a reply for good, when its own tenant asks', async () => {
    const { id } = (await ask({ input: 'Forget me.' })).json;
    assert.equal((await page(id, 'DELETE', OTHER)).status, 404);
    assert.deepEqual((await page(id, 'DELETE')).json, { id, object: 'response', deleted: true });
    assert.equal((await page(id, 'DELETE')).status, 404);
    assert.equal((await page(id)).status, 404);
    const next = await ask({ input: 'x', previous_response_id: id });
    assert.equal(next.status, 400);
    assert.equal(next.json.error.code, 'previous_response_not_found');
  });

  it('say that nothing runs in the background', async () => {
    const { id } = (await ask({ input: 'x' })).json;
    const reply = await page(`${id}/cancel`, 'POST');
    assert.equal(reply.status, 400);
    assert.match(reply.json.error.message, /does not run in the background/);
    assert.equal((await page('resp_nobody/cancel', 'POST')).status, 404);
    assert.equal((await page(`${id}/compact`, 'POST')).status, 404);
    assert.equal((await ask({ input: 'x', background: true })).status, 400);
  });

  it('count as requests within the limits of their key', async () => {
    const authorization = `Bearer ${FEW}`;
    const { id } = (await ask({ input: 'x' }, { authorization })).json;
    assert.equal((await page(id, 'GET', FEW)).status, 200);
    const last = await page('resp_nobody', 'GET', FEW);
    assert.equal(last.status, 404);
    assert.equal(last.headers['x-ratelimit-remaining-requests'], '0');
    for (const method of ['GET', 'DELETE']) {
      const reply = await page(id, method, FEW);
      assert.equal(reply.status, 429);
      assert.match(reply.json.error.message, /"few" is limited to 3 requests per hour/);
      assert.equal(typeof reply.headers['retry-after'], 'string');
    }
  });

  it('leave a receipt each, and are seen by the metrics', async () => {
    const { id } = (await ask({ input: 'x' })).json;
    const count = async (outcome: string) =>
      (await gateway.metrics()).get(
        `signalbox_calls_total{face="openai-responses",model="unknown",upstream="none",outcome="${outcome}"}`,
      ) ?? 0;
    const [good, bad] = [await count('ok'), await count('not_found')];
    const shown = await page(id);
    await page(`${id}/input_items`);
    await page(id, 'DELETE');
    const gone = await page(id);
    assert.deepEqual([await count('ok'), await count('not_found')], [good + 3, bad + 1]);
    const receipts = gateway.receipts().slice(-4);
    assert.deepEqual(
      receipts.map(({ op, held, status, outcome }) => [op, held, status, outcome]),
      [
        ['turn.read', id, 200, 'ok'],
        ['turn.read', id, 200, 'ok'],
        ['turn.delete', id, 200, 'ok'],
        ['turn.read', undefined, 404, 'not_found'],
      ],
    );
    assert.deepEqual(
      [shown, gone].map(({ headers }) => headers['x-request-id']),
      [receipts[0]?.['id'], receipts[3]?.['id']],
    );
  });

  it('take a key', async () => {
    assert.equal((await send(gateway.url, `${PATH}/resp_1`, { method: 'GET' })).status, 401);
  });
});

describe('what an upstream has sealed', () => {
  const sealed = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'c2VhbGVk' };
  const says = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: 'Hi.', annotations: [] }],
  };
  const body = {
    id: 'resp_sealed',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'gpt-5',
    output: [sealed, says],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  };

  it('goes back to that one, whichever comes first', async () => {
    own.respond(json(body));
    await ask({ model: 'own', input: 'Think.', store: false });
    const before = chat.calls.length;
    const reply = await ask({
      model: 'both',
      input: [{ role: 'user', content: 'Think.' }, sealed, says, { role: 'user', content: 'Go on.' }],
    });
    assert.equal(reply.status, 200, reply.text);
    assert.equal(chat.calls.length, before);
    assert.equal(own.calls.at(-1)?.json.input[1].encrypted_content, 'c2VhbGVk');
  });

  it('goes nowhere else: not to another upstream, not by way of a chain, not when nobody knows whose it is', async () => {
    own.respond(json(body));
    const first = await ask({ model: 'own', input: 'Think.' });
    const items = [sealed, { role: 'user', content: 'Go on.' }];
    const stranger = [{ ...sealed, encrypted_content: 'c3RyYW5nZQ==' }, items[1]];
    const before = chat.calls.length + own.calls.length;
    for (const more of [
      { model: 'chat', input: items },
      { model: 'chat', input: 'Go on.', previous_response_id: first.json.id },
      { model: 'both', input: stranger },
      {
        model: 'both',
        input: [{ ...sealed, encrypted_content: 'signalbox:openai:redacted::c3RyYW5nZQ==' }, items[1]],
      },
    ]) {
      const reply = await ask(more);
      assert.equal(reply.status, 400, reply.text);
      assert.match(reply.json.error.message, /encrypted reasoning/);
    }
    assert.equal(chat.calls.length + own.calls.length, before);
  });

  it('is found under a name that is written with escapes', async () => {
    own.respond(json(body));
    await ask({ model: 'own', input: 'Think.', store: false });
    const text = JSON.stringify({
      model: 'chat',
      store: false,
      input: [sealed, { role: 'user', content: 'Go on.' }],
    });
    const before = chat.calls.length;
    const reply = await send(gateway.url, PATH, {
      body: text.replace('encrypted_content', 'encrypted\\u005fcontent'),
      headers: { authorization: `Bearer ${KEY}` },
    });
    assert.equal(reply.status, 400, reply.text);
    assert.equal(chat.calls.length, before);
  });
});

function idIn(stream: string): string {
  const last = stream.split('\n').findLast((line) => line.startsWith('data: {'));
  return (JSON.parse(last?.slice(6) ?? '{}') as JsonValue).response.id;
}
