import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FakeClock,
  fakeCaller,
  fakeProvider,
  fakeUpstream,
  RecordingReceiver,
} from '../../test/testkit/flow-doubles.ts';
import { MemoryRecords } from '../../test/testkit/memory-records.ts';
import type { Deed, HeldKind } from '../canonical/held.ts';
import { asCallId } from '../canonical/ids.ts';
import { type NanoDollars, nanoDollars, type Price, perMillion, priceAtPercent } from '../canonical/money.ts';
import type { Signer } from '../canonical/provider.ts';
import { ReceiptDraft } from '../canonical/receipt.ts';
import type { WireCall, WireHead } from '../canonical/wire.ts';
import type { IssuedKey } from '../flow/admit/key-ring.ts';
import { createLimiter } from '../flow/admit/limiter.ts';
import { createModelBook } from '../flow/admit/model-book.ts';
import type { Upstream } from '../flow/stage.ts';
import { openaiChat } from '../protocols/openai-chat/index.ts';
import { createHeld } from './answer.ts';
import { readHeld } from './call.ts';
import { Custody } from './custody.ts';

interface Said {
  readonly head?: Partial<WireHead>;
  readonly body: string | Buffer;
}

interface RigMore {
  readonly sign?: Signer['sign'];
  /** Of its model "m". */
  readonly price?: Price | undefined;
}

