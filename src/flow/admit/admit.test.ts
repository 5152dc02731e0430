import assert from 'node:assert/strict';
import test from 'node:test';
import {
  FakeClock,
  failedEnd,
  fakeCall,
  fakeProtocol,
  fakeTarget,
  fakeUpstream,
  fakeUsage,
  fakeVirtual,
  okEnd,
  RecordingReceiver,
} from '../../../test/testkit/flow-doubles.ts';
import { MemoryRecords } from '../../../test/testkit/memory-records.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asKeyId, asProjectId, asTenantId, asUserId } from '../../canonical/ids.ts';
import { noUsage } from '../../canonical/usage.ts';
import { openaiChat } from '../../protocols/openai-chat/index.ts';
import type { Admitted, Call, End, LimitRule, VirtualModel } from '../stage.ts';
import { admit } from './admit.ts';
import { digestOf } from './key-digest.ts';
import { createKeyRing, type IssuedKey, type KeyRecord } from './key-ring.ts';
import { createLimiter, type LimitScope } from './limiter.ts';
import { createModelBook } from './model-book.ts';

const key = 'a key of sixteen letters or more';
const pepper = Buffer.from('pepper');
const tokens: LimitRule = { of: 'tokens', amount: 1_000, window: 60_000 };
const two: LimitRule = { of: 'requests', amount: 2, window: 60_000 };

interface Setup {
  readonly virtual?: VirtualModel;
  readonly record?: Partial<KeyRecord>;
  readonly defaultModel?: string;
  readonly next?: (call: Admitted) => Promise<End>;
}

function setup({ virtual = fakeVirtual(), record = {}, defaultModel, next }: Setup = {}) {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const keys = createKeyRing({
    pepper,
    clock,
    records: [
      {
        id: asKeyId('key-1'),
        name: 'ci',
        digest: digestOf(pepper, key),
        tenant: asTenantId('acme'),
        project: asProjectId('web'),
        user: asUserId('ada'),
        limits: [],
        ...record,
      },
    ],
  });
  const here = fakeUpstream({ name: 'here', models: [{ id: 'llama' }] });
  const models = createModelBook({
    virtuals: [virtual, fakeVirtual({ name: 'slow' })],
    aliases: new Map([['quick', virtual.name]]),
    defaultModel,
    upstreams: [here],
    direct: (upstream, model) =>
      fakeVirtual({ name: `${upstream.name}/${model}`, targets: [fakeTarget(model, { upstream })] }),
  });
  const seen: Admitted[] = [];
  const records = new MemoryRecords(clock);
  const onBug = (cause: unknown): void => assert.fail(String(cause));
  const turns = { records, clock, life: 1_000, maxBytes: 100_000, maxKept: 100_000, onBug };
  const stage = admit({ models, limiter, turns })((call) => {
    seen.push(call);
    return next === undefined ? Promise.resolve(okEnd()) : next(call);
  });
  const issued = keys.find(key, '127.0.0.1') as IssuedKey;
  const run = (call: Call = fakeCall()) => stage({ ...call, key: issued }, new RecordingReceiver());
  const left = (rules: readonly LimitRule[], kind: LimitScope['kind'] = 'key') =>
    limiter.states([{ kind, id: kind === 'key' ? 'key-1' : virtual.name, name: '', rules }]);
  return { run, seen, left, clock, limiter, records };
}

function errorOf(end: End): GatewayError {
  assert.ok(!end.ok);
  assert.equal(end.started, false);
  assert.equal(end.usage, noUsage);
  return end.error;
}

test('an admitted call carries its caller and its model, and the receipt knows both', async () => {
  const { run, seen } = setup();
  const call = fakeCall();
  assert.deepEqual(await run(call), okEnd());
  const [admitted] = seen;
  assert.deepEqual(admitted?.caller, {
    tenant: 'acme',
    project: 'web',
    user: 'ada',
    key: 'key-1',
    keyName: 'ci',
    priority: undefined,
  });
  assert.equal(admitted?.virtual.name, 'fast');
  assert.equal(admitted?.wire, call.wire, 'nothing to change, so not a byte was touched');
  assert.equal(call.receipt.caller, admitted?.caller);
  assert.equal(call.receipt.model, 'fast');
  assert.equal(call.receipt.changed, undefined);
  assert.equal(call.receipt.limits, undefined);
});

