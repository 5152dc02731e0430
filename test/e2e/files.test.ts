// Files and batches through OpenAI's own client: two tenants share the account of the upstreams, and neither can see,
// read, use or delete what is the other's.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { FileHouse } from '../testkit/file-house.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { createRawClient, type RawReply, requestBytes, send } from '../testkit/raw-client.ts';
import { chatReply } from '../testkit/replies.ts';
import { bytes, createGate, end, head, json, type Step, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, KEY, startGateway } from '../testkit/start-gateway.ts';

const ACME = KEY;
const CHEAP = 'sk-signalbox-cheap-0123456789abcdef';
const RARE = 'sk-signalbox-rare-0123456789abcdef';
const UMBRA = 'sk-signalbox-umbra-0123456789abcdef';

let gateway: Gateway;
let one: ScriptedUpstream;
let two: ScriptedUpstream;
let house: FileHouse;

before(async () => {
  [one, two] = await Promise.all([createScriptedUpstream(), createScriptedUpstream()]);
  house = new FileHouse(one, 'one');
  new FileHouse(two, 'two');
  gateway = await startGateway(`
listen: { max_body: 1mb }
upstreams:
  one:
    provider: openai
    url: ${one.url}/v1
    secret: sk-upstream-one
    models:
      big: { price: { input: 2, output: 8 } }
      small: { price: { input: 1, output: 1 } }
  two: { provider: openai-compatible, url: ${two.url} }
  sim: { provider: sim, options: { models: { instant: { ttft_ms: 0, tokens_per_second: instant } } } }
models:
  fast: { targets: [sim/instant, one/small], system_prompt: Be brief., parameters: { max_tokens: { clamp: { max: 50 } } } }
  deep: { targets: [one/big] }
  wordy: { targets: [one/small], system_prompt: ${'Be brief. '.repeat(400)} }
  both: { targets: [two/other, one/small] }
  away: { targets: [two/other] }
keys:
  - { name: acme, secret: ${ACME}, tenant: acme, metrics: true }
  - { name: cheap, secret: ${CHEAP}, tenant: acme, models: [fast] }
  - { name: rare, secret: ${RARE}, tenant: acme, limits: [2 requests/min] }
  - { name: umbra, secret: ${UMBRA}, tenant: umbra }
`);
});

after(async () => {
  await gateway.stop();
  await Promise.all([one.close(), two.close()]);
});

function client(apiKey: string, upstream: string | null = 'one'): OpenAI {
  const headers = upstream === null ? {} : { 'x-signalbox-upstream': upstream };
  return new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0, defaultHeaders: headers });
}

function ask(method: string, path: string, key = ACME, body?: JsonValue): Promise<RawReply> {
  return send(gateway.url, path, { method, headers: { authorization: `Bearer ${key}` }, body });
}

/** The receipt of the last call, once nothing is under way. */
async function receipt(): Promise<JsonValue> {
  await gateway.quiet();
  return gateway.receipts().at(-1);
}

function line(model: string, more: JsonValue = {}, url = '/v1/chat/completions'): string {
  const body = { model, messages: [{ role: 'user', content: 'Hi' }], ...more };
  return JSON.stringify({ custom_id: `id-${model}`, method: 'POST', url, body });
}

function upload(lines: readonly string[], key = ACME, purpose: 'batch' | 'user_data' = 'batch') {
  return toFile(Buffer.from(lines.join('\n')), 'calls.jsonl').then((file) =>
    client(key).files.create({ file, purpose }),
  );
}

async function startBatch(key = ACME) {
  const file = await upload([line('deep')], key);
  return client(key).batches.create({
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  });
}

const isNotFound = (error: unknown): boolean => error instanceof OpenAI.NotFoundError;