/** One upstream per name, each with the answers it gives in turn. */
function rig(
  answers: Readonly<Record<string, readonly Said[]>>,
  { sign = () => Promise.resolve({ signed: 'yes' }), price }: RigMore = {},
) {
  const clock = new FakeClock();
  const records = new MemoryRecords(clock);
  const asked: WireCall[] = [];
  const upstreams = Object.entries(answers).map(([name, said]): Upstream => {
    const left = [...said];
    return fakeUpstream({
      name,
      protocols: [openaiChat],
      provider: fakeProvider({ protocols: [openaiChat.id], batchPercent: 50 }),
      models: [{ id: 'm', ...(price === undefined ? {} : { price }) }],
      path: (_protocol, operation) => `/${operation}?api-version=1`,
      signer: { sign },
      transport: {
        close: () => undefined,
        send: (wire, to) => {
          asked.push(wire);
          const answer = left.shift();
          if (answer === undefined) throw new Error(`${name} is asked once more`);
          to.head({ status: 200, headers: {}, ...answer.head });
          if (!wire.cancel.requested) {
            to.data(Buffer.from(answer.body), { pause: () => undefined, resume: () => undefined });
          }
          return Promise.resolve({ ok: true });
        },
      },
    });
  });
  const handleWith = (there: readonly Upstream[]) =>
    createHeld({
      upstreams: there,
      limiter: createLimiter(clock),
      clock,
      models: createModelBook({
        virtuals: [],
        aliases: new Map(),
        defaultModel: undefined,
        upstreams: there,
        direct: () => assert.fail(),
      }),
      bounds: { maxDepth: 64, ruled: new Map() },
      faceOf: () => undefined,
      turns: { records, clock, life: 1000, maxBytes: 1000, maxKept: 1000, onBug: () => undefined },
    });
  const key = { caller: fakeCaller(), scopes: [], mayUse: () => true } as unknown as IssuedKey;

  async function act(
    kind: HeldKind,
    deed: Deed,
    more: { id?: string; upstream?: string; there?: readonly Upstream[]; to?: RecordingReceiver } = {},
  ) {
    const { id = '', upstream = 'one', there = upstreams, to = new RecordingReceiver() } = more;
    const receipt = new ReceiptDraft(asCallId('call-1'), 'openai-chat', kind, 0, 0);
    const part = (name: string, text: string) =>
      `--B\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
    const bytes = Buffer.from(`${part('purpose', 'user_data')}${part('file', 'x')}--B--\r\n`);
    const headers = { 'content-type': 'multipart/form-data; boundary=B', 'x-signalbox-upstream': upstream };
    const place = { deed, id };
    const call = readHeld({ face: openaiChat, kind, place, bytes, headers, peer: '', receipt, key }, 64);
    return { end: await handleWith(there)(call, to), to, receipt };
  }
  return { act, asked, records, clock };
}

function codeOf({
  end,
}: {
  readonly end: { readonly ok: boolean; readonly error?: { readonly code: string } };
}) {
  return end.ok ? 'ok' : end.error?.code;
}

const file = { body: '{"id":"file-1","object":"file"}' };

test('an id goes before what the path of an upstream ends with, and the call is signed', async () => {
  const { act, asked } = rig({ one: [file, { body: 'data' }] });
  assert.equal(codeOf(await act('file', 'create')), 'ok');
  const { to, receipt } = await act('file', 'content', { id: 'file-1' });
  assert.deepEqual(
    asked.map(({ method, path, headers }) => [method, path, headers['signed']]),
    [
      ['POST', '/file?api-version=1', 'yes'],
      ['GET', '/file/file-1/content?api-version=1', 'yes'],
    ],
  );
  assert.equal(to.text, 'data');
  assert.deepEqual([receipt.held, receipt.upstream, receipt.attempts[0]?.outcome], ['file-1', 'one', 'ok']);
});

test('a caller who leaves waits for no signature', { timeout: 10_000 }, async () => {
  const to = new RecordingReceiver();
  const { act, asked } = rig(
    { one: [file] },
    {
      sign: () => {
        setImmediate(() => to.cancel.request('gone'));
        return new Promise(() => undefined);
      },
    },
  );
  const done = await act('file', 'create', { to });
  assert.equal(codeOf(done), 'client_gone');
  assert.equal(done.receipt.attempts[0]?.outcome, 'client_gone');
  assert.deepEqual(asked, []);
});

test('an id that another upstream has given already is not taken: one of the two files would be lost', async () => {
  const { act } = rig({ one: [file, file], two: [file] });
  assert.equal(codeOf(await act('file', 'create')), 'ok');
  assert.equal(codeOf(await act('file', 'create', { upstream: 'two' })), 'upstream_garbled');
  assert.equal(codeOf(await act('file', 'read', { id: 'file-1' })), 'ok');
});

test('what an upstream held that is not configured any more is with nobody else', async () => {
  const { act } = rig({ one: [file] });
  await act('file', 'create');
  assert.equal(codeOf(await act('file', 'read', { id: 'file-1', there: [] })), 'no_target');
  assert.equal(codeOf(await act('file', 'create', { there: [] })), 'unsupported');
});

const answers: readonly (readonly [why: string, deed: Deed, said: Said, code: string])[] = [
  [
    'compressed against our word',
    'read',
    { head: { headers: { 'content-encoding': 'gzip' } }, body: 'x' },
    'upstream_garbled',
  ],
  [
    'a file that is compressed',
    'content',
    { head: { headers: { 'content-encoding': 'gzip' } }, body: 'x' },
    'upstream_garbled',
  ],
  ['without an end', 'read', { body: Buffer.alloc(5 * 2 ** 20, ' ') }, 'upstream_garbled'],
  ['a redirection', 'content', { head: { status: 302 }, body: '' }, 'upstream_fault'],
  ['it is gone', 'content', { head: { status: 404 }, body: '{}' }, 'not_found'],
  ['too many calls', 'read', { head: { status: 429 }, body: '{}' }, 'upstream_rate_limited'],
];

for (const [why, deed, said, code] of answers) {
  test(`an answer that is none: ${why}`, async () => {
    const { act } = rig({ one: [file, said] });
    await act('file', 'create');
    const done = await act('file', deed, { id: 'file-1' });
    assert.equal(codeOf(done), code);
    assert.deepEqual(done.to.heads, []);
    assert.equal(done.receipt.attempts[0]?.outcome, code);
  });
}

test('a file whose owner could not be written down is not given out', async () => {
  const { act, records } = rig({ one: [file] });
  const put = records.put.bind(records);
  records.put = () => Promise.reject(new Error('disk full'));
  const done = await act('file', 'create');
  records.put = put;
  assert.equal(codeOf(done), 'store_down');
  assert.deepEqual(done.to.frames, []);
  assert.equal(codeOf(await act('file', 'read', { id: 'file-1' })), 'not_found');
});

const [dollar, two] = [perMillion(1), perMillion(2)];
const rates = (each: NanoDollars) => ({ input: each, output: each, cacheRead: each, cacheWrite: each });
const flat: Price = rates(dollar);
const tiered: Price = { ...flat, tiers: [{ above: 200, ...rates(two) }] };

const prices: readonly (readonly [why: string, price: Price | undefined, input: number, known: boolean])[] = [
  ['a price per token', flat, 1_000_000, true],
  ['no price', undefined, 1, false],
  ['all calls together below the first tier', tiered, 200, true],
  ['nobody knows which call was long', tiered, 201, false],
  ['nobody knows how many calls there were', { ...flat, perCall: nanoDollars(1n) }, 1, false],
  ['nothing for each call', { ...flat, perCall: nanoDollars(0n) }, 1, true],
];

for (const [why, price, input, known] of prices) {
  test(`a batch is ${known ? 'priced' : 'unpriced'}: ${why}`, async () => {
    const usage = { input_tokens: input, output_tokens: 1_000_000 };
    const body = JSON.stringify({ id: 'b', status: 'completed', usage });
    const { act, records, clock } = rig({ one: [{ body }] }, { price });
    const value = { upstream: 'one', object: {}, models: ['m'], upstreamModels: ['m'], over: false };
    const { tenant } = fakeCaller();
    await new Custody(records, clock).put('batch', tenant, { id: 'b', expires: undefined, value });
    const { receipt } = await act('batch', 'read', { id: 'b' });
    const [note] = receipt.attempts;
    assert.equal(note?.usage?.fresh, input);
    const half = known && price !== undefined ? priceAtPercent(price, 50) : undefined;
    assert.deepEqual(note?.price, half);
  });
}