test('every field of the call arrives', async () => {
  const { run, seen } = setup();
  const call = fakeCall({ body: '{"model":"quick","stream":true}', peer: '10.0.0.9' });
  await run(call);
  for (const name of Object.keys(call) as (keyof Call)[]) assert.equal(seen[0]?.[name], call[name], name);
});

const refusals: readonly [why: string, call: Call, code: string, text: RegExp][] = [
  [
    'an unknown model',
    fakeCall({ body: '{"model":"fats"}' }),
    'model_not_found',
    /no model "fats" here\. Did you mean "fast"/,
  ],
  [
    'a model the key may not use',
    fakeCall({ body: '{"model":"slow"}' }),
    'permission',
    /^The key "ci" may not use the model "slow"\. It may use "fast", "here\/\*"\.$/,
  ],
  [
    'a forbidden parameter',
    fakeCall({ body: '{"model":"fast","seed":1}' }),
    'forbidden_parameter',
    /does not take "seed"/,
  ],
];

for (const [why, call, code, text] of refusals) {
  test(`refused for ${why}: the next stage is not asked and nothing is taken`, async () => {
    const virtual = fakeVirtual({ parameters: [{ name: 'seed', kind: 'forbid' }] });
    const { run, seen, left } = setup({ virtual, record: { models: ['fast', 'here/*'], limits: [two] } });
    const error = errorOf(await run(call));
    assert.equal(error.code, code);
    assert.match(error.text, text);
    assert.deepEqual(seen, []);
    assert.equal(left([two])?.requests?.remaining, 2);
  });
}

test('nothing is looked up for a call that may not be made, or for which there is no room', async () => {
  const { run, records, seen, limiter, clock } = setup({ record: { models: ['fast'], limits: [two] } });
  const get = records.get.bind(records);
  let looks = 0;
  records.get = (...asked) => {
    looks += 1;
    return get(...asked);
  };
  const body = (model: string) => fakeCall({ body: { model, file_id: 'file-1' } });
  assert.equal(errorOf(await run(body('slow'))).code, 'permission');
  assert.equal(looks, 0);
  records.failure = new Error('disk');
  assert.equal(errorOf(await run(body('fast'))).code, 'store_down');
  records.failure = undefined;
  assert.ok((await run(body('fast'))).ok);
  const before = looks;
  assert.equal(errorOf(await run(body('fast'))).code, 'rate_limited');
  assert.deepEqual([looks, seen.length], [before, 1]);
  clock.advance(60_000);
  limiter.sweep();
  assert.equal(limiter.size, 0, 'the one that could not be looked up is under way no more');
});

test('a refused call still tells the receipt who called, once that is known', async () => {
  const { run } = setup();
  const call = fakeCall({ body: '{"model":"nothing-like-it"}' });
  await run(call);
  assert.equal(call.receipt.caller?.keyName, 'ci');
  assert.equal(call.receipt.model, undefined);
});

test('a key with no models at all is told so', async () => {
  const { run } = setup({ record: { models: [] } });
  assert.match(errorOf(await run()).text, /may use no model at all/);
});

test('rules change the body the next stage sees, and the receipt says how', async () => {
  const virtual = fakeVirtual({
    parameters: [
      { name: 'temperature', kind: 'lock', value: '0' },
      { name: 'max_tokens', kind: 'clamp', min: undefined, max: 100 },
    ],
    systemPrompt: 'Be brief.',
  });
  const { run, seen } = setup({ virtual });
  const call = fakeCall({ body: '{"model":"fast","temperature":1}' });
  await run(call);
  assert.equal(
    seen[0]?.wire.bytes.toString(),
    '{"model":"fast","temperature":0,"max_tokens":100,"system":"Be brief."}',
  );
  assert.deepEqual(call.receipt.changed, [
    'temperature locked',
    'max_tokens clamped to 100',
    'system prompt added',
  ]);
});

test('a count of tokens gets the system prompt, but no sampling parameters', async () => {
  const virtual = fakeVirtual({
    parameters: [{ name: 'temperature', kind: 'lock', value: '0' }],
    systemPrompt: 'Be brief.',
  });
  const { run, seen } = setup({ virtual });
  await run(fakeCall({ operation: 'count', body: '{"model":"fast"}' }));
  assert.equal(seen[0]?.wire.bytes.toString(), '{"model":"fast","system":"Be brief."}');
});

