import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FakeClock,
  fakeAdmitted,
  fakeProtocol,
  fakeProvider,
  fakeRandom,
  fakeTarget,
  fakeUpstream,
  fakeVirtual,
  RecordingReceiver,
} from '../../../test/testkit/flow-doubles.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Operation } from '../../canonical/protocol.ts';
import { TokenRatios } from '../../canonical/token-ratios.ts';
import { noUsage } from '../../canonical/usage.ts';
import type { End, Planned, Target } from '../stage.ts';
import { choose } from './choose.ts';

interface Window {
  readonly window?: number;
  /** The upstream counts output against its window. */
  readonly strict?: boolean;
  readonly maxOutput?: number;
  /** It has the tokenizer that we have. */
  readonly own?: boolean;
  /** Learned from replies. */
  readonly bytesPerToken?: number;
}

function target(model: string, { window, strict, maxOutput, own, bytesPerToken }: Window): Target {
  const tokenRatios = new TokenRatios();
  if (bytesPerToken !== undefined) {
    tokenRatios.learn(model, Buffer.alloc(bytesPerToken * 1_000), { ...noUsage, fresh: 1_000 });
  }
  const provider = fakeProvider({
    quirks: strict === true ? { countsOutput: true } : {},
    ...(own === true ? { encoding: 'o200k' as const } : {}),
  });
  const models = [
    {
      id: model,
      ...(window === undefined ? {} : { contextWindow: window }),
      ...(maxOutput === undefined ? {} : { maxOutput }),
    },
  ];
  return fakeTarget(model, { upstream: { ...fakeUpstream({ provider, models }), tokenRatios } });
}

/** A prompt of so many short words. */
function prose(words: number): string {
  return 'word '.repeat(words).trim();
}

interface Asked {
  readonly content: string;
  readonly maxTokens?: number;
  readonly operation?: Operation;
  /** What the tokenizer says; undefined: there is none. */
  readonly cut?: number;
}

async function ask(targets: readonly Target[], { content, maxTokens, operation = 'chat', cut }: Asked) {
  const body: JsonObject = {
    model: 'fast',
    messages: [{ role: 'user', content }],
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
  };
  let counts = 0;
  const count = (): Promise<number | undefined> => {
    counts += 1;
    return Promise.resolve(cut);
  };
  const tried: string[] = [];
  const next = (call: Planned): Promise<End> => {
    tried.push(...call.targets.map((one) => one.model));
    return Promise.resolve({ ok: true, usage: noUsage });
  };
  const tokenizer = cut === undefined ? undefined : { count };
  const stage = choose({ clock: new FakeClock(), random: fakeRandom(0), tokenizer })(next);
  const call = fakeAdmitted({ body, operation, virtual: fakeVirtual({ targets }) });
  const end = await stage(call, new RecordingReceiver());
  return { end, tried, counts, notes: call.receipt.choices ?? [] };
}

const goes: readonly (readonly [why: string, window: Window, asked: Asked, counts: number])[] = [
  ['nobody told the window', {}, { content: prose(100_000), cut: 1 }, 0],
  ['far below the window nobody counts', { window: 8_192 }, { content: prose(1_000), cut: 1 }, 0],
  ['near it, the count says that it fits', { window: 1_000 }, { content: prose(900), cut: 900 }, 1],
  ['near it, and nobody can count: the upstream judges', { window: 1_000 }, { content: prose(900) }, 0],
  [
    'over it by a tokenizer of others, which may need a quarter fewer',
    { window: 1_000 },
    { content: prose(900), cut: 1_300 },
    1,
  ],
  [
    'a bound on output is no matter where the upstream only stops at the window',
    { window: 1_000 },
    { content: prose(100), maxTokens: 32_000, cut: 100 },
    0,
  ],
  [
    'the bound counts as it will be sent, at most what the model writes',
    { window: 1_000, strict: true, maxOutput: 100 },
    { content: prose(100), maxTokens: 32_000, cut: 100 },
    0,
  ],
  [
    'thin text is known to be thin: nobody counts',
    { window: 1_000, bytesPerToken: 10 },
    { content: 'a'.repeat(6_900), cut: 1 },
    0,
  ],
  ['counting costs no window', { window: 10 }, { content: prose(900), operation: 'count', cut: 1_000 }, 0],
  [
    'an embedding is cut by who makes it',
    { window: 10 },
    { content: prose(900), operation: 'embed', cut: 900 },
    0,
  ],
  [
    'pictures are not counted by their bytes',
    { window: 1_000 },
    { content: `data:image/png;base64,${'A'.repeat(90_000)}`, cut: 90_000 },
    0,
  ],
];
for (const [why, window, asked, counts] of goes) {
  test(`goes on: ${why}`, async () => {
    const { end, tried, counts: made } = await ask([target('m', window)], asked);
    assert.equal(end.ok, true);
    assert.deepEqual(tried, ['m']);
    assert.equal(made, counts);
  });
}