describe('files', () => {
  it('go up, are listed, described, read and deleted', async () => {
    const { files } = client(ACME);
    const made = await upload(['Some text.'], ACME, 'user_data');
    assert.equal(one.calls.at(-1)?.headers['authorization'], 'Bearer sk-upstream-one');
    assert.match(one.calls.at(-1)?.text ?? '', /filename="calls\.jsonl"[\s\S]*Some text\.\r\n/);
    const stored = await receipt();
    assert.deepEqual(
      [stored.op, stored.held, stored.upstream, stored.tenant, stored.cost_state],
      ['file.create', made.id, 'one', 'acme', 'free'],
    );
    assert.deepEqual(await files.retrieve(made.id), made);
    assert.deepEqual((await files.list()).data, [made]);
    assert.deepEqual((await files.list({ purpose: 'batch' })).data, []);
    const content = await files.content(made.id);
    assert.equal(await content.text(), 'Some text.');
    assert.equal(content.headers.get('content-type'), 'application/jsonl');
    assert.equal(content.headers.get('content-disposition'), 'attachment; filename="f"');
    assert.equal((await receipt()).op, 'file.content');
    assert.deepEqual(await files.delete(made.id), { id: made.id, object: 'file', deleted: true });
    assert.deepEqual((await files.list()).data, []);
    await assert.rejects(files.retrieve(made.id), isNotFound);
  });

  it('of another tenant are none: not listed, not described, not read, not deleted', async () => {
    const made = await upload(['secret'], ACME, 'user_data');
    const asked = one.calls.length + one.probes.length;
    const { files } = client(UMBRA);
    assert.deepEqual((await files.list()).data, []);
    await assert.rejects(files.retrieve(made.id), isNotFound);
    await assert.rejects(files.content(made.id), isNotFound);
    await assert.rejects(files.delete(made.id), isNotFound);
    assert.equal(one.calls.length + one.probes.length, asked, 'the upstream was asked');
    const theirs = await ask('GET', `/v1/files/${made.id}`, UMBRA);
    const unknown = await ask('GET', '/v1/files/file-none', UMBRA);
    const shape = ({ status, json }: RawReply, id: string) => [
      status,
      json.error.message.replace(id, 'x'),
      json.error.code,
    ];
    assert.deepEqual(shape(theirs, made.id), shape(unknown, 'file-none'));
    assert.equal(await (await client(ACME).files.content(made.id)).text(), 'secret');
  });

  it('belong to the tenant, whichever of its keys asks', async () => {
    const made = await upload(['ours'], ACME, 'user_data');
    assert.equal((await client(CHEAP).files.retrieve(made.id)).id, made.id);
  });

  it('are listed page by page, newest first', async () => {
    const ids: string[] = [];
    for (const text of ['a', 'b', 'c']) ids.unshift((await upload([text], UMBRA, 'user_data')).id);
    const seen: string[] = [];
    for await (const file of client(UMBRA).files.list({ limit: 2 })) seen.push(file.id);
    assert.deepEqual(seen, ids);
    for (const query of ['limit=0', 'limit=x', 'limit=10001', 'order=asc']) {
      assert.equal((await ask('GET', `/v1/files?${query}`)).status, 400, query);
    }
  });

  it('need a word about the upstream where several could hold them', async () => {
    const file = await toFile(Buffer.from('x'), 'x.txt');
    const unsaid = client(ACME, null).files.create({ file, purpose: 'user_data' });
    await assert.rejects(unsaid, (error: InstanceType<typeof OpenAI.BadRequestError>) => {
      assert.match(error.message, /More than one upstream.*x-signalbox-upstream: "one", "two"/);
      return error.status === 400;
    });
    const wrong = client(ACME, 'sim').files.create({ file, purpose: 'user_data' });
    await assert.rejects(wrong, /"sim" takes no such files/);
    const made = await client(ACME, 'two').files.create({ file, purpose: 'user_data' });
    assert.match(made.id, /^file-two/);
    assert.equal((await client(ACME, null).files.retrieve(made.id)).id, made.id);
    assert.match(two.probes.at(-1)?.path ?? '', /\/v1\/files\/file-two/);
    const only = await client(CHEAP, null).files.create({ file, purpose: 'user_data' });
    assert.match(only.id, /^file-one/, 'the only upstream of which this key may use a model');
  });

  it('used in a call are at its upstream, and nobody else can use them', async () => {
    const made = await upload(['pdf'], ACME, 'user_data');
    const use = (model: string, id: string, key: string) =>
      ask('POST', '/v1/chat/completions', key, {
        model,
        messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: id } }] }],
      });
    const answer = chatReply({ text: 'Read.' });
    one.next(answer);
    const own = await use('fast', made.id, ACME);
    assert.equal(own.status, 200, own.text);
    assert.equal(own.headers['x-signalbox-upstream'], 'one/small', 'not where the file is not');
    const asked = one.calls.length;
    assert.equal((await use('fast', made.id, UMBRA)).status, 404);
    const disguised = JSON.stringify({
      model: 'deep',
      messages: [{ role: 'user', content: [{ file_id: made.id }] }],
    });
    const body = disguised.replace('file_id', 'f\\u0069le_id');
    assert.equal((await ask('POST', '/v1/chat/completions', UMBRA, body)).status, 404);
    assert.match((await use('away', made.id, ACME)).json.error.message, /at the upstream "one"/);
    assert.equal(one.calls.length, asked);
  });

  it('obey limits, keys and bounds as any call does', async () => {
    for (const left of ['1', '0']) {
      const reply = await ask('GET', '/v1/files', RARE);
      assert.equal(reply.headers['x-ratelimit-remaining-requests'], left);
    }
    assert.equal((await ask('GET', '/v1/files', RARE)).status, 429);
    assert.equal((await receipt()).outcome, 'rate_limited');
    assert.equal((await ask('GET', '/v1/files', 'sk-nobody')).status, 401);
    const large = await ask('POST', '/v1/files', ACME, 'x'.repeat(2 ** 20 + 1));
    assert.equal(large.status, 413);
    assert.equal((await ask('POST', '/v1/files', ACME, { purpose: 'batch' })).status, 400);
    const wrong = await ask('PUT', '/v1/files');
    assert.deepEqual([wrong.status, wrong.headers['allow']], [405, 'POST, GET, OPTIONS']);
    assert.equal((await ask('GET', '/v1/files/a/b')).status, 404);
  });

  it('that fail upstream fail in the same shape', async () => {
    const file = await toFile(Buffer.from('x'), 'x.txt');
    const refusal = {
      error: { message: 'Invalid purpose', type: 'invalid_request_error', param: 'purpose' },
    };
    const rows = [
      [json(refusal, 400), 400, 'Invalid purpose'],
      [json({ error: { message: 'Bad key sk-upstream-one' } }, 401), 502, 'does not accept the secret'],
      [json('<html>'), 502, 'no JSON object'],
      [json({ object: 'list' }), 502, 'something else'],
    ] as const;
    for (const [script, status, says] of rows) {
      one.next(script);
      const made = client(ACME).files.create({ file, purpose: 'user_data' });
      await assert.rejects(made, (error: InstanceType<typeof OpenAI.APIError>) => {
        assert.equal(error.status, status);
        assert.ok(error.message.includes(says), error.message);
        assert.ok(!error.message.includes('sk-upstream'));
        return true;
      });
    }
  });

  it('that the upstream has lost are not found; deleting one takes it off the list', async () => {
    const made = await upload(['lost'], ACME, 'user_data');
    house.files.delete(made.id);
    await assert.rejects(client(ACME).files.content(made.id), isNotFound);
    await assert.rejects(client(ACME).files.delete(made.id), isNotFound);
    const left = (await client(ACME).files.list()).data.map(({ id }) => id);
    assert.ok(!left.includes(made.id));
  });

  it('let go of the upstream when the caller leaves in the middle', async () => {
    const asked = one.calls.length;
    one.next([wait(createGate().opened)]);
    const part = (name: string, text: string) =>
      `--B\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
    const headers = {
      authorization: `Bearer ${ACME}`,
      'content-type': 'multipart/form-data; boundary=B',
      'x-signalbox-upstream': 'one',
    };
    const body = `${part('purpose', 'user_data')}${part('file', 'x')}--B--\r\n`;
    const caller = await createRawClient(gateway.url);
    await caller.write(requestBytes('/v1/files', { headers, body }));
    const call = await one.call(asked);
    caller.abort();
    await call.aborted;
    assert.equal((await receipt()).outcome, 'client_gone');
    const twice = `${part('purpose', 'user_data')}${part('purpose', 'batch')}${part('file', 'x')}--B--\r\n`;
    for (const form of [twice, `${part('file', 'x')}--B--\r\n`]) {
      const reply = await send(gateway.url, '/v1/files', { headers, body: form });
      assert.deepEqual([reply.status, reply.json.error.param], [400, 'purpose']);
    }
  });

  it('wait for a slow reader, and let go of the upstream when he leaves', async () => {
    const made = await upload(['big'], ACME, 'user_data');
    const piece = Buffer.alloc(256 * 1024, 7);
    const gate = createGate();
    const all = 160;
    const type = { 'content-type': 'application/octet-stream' };
    const script = [head(200, type), ...Array<Step>(all).fill(bytes(piece)), wait(gate.opened), end];
    one.respondToGet(() => script);
    const caller = await createRawClient(gateway.url);
    caller.pause();
    const probes = one.probes.length;
    const headers = { authorization: `Bearer ${ACME}` };
    await caller.write(requestBytes(`/v1/files/${made.id}/content`, { method: 'GET', headers }));
    while (one.probes.length === probes) await gateway.metrics();
    const call = one.probes.at(-1)!;
    for (let looks = 0, earlier = -1; looks < 50; looks += 1) {
      await gateway.metrics();
      if (call.written !== earlier) looks = 0;
      earlier = call.written;
    }
    assert.ok(call.written < piece.length * all, `all ${call.written} bytes were taken in`);
    caller.abort();
    await call.aborted;
    gate.open();
    one.respondToGet(() => undefined);
    house = new FileHouse(one, 'more');
  });
});

describe('batch files', () => {
  it('name models as the upstream does, and obey the rules of each model', async () => {
    const lines = [
      line('fast', { max_tokens: 900 }),
      '',
      line('one/small'),
      `${line('deep', { temperature: 1 })}\r`,
    ];
    const made = await upload(lines);
    const sent = house.files.get(made.id)?.content.toString() ?? '';
    const calls = sent
      .trim()
      .split('\n')
      .map((text): JsonValue => JSON.parse(text));
    assert.deepEqual(
      calls.map(({ custom_id, body }) => [custom_id, body.model, body.max_tokens, body.messages.length]),
      [
        ['id-fast', 'small', 50, 2],
        ['id-one/small', 'small', undefined, 1],
        ['id-deep', 'big', undefined, 1],
      ],
    );
    assert.equal(calls[2].body.temperature, 1);
  });

  const good = line('deep');
  const rows: readonly (readonly [why: string, lines: readonly string[], says: RegExp, key?: string])[] = [
    ['a model that is nowhere', [good, line('nowhere/')], /Line 2: There is no model "nowhere\/"/],
    ['a model that the key may not use', [line('fast'), good], /Line 2: The key "cheap" may not use/, CHEAP],
    ['a model elsewhere', [line('away')], /Line 1 names the model "away", which is not at "one"/],
    ['no JSON', ['{'], /Line 1 cannot be read/],
    ['a list', ['[]'], /Line 1 cannot be read/],
    ['a call inside a call', [good.replace('"body":', '"body":\r')], /Line 1 has a carriage return/],
    ['two bodies', [good.replace('"url"', '"body":{"model":"x"},"url"')], /Line 1 has a field twice/],
    [
      'another body',
      [good.replace('"url"', '"Body":{"model":"x"},"url"')],
      /Line 1 has the unknown field "Body"/,
    ],
    ['a model in capitals', [line('deep', { MODEL: 'x' })], /Line 1: Some upstreams read the field "MODEL"/],
    ['no model', [good.replace('"model":"deep",', '')], /Line 1: The field "model" is missing/],
    ['another path', [line('deep', {}, '/v1/elsewhere')], /Line 1 names the url "\/v1\/elsewhere"/],
    [
      'a path of another dialect',
      [line('deep', { max_tokens: 9 }, '/v1/messages')],
      /Line 1 names the url "\/v1\/messages"/,
    ],
    ['two paths', [good, line('deep', {}, '/v1/completions')], /Line 2 names another url/],
    ['another verb', [good.replace('POST', 'GET')], /Line 1 has another method/],
    [
      'more than there may be',
      Array<string>(600).fill(line('wordy')),
      /Line 5\d\d makes the file larger than 2/,
    ],
    ['nothing', ['', ' '], /The file has no call in it/],
  ];
  for (const [why, lines, says, key] of rows) {
    it(`are refused with ${why}`, async () => {
      const asked = one.calls.length;
      await assert.rejects(upload(lines, key), says);
      assert.equal(one.calls.length, asked);
    });
  }

  it('reach for nothing that is kept, and leave nothing with the upstream', async () => {
    const url = '/v1/responses';
    const body = (more: JsonValue) =>
      JSON.stringify({ custom_id: 'x', url, body: { model: 'deep', input: 'Go on.', ...more } });
    const kept = await ask('POST', url, ACME, { model: 'fast', input: 'Hi' });
    assert.equal(kept.status, 200, kept.text);
    for (const store of [undefined, true, null, false]) {
      const made = await upload([body({ store })]);
      const sent: JsonValue = JSON.parse(house.files.get(made.id)?.content.toString() ?? '');
      assert.deepEqual([sent.body.store, sent.body.model], [false, 'big']);
    }
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'blob' };
    const disguised = body({ input: [reasoning] }).replace('encrypted_content', 'encrypted\\u005fcontent');
    const reference = { type: 'item_reference', id: 'msg_1' };
    const rows: readonly (readonly [line: string, says: RegExp])[] = [
      [body({ previous_response_id: kept.json.id }), /Line 2 goes on from a kept reply/],
      [body({ previous_response_id: 'resp_theirs' }), /Line 2 goes on from a kept reply/],
      [body({ conversation: 'conv_1' }), /Line 2: Conversations are not kept/],
      [body({ background: true }), /Line 2: Calls in the background/],
      [body({ background: true, store: false }), /Line 2: Calls in the background/],
      [body({ input: [reference] }), /Line 2 stands for a kept item/],
      [body({ input: [reference], store: false }), /Line 2 stands for a kept item/],
      [body({ input: [reasoning] }), /Line 2 has sealed content/],
      [disguised, /Line 2 has sealed content/],
    ];
    const asked = one.calls.length;
    for (const [text, says] of rows) await assert.rejects(upload([body({}), text]), says);
    assert.equal(one.calls.length, asked);
  });

  it('hold calls of other kinds, too, and point to files that are where they are', async () => {
    const url = '/v1/embeddings';
    const made = await upload([JSON.stringify({ custom_id: 'x', url, body: { model: 'deep', input: 'a' } })]);
    assert.match(house.files.get(made.id)?.content.toString() ?? '', /"body":\{"model":"big","input":"a"\}/);
    const file = await toFile(Buffer.from('x'), 'x.txt');
    const away = await client(ACME, 'two').files.create({ file, purpose: 'user_data' });
    const both = line('both', { messages: [{ file_id: away.id }] });
    await assert.rejects(upload([both]), /Line 1 needs what is at "two", not at "one"/);
  });

  it('point to so many files together and no more', async () => {
    const lines = Array.from({ length: 11 }, (_, at) =>
      line('deep', { messages: Array.from({ length: 100 }, (_, one) => ({ file_id: `file-${at}-${one}` })) }),
    );
    await upload(lines.slice(0, 10));
    await assert.rejects(upload(lines), /Line 11 is the first with which the file points to more than 1000/);
  });

  it('may not point to the files of another tenant', async () => {
    const made = await upload(['theirs'], UMBRA, 'user_data');
    await assert.rejects(
      upload([line('deep', { messages: [{ file_id: made.id }] })]),
      /Line 1: There is no file/,
    );
  });
});

describe('batches', () => {
  it('run, are listed, are cancelled, and give what they have written to their tenant', async () => {
    const { batches, files } = client(ACME);
    const made = await startBatch();
    assert.equal(one.calls.at(-1)?.json.input_file_id, made.input_file_id);
    assert.equal((await receipt()).op, 'batch.create');
    assert.equal((await batches.retrieve(made.id)).status, 'validating');
    const output = house.write('{"custom_id":"id-deep"}\n');
    const errors = house.write('{}\n');
    house.change(made.id, { status: 'in_progress', output_file_id: output, error_file_id: errors });
    await assert.rejects(files.content(output), isNotFound, 'not seen yet');
    assert.equal((await batches.list()).data[0]?.status, 'in_progress');
    assert.equal(await (await files.content(output)).text(), '{"custom_id":"id-deep"}\n');
    assert.equal((await files.retrieve(errors)).purpose, 'batch_output');
    await assert.rejects(client(UMBRA).files.content(output), isNotFound);
    assert.equal((await batches.cancel(made.id)).status, 'cancelling');
    assert.equal((await receipt()).op, 'batch.cancel');
  });

  it('of another tenant are none, and neither are its files', async () => {
    const { batches } = client(UMBRA);
    const made = await startBatch();
    const asked = one.calls.length + one.probes.length;
    await assert.rejects(batches.retrieve(made.id), isNotFound);
    await assert.rejects(batches.cancel(made.id), isNotFound);
    assert.deepEqual((await batches.list()).data, []);
    const theirs = batches.create({
      input_file_id: made.input_file_id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    });
    await assert.rejects(theirs, isNotFound);
    assert.equal(one.calls.length + one.probes.length, asked);
  });

  it('are made of checked files, for their path, by who may use their models, and of nothing else', async () => {
    const calls = await upload([line('deep')]);
    const data = await upload([line('deep')], ACME, 'user_data');
    const wish = { input_file_id: calls.id, endpoint: '/v1/chat/completions', completion_window: '24h' };
    const rows: readonly (readonly [string, JsonValue, string, number, RegExp])[] = [
      ['unchecked', { ...wish, input_file_id: data.id }, ACME, 400, /was not uploaded as calls/],
      [
        'another path',
        { ...wish, endpoint: '/v1/embeddings' },
        ACME,
        400,
        /are for "\/v1\/chat\/completions"/,
      ],
      ['another key', wish, CHEAP, 403, /may not use the model "deep"/],
      ['no file', { ...wish, input_file_id: 7 }, ACME, 400, /must be a string/],
      ['storage of the operator', { ...wish, input_blob: 'https://x' }, ACME, 400, /"input_blob"/],
    ];
    const asked = one.calls.length;
    for (const [why, body, key, status, says] of rows) {
      const reply = await ask('POST', '/v1/batches', key, body);
      assert.equal(reply.status, status, why);
      assert.match(reply.json.error.message, says, why);
    }
    assert.equal(one.calls.length, asked);
  });

  const usage = {
    input_tokens: 1000,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 500,
    output_tokens_details: { reasoning_tokens: 100 },
    total_tokens: 1500,
  };

  it('cost what they used, once: in the receipt of the call that first sees the end', async () => {
    const made = await startBatch();
    house.change(made.id, { status: 'completed', usage, request_counts: { completed: 1 } });
    const { batches } = client(ACME);
    const before = gateway.receipts().length;
    await Promise.all([batches.retrieve(made.id), batches.retrieve(made.id)]);
    await batches.list();
    await receipt();
    const seen = gateway.receipts().slice(before);
    const priced = seen.filter((one) => one.cost_state === 'priced');
    assert.equal(seen.length, 3);
    assert.equal(priced.length, 1);
    const { tokens, cost_nano: cost, upstream_model: model, asked } = priced[0];
    assert.deepEqual([tokens.fresh, tokens.output, tokens.reasoning], [1000, 500, 100]);
    assert.deepEqual([cost, model, asked], ['3000000', 'big', 'deep'], 'half of the price');
    for (const other of seen) if (other !== priced[0]) assert.equal(other.tokens.fresh, 0);
  });

  it('that do not say what they used are unpriced, not free', async () => {
    const made = await startBatch();
    house.change(made.id, { status: 'completed', request_counts: { completed: 1 } });
    await client(ACME).batches.retrieve(made.id);
    const seen = await receipt();
    assert.deepEqual([seen.cost_state, seen.cost_nano, seen.units], ['unpriced', undefined, {}]);
    const failed = await startBatch();
    house.change(failed.id, { status: 'failed', request_counts: { completed: 0 } });
    await client(ACME).batches.retrieve(failed.id);
    assert.equal((await receipt()).cost_state, 'free');
  });
});