test('a body the dialect cannot put a system prompt into is refused, not sent without', async () => {
  const face = fakeProtocol({
    prependSystem: () => {
      throw new GatewayError('bad_request', '"system" must be text.');
    },
  });
  const { run, seen } = setup({ virtual: fakeVirtual({ systemPrompt: 'Be brief.' }) });
  assert.equal(errorOf(await run(fakeCall({ face }))).code, 'bad_request');
  assert.deepEqual(seen, []);
});

test('a bug on the way in is not dressed up as a refusal', async () => {
  const face = fakeProtocol({
    prependSystem: () => {
      throw new TypeError('bug');
    },
  });
  const { run } = setup({ virtual: fakeVirtual({ systemPrompt: 'Be brief.' }) });
  await assert.rejects(run(fakeCall({ face })), TypeError);
});

const strictness: readonly [header: string | undefined, virtual: boolean, strict: boolean][] = [
  [undefined, false, false],
  ['true', false, true],
  ['false', false, false],
  [undefined, true, true],
  ['false', true, true],
];

for (const [header, virtual, strict] of strictness) {
  test(`header ${header}, model ${virtual}: ${strict ? 'strict' : 'not strict'}`, async () => {
    const { run, seen } = setup({ virtual: fakeVirtual({ strict: virtual }) });
    await run(fakeCall({ headers: header === undefined ? {} : { 'x-signalbox-strict': header } }));
    assert.equal(seen[0]?.strict, strict);
  });
}

test('limits of key and model both count, and the receipt carries what is left', async () => {
  const { run, left, seen } = setup({
    virtual: fakeVirtual({ limits: [two] }),
    record: { limits: [tokens] },
  });
  const call = fakeCall({ body: '{"model":"fast","messages":[1,2,3,4]}' });
  await run(call);
  assert.equal(left([two], 'model')?.requests?.remaining, 1);
  assert.equal(left([tokens])?.tokens?.remaining, 985, 'the guess was replaced by 10 in and 5 out');
  assert.deepEqual(call.receipt.limits, {
    tokens: { limit: 1_000, remaining: 990, reset: 600 },
    requests: { limit: 2, remaining: 1, reset: 30_000 },
  });
  await run();
  const refused = fakeCall();
  assert.equal(errorOf(await run(refused)).code, 'rate_limited');
  assert.equal(refused.receipt.limits?.requests?.remaining, 0);
  assert.equal(seen.length, 2);
});

test('a call that carries pictures is let in by what they have in tokens, not in bytes', async () => {
  const image = `data:image/png;base64,${'A'.repeat(40_000)}`;
  const content = [{ type: 'image_url', image_url: { url: image } }];
  const limit: LimitRule = { of: 'tokens', amount: 9_000, window: 60_000 };
  const { run } = setup({ record: { limits: [limit] } });
  const call = fakeCall({
    face: openaiChat,

    body: { model: 'fast', messages: [{ role: 'user', content }] },
  });
  await run(call);
  const left = call.receipt.limits?.tokens?.remaining ?? 0;
  assert.ok(left > 7_000, `${left} are left`);
});

const ways: readonly [why: string, next: (call: Admitted) => Promise<End>, remaining: number][] = [
  ['it succeeds', async () => okEnd(fakeUsage(30, 20)), 950],
  ['it fails before anything was used', async () => failedEnd(new GatewayError('no_target', 'None.')), 1_000],
  [
    'it fails half way',
    async () => failedEnd(new GatewayError('upstream_reset', 'Cut.'), true, fakeUsage(30, 5)),
    965,
  ],
  ['the next stage throws', () => Promise.reject(new Error('bug')), 1_000],
  [
    'the next stage throws at once',
    () => {
      throw new Error('bug');
    },
    1_000,
  ],
  [
    'the answer was there already',
    async (call) => {
      call.receipt.cache = 'hit';
      return okEnd(fakeUsage(30, 20));
    },
    1_000,
  ],
  [
    'the answer is somebody else’s',
    async (call) => {
      call.receipt.cache = 'joined';
      return okEnd(fakeUsage(30, 20));
    },
    1_000,
  ],
];

for (const [why, next, remaining] of ways) {
  test(`what was taken is settled when ${why}`, async () => {
    const { run, left, clock, limiter } = setup({ record: { limits: [tokens] }, next });
    await run().catch((error: Error) => assert.equal(error.message, 'bug'));
    assert.equal(left([tokens])?.tokens?.remaining, remaining);
    clock.advance(60_000);
    limiter.sweep();
    assert.equal(limiter.size, 0, 'nobody is counted as under way any more');
  });
}
