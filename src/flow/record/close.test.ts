import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failedEnd, fakeCall, fakeProtocol, fakeUsage, okEnd } from '../../../test/testkit/flow-doubles.ts';
import { type ErrorDetail, GatewayError } from '../../canonical/errors.ts';
import { nanoDollars, type Price, perMillion } from '../../canonical/money.ts';
import type { AttemptNote, CacheOutcome, CostState } from '../../canonical/receipt.ts';
import type { End } from '../stage.ts';
import { closeReceipt, type Reach } from './close.ts';

const reach: Reach = { face: fakeProtocol(), status: 200, passed: 3, waiting: 4, started: true };
const price: Price = {
  input: perMillion(1),
  output: perMillion(2),
  cacheRead: perMillion(0.1),
  cacheWrite: perMillion(1.25),
};
const zero: Price = {
  input: nanoDollars(0n),
  output: nanoDollars(0n),
  cacheRead: nanoDollars(0n),
  cacheWrite: nanoDollars(0n),
};
const used = { ...fakeUsage(10, 5), cacheRead: 20, cacheWrite: 4 };
const due = nanoDollars(10_000n + 10_000n + 2_000n + 5_000n);
const broke = new GatewayError('upstream_reset', 'The upstream went away.');

const bills: readonly {
  readonly says: string;
  readonly cache?: CacheOutcome;
  /** What each attempt used; by default there was one, which used what the end states. */
  readonly attempts?: readonly Pick<AttemptNote, 'usage' | 'price'>[];
  readonly price: Price | undefined;
  readonly end: End;
  readonly state: CostState;
  readonly cost: bigint | undefined;
  readonly saved?: bigint;
}[] = [
  {
    says: 'a known price is applied to each kind of token',
    price,
    end: okEnd(used),
    state: 'priced',
    cost: due,
  },
  { says: 'a price of zero makes a call free', price: zero, end: okEnd(used), state: 'free', cost: 0n },
  {
    says: 'a price of zero for input only does not',
    price: { ...price, input: nanoDollars(0n) },
    end: okEnd(fakeUsage(10, 0)),
    state: 'priced',
    cost: 0n,
  },
  {
    says: 'without a price nobody knows, which is not zero',
    price: undefined,
    end: okEnd(used),
    state: 'unpriced',
    cost: undefined,
  },
  {
    says: 'what is not counted in tokens is not billed by tokens',
    price,
    end: okEnd({ ...used, units: { characters: 7 } }),
    state: 'unpriced',
    cost: undefined,
  },
  {
    says: 'it has a price of its own',
    price: { ...zero, units: { characters: nanoDollars(15_000n) } },
    end: okEnd({ ...used, units: { characters: 7 } }),
    state: 'priced',
    cost: 105_000n,
  },
  {
    says: 'where everything is free, so is what nobody counted',
    price: zero,
    end: okEnd({ ...used, units: {} }),
    state: 'free',
    cost: 0n,
  },
  {
    says: 'a hit costs nothing and says what it saved',
    cache: 'hit',
    attempts: [],
    price,
    end: okEnd(used),
    state: 'free',
    cost: 0n,
    saved: due,
  },
  {
    says: 'so does a call that joined the flight of another',
    cache: 'joined',
    price,
    end: okEnd(used),
    state: 'free',
    cost: 0n,
    saved: due,
  },
  {
    says: 'a hit whose price nobody knows saved nobody knows what',
    cache: 'hit',
    attempts: [],
    price: undefined,
    end: okEnd(used),
    state: 'free',
    cost: 0n,
  },
  {
    says: 'a call that joined a flight which crashed saved nothing',
    cache: 'joined',
    price,
    end: failedEnd(broke, true, used),
    state: 'free',
    cost: 0n,
  },
  {
    says: 'a miss is billed like any call',
    cache: 'miss',
    price,
    end: okEnd(used),
    state: 'priced',
    cost: due,
  },
  {
    says: 'a failed call owes what it used',
    price,
    end: failedEnd(broke, true, used),
    state: 'priced',
    cost: due,
  },
  {
    says: 'attempts that used nothing owe nothing, price or not',
    attempts: [{ price: undefined }, { price }],
    price: undefined,
    end: failedEnd(broke),
    state: 'free',
    cost: 0n,
  },
  {
    says: 'without an attempt nothing is owed',
    attempts: [],
    price: undefined,
    end: failedEnd(broke),
    state: 'free',
    cost: 0n,
  },
  {
    says: 'a failed attempt costs its own price on top of that of the answer',
    attempts: [
      { usage: fakeUsage(7, 0), price: { ...price, input: perMillion(10) } },
      { usage: used, price },
    ],
    price,
    end: okEnd(used),
    state: 'priced',
    cost: due + 70_000n,
  },
  {
    says: 'a free answer after a failed attempt that was not is not free',
    attempts: [
      { usage: fakeUsage(7, 0), price },
      { usage: used, price: zero },
    ],
    price: zero,
    end: okEnd(used),
    state: 'priced',
    cost: 7_000n,
  },
  {
    says: 'a part that nobody knows the price of makes the whole unknown, but not what is known of it',
    attempts: [
      { usage: fakeUsage(7, 0), price },
      { usage: fakeUsage(7, 0), price: undefined },
      { usage: used, price },
    ],
    price,
    end: okEnd(used),
    state: 'unpriced',
    cost: due + 7_000n,
  },
  {
    says: 'units without a price do not hide what an attempt before them has cost',
    attempts: [
      { usage: fakeUsage(7, 0), price },
      { usage: { ...used, units: { characters: 7 } }, price },
    ],
    price,
    end: okEnd(used),
    state: 'unpriced',
    cost: 7_000n,
  },
  {
    says: 'beside a part without a price, one that is free says nothing',
    attempts: [
      { usage: fakeUsage(7, 0), price: zero },
      { usage: used, price: undefined },
    ],
    price,
    end: okEnd(used),
    state: 'unpriced',
    cost: undefined,
  },
  {
    says: 'an answer whose price nobody knows is unpriced even without tokens',
    price: undefined,
    end: okEnd(fakeUsage(0, 0)),
    state: 'unpriced',
    cost: undefined,
  },
  {
    says: 'counting is free: its attempt uses nothing',
    attempts: [{ price }],
    price,
    end: okEnd(fakeUsage(0, 0)),
    state: 'free',
    cost: 0n,
  },
];

