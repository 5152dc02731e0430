import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeProvider, fakeUpstream } from '../../test/testkit/flow-doubles.ts';
import { GatewayError } from '../canonical/errors.ts';
import type { ModelFacts } from '../canonical/provider.ts';
import type { Transport } from '../canonical/wire.ts';
import { discoverAll } from './discovery.ts';
import { createProbe } from './probe.ts';
import type { LiveUpstream } from './upstreams.ts';

const list = fakeProvider({
  discover: async (probe) => [{ id: String((await probe.get('/models')).body?.['id']) }],
});

function upstream(host: string, zone: string, provider = list) {
  const taught: (readonly ModelFacts[])[] = [];
  const live: LiveUpstream = {
    ...fakeUpstream({ name: host, zone, provider, origin: { tls: false, host, port: 1 } }),
    basePath: '/base',
    options: {},
    learn: (models) => taught.push(models),
    learned: () => undefined,
  };
  return { live, taught };
}

/** Answers every call with these reads, and keeps who was asked. */
function answering(...reads: readonly Buffer[]) {
  const asked: string[] = [];
  let taken = 0;
  const transport: Transport = {
    send({ origin, path, cancel }, to) {
      asked.push(`${origin.host}${path}`);
      to.head({ status: 200, headers: {} });
      for (const read of reads) {
        if (cancel.requested) break;
        taken += 1;
        to.data(read, { pause: () => undefined, resume: () => undefined });
      }
      if (!cancel.requested) return Promise.resolve({ ok: true });
      return Promise.resolve({ ok: false, error: new Error('cancelled') as never, sent: true });
    },
    close: () => undefined,
  };
  return {
    transport,
    asked,
    get taken() {
      return taken;
    },
  };
}

test('only upstreams in the house, or on this machine, are asked unbidden', async () => {
  const rows = [
    ['127.0.0.1', 'local', true],
    ['127.0.0.2', 'cloud', true],
    ['localhost', 'cloud', true],
    ['gpu.example', 'local', true],
    ['api.example', 'cloud', false],
    ['api.example', 'europe', false],
  ] as const;
  for (const [host, zone, near] of rows) {
    const { transport, asked } = answering(Buffer.from('{"id":"m"}'));
    const { live, taught } = upstream(host, zone);
    const found = await discoverAll([live], transport, 1_000);
    assert.deepEqual(asked, near ? [`${host}/base/models`] : [], `${host} in ${zone}`);
    assert.deepEqual(taught, near ? [[{ id: 'm' }]] : []);
    assert.equal(found.length, near ? 1 : 0);
  }
});

test('a provider that tells no models is not asked', async () => {
  const { transport, asked } = answering();
  await discoverAll([upstream('127.0.0.1', 'local', fakeProvider()).live], transport, 1_000);
  assert.deepEqual(asked, []);
});

const slotRows: readonly (readonly [why: string, says: object | undefined, heard: readonly unknown[]])[] = [
  ['what an engine says of its slots is passed on', { total_slots: 4 }, [['127.0.0.1', 4]]],
  ['what it does not say, or is too busy to say, is not', undefined, []],
];

for (const [why, says, heard] of slotRows) {
  test(why, async () => {
    const provider = fakeProvider({
      ...list,
      slots: () => Promise.resolve(says === undefined ? undefined : 4),
    });
    const told: unknown[] = [];
    const { transport } = answering(Buffer.from('{"id":"m"}'));
    await discoverAll([upstream('127.0.0.1', 'local', provider).live], transport, 1_000, (...of) => {
      told.push(of);
    });
    assert.deepEqual(told, heard);
  });
}

const MB = Buffer.alloc(2 ** 20, ' ');
const address = { origin: { tls: false, host: '127.0.0.1', port: 1 }, basePath: '', headers: {} };

test('an answer of 4 MB is read, one byte more is not waited for', async () => {
  const json = Buffer.from('{"id":"m"}');
  const full = answering(json, MB, MB, MB, MB.subarray(json.length));
  assert.deepEqual((await createProbe(full.transport, address, 1_000).get('/')).body, { id: 'm' });
  const over = answering(json, MB, MB, MB, MB, MB, MB);
  await assert.rejects(createProbe(over.transport, address, 1_000).get('/'), {
    code: 'upstream_garbled',
    message: 'The answer is larger than a list of models can be.',
  });
  assert.equal(over.taken, 5);
});

test('a list sent bare is read as one', async () => {
  const { transport } = answering(Buffer.from('[{"id":"m"}]'));
  const answer = await createProbe(transport, address, 1_000).get('/');
  assert.deepEqual(answer.body, { data: [{ id: 'm' }] });
});

test('what does not answer is named by its address, with what to look at', async () => {
  const transport: Transport = {
    send: () => {
      const error = new GatewayError('upstream_refused', 'Not reached.', {
        upstream: { code: 'ECONNREFUSED' },
      });
      return Promise.resolve({ ok: false, error, sent: false });
    },
    close: () => undefined,
  };
  const [found] = await discoverAll([upstream('::1', 'local').live], transport, 1_000);
  assert.equal(found?.url, 'http://[::1]:1/base');
  assert.equal(found?.problem, 'Not reached. Is it running, and is the port of its url right?');
});