const refused: readonly (readonly [
  why: string,
  window: Window,
  asked: Asked,
  figures: { input: number; output: number; limit: number },
])[] = [
  [
    'more words than the window has tokens',
    { window: 1_000 },
    { content: prose(2_000) },
    { input: 2_515, output: 0, limit: 1_000 },
  ],
  [
    'its own tokenizer says so: one token is enough',
    { window: 1_000, own: true },
    { content: prose(900), cut: 1_001 },
    { input: 1_001, output: 0, limit: 1_000 },
  ],
  [
    'another tokenizer says so by more than a quarter',
    { window: 1_000 },
    { content: prose(900), cut: 1_335 },
    { input: 1_335, output: 0, limit: 1_000 },
  ],
  [
    'prompt and answer together, where the upstream counts both',
    { window: 1_000, strict: true, own: true },
    { content: prose(400), maxTokens: 700, cut: 400 },
    { input: 400, output: 700, limit: 1_000 },
  ],
  [
    'a bound above the window leaves no room for any prompt',
    { window: 1_000, strict: true },
    { content: 'Hi', maxTokens: 2_000 },
    { input: 20, output: 2_000, limit: 1_000 },
  ],
];
for (const [why, window, asked, figures] of refused) {
  test(`refused: ${why}`, async () => {
    const { end, tried, notes } = await ask([target('m', window)], asked);
    assert.deepEqual(tried, []);
    assert.ok(!end.ok);
    assert.equal(end.error.code, 'context_too_long');
    assert.deepEqual(end.error.detail.context, figures);
    assert.match(notes[0]?.reason ?? '', /^too small: about \d+ tokens/);
  });
}

test('a call that says itself how large the window shall be is not measured by what is known', async () => {
  const face = fakeProtocol({ setsWindow: (wire) => wire.has('window') });
  const next = (): Promise<End> => Promise.resolve({ ok: true, usage: noUsage });
  const stage = choose({ clock: new FakeClock(), random: fakeRandom(0) })(next);
  for (const [more, ok] of [
    [{ window: 9_000 }, true],
    [{}, false],
  ] as const) {
    const body = { model: 'fast', messages: [{ role: 'user', content: prose(2_000) }], ...more };
    const virtual = fakeVirtual({ targets: [target('m', { window: 1_000 })] });
    const end = await stage(fakeAdmitted({ face, body, virtual }), new RecordingReceiver());
    assert.equal(end.ok, ok);
  }
});

test('targets that are too small are left out, with the reason; the others are tried in their order', async () => {
  const targets = [
    target('small', { window: 1_000, own: true }),
    target('large', { window: 9_000 }),
    target('any', {}),
  ];
  const { end, tried, notes, counts } = await ask(targets, { content: prose(900), cut: 1_200 });
  assert.equal(end.ok, true);
  assert.deepEqual(tried, ['large', 'any']);
  assert.equal(counts, 1);
  assert.deepEqual(notes, [
    { target: 'here/large', reason: notes[0]?.reason },
    { target: 'here/any', reason: notes[1]?.reason },
    { target: 'here/small', reason: 'too small: about 1200 tokens are more than 1000' },
  ]);
});

test('a call is counted once for all its targets, and the error has the figures of the most room', async () => {
  const targets = [
    target('a', { window: 1_000, own: true }),
    target('b', { window: 1_100, own: true }),
    target('c', { window: 1_150, own: true, strict: true }),
  ];
  const { end, counts } = await ask(targets, { content: prose(900), maxTokens: 100, cut: 1_200 });
  assert.equal(counts, 1);
  assert.ok(!end.ok);
  assert.deepEqual(end.error.detail.context, { input: 1_200, output: 0, limit: 1_100 });
  assert.equal(
    end.error.message,
    "This model's maximum context length is 1100 tokens. However, you requested about 1300 tokens (1200 in the messages, 100 in the completion).",
  );
});