for (const { says, cache = 'off', price: known, end, state, cost, saved, ...given } of bills) {
  test(`bill: ${says}`, () => {
    const { receipt: draft } = fakeCall();
    const { attempts = [{ usage: end.usage, price: known }] } = given;
    for (const used of attempts)
      draft.attempts.push({ target: 'up/m', startedAt: 0, outcome: 'ok', ...used });
    draft.cache = cache;
    draft.price = known;
    const closed = closeReceipt(draft, end, reach, 9);
    assert.deepEqual([closed.costState, closed.cost, closed.saved], [state, cost, saved]);
    assert.equal(closed.usage, end.usage);
  });
}

const messages: readonly {
  readonly says: string;
  readonly error: GatewayError;
  readonly message: string;
}[] = [
  { says: 'our own words are kept', error: broke, message: 'The upstream went away.' },
  {
    says: 'a JSON parser quotes the body, so its words are not',
    error: new GatewayError('invalid_json', 'Unexpected token in "my secret prompt".'),
    message: 'The body is not valid JSON.',
  },
  {
    says: 'nor are an upstream’s, whose codes say enough',
    error: quoting({ upstream: { status: 400, type: 'invalid', code: 'too_long', requestId: 'r-1' } }),
    message: 'The upstream answered 400 invalid too_long (its id r-1).',
  },
  {
    says: 'what was said for the operator wins',
    error: quoting({ upstream: { code: 'ECONNREFUSED' }, operator: 'Not reached at http://x:1.' }),
    message: 'Not reached at http://x:1.',
  },
  {
    says: 'an upstream without codes',
    error: quoting({ upstream: {} }),
    message: 'The upstream answered with an error.',
  },
];

function quoting(detail: ErrorDetail): GatewayError {
  return new GatewayError('bad_request', 'Bad input: "my secret prompt".', detail);
}

for (const { says, error, message } of messages) {
  test(`message: ${says}`, () => {
    const closed = closeReceipt(fakeCall().receipt, failedEnd(error), reach, 9);
    assert.equal(closed.message, message);
    assert.equal(closed.outcome, error.code);
  });
}

test('bytes that were held count only when they go out', () => {
  const { receipt: draft } = fakeCall();
  closeReceipt(draft, okEnd(), reach, 9);
  assert.equal(draft.bytesOut, 7);
  closeReceipt(draft, failedEnd(broke, true), reach, 9);
  assert.equal(draft.bytesOut, 3);
});

test('a good answer counts as begun, although its bytes wait for the receipt', () => {
  const waiting = { ...reach, passed: 0, started: false };
  assert.equal(closeReceipt(fakeCall().receipt, okEnd(), waiting, 9).started, true);
  assert.equal(closeReceipt(fakeCall().receipt, failedEnd(broke), waiting, 9).started, false);
});

test('the status is the one sent, or the one of the error when nothing was', () => {
  const { receipt: draft } = fakeCall();
  closeReceipt(draft, failedEnd(broke, true), reach, 9);
  assert.equal(draft.status, 200);
  closeReceipt(draft, failedEnd(broke), { ...reach, started: false }, 9);
  assert.equal(draft.status, 502);
});

test('the status of an error is the one its dialect sends, and to who is gone none is sent', () => {
  const { receipt: draft } = fakeCall();
  const face = fakeProtocol({ encodeError: () => ({ status: 529, body: '', headers: {} }) });
  const refused = { ...reach, face, started: false };
  closeReceipt(draft, failedEnd(new GatewayError('draining', 'Later.')), refused, 9);
  assert.equal(draft.status, 529);
  closeReceipt(draft, failedEnd(new GatewayError('client_gone', 'Gone.')), refused, 9);
  assert.equal(draft.status, 499);
});

test('an error behind a keepalive went out in an answer that was open', () => {
  const { receipt } = fakeCall();
  const none = { ...reach, status: 0, passed: 0, waiting: 0, started: false };
  assert.equal(closeReceipt(receipt, failedEnd(broke), none, 1).draft.status, 502);
  receipt.keepalives = 1;
  const closed = closeReceipt(receipt, failedEnd(broke), none, 1);
  assert.deepEqual([closed.draft.status, closed.outcome, closed.started], [200, 'upstream_reset', false]);
});
