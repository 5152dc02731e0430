import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoughtToken, type Purchase } from './bought-token.ts';

/** A shop whose sales are settled by hand. */
function shop() {
  let now = 0;
  const sales: { settle: (purchase: Purchase<string>) => void; fail: (error: Error) => void }[] = [];
  const token = new BoughtToken(
    { now: () => now },
    () => new Promise<Purchase<string>>((settle, fail) => sales.push({ settle, fail })),
  );
  return {
    token,
    sales,
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

const HOUR = 3600;

test('many calls that wait share one purchase', async () => {
  const { token, sales } = shop();
  const waiting = [token.get(), token.get(), token.get()];
  assert.equal(sales.length, 1);
  sales[0]!.settle({ token: 'a', expiresIn: HOUR });
  assert.deepEqual(await Promise.all(waiting), ['a', 'a', 'a']);
});

test('a token that is there is given without a promise', async () => {
  const { token, sales } = shop();
  const first = token.get();
  sales[0]!.settle({ token: 'a', expiresIn: HOUR });
  await first;
  assert.equal(token.get(), 'a');
  assert.equal(sales.length, 1);
});

test('it is renewed ahead of its end, and serves until the new one is there', async () => {
  const { token, sales, wait } = shop();
  const first = token.get();
  sales[0]!.settle({ token: 'a', expiresIn: HOUR });
  await first;
  wait((HOUR - 299) * 1000);
  assert.equal(token.get(), 'a');
  assert.equal(token.get(), 'a');
  assert.equal(sales.length, 2);
  sales[1]!.settle({ token: 'b', expiresIn: HOUR });
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(token.get(), 'b');
});

test('a renewal that fails harms nobody while the old one is good, and is tried again', async () => {
  const { token, sales, wait } = shop();
  const first = token.get();
  sales[0]!.settle({ token: 'a', expiresIn: HOUR });
  await first;
  wait((HOUR - 200) * 1000);
  assert.equal(token.get(), 'a');
  sales[1]!.fail(new Error('closed'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(token.get(), 'a');
  assert.equal(sales.length, 3);
});

test('an expired token is waited for', async () => {
  const { token, sales, wait } = shop();
  const first = token.get();
  sales[0]!.settle({ token: 'a', expiresIn: HOUR });
  await first;
  wait((HOUR - 9) * 1000);
  const next = token.get();
  assert.ok(next instanceof Promise);
  sales[1]!.settle({ token: 'b', expiresIn: HOUR });
  assert.equal(await next, 'b');
});

test('a purchase that fails is not kept', async () => {
  const { token, sales } = shop();
  const first = token.get();
  sales[0]!.fail(new Error('closed'));
  await assert.rejects(async () => first, /closed/);
  const second = token.get();
  sales[1]!.settle({ token: 'b', expiresIn: HOUR });
  assert.equal(await second, 'b');
});

test('a token of a minute is not renewed all the time', async () => {
  const { token, sales, wait } = shop();
  const first = token.get();
  sales[0]!.settle({ token: 'a', expiresIn: 60 });
  await first;
  wait(44_000);
  assert.equal(token.get(), 'a');
  assert.equal(sales.length, 1);
  wait(2_000);
  assert.equal(token.get(), 'a');
  assert.equal(sales.length, 2);
});

test('one that is refused is bought anew, but not one that is new', async () => {
  const { token, sales, wait } = shop();
  const first = token.get();
  sales[0]!.settle({ token: 'a', expiresIn: HOUR });
  await first;
  wait(9_999);
  token.refused();
  assert.equal(token.get(), 'a');
  wait(1);
  token.refused();
  const second = token.get();
  assert.equal(sales.length, 2);
  sales[1]!.settle({ token: 'b', expiresIn: HOUR });
  assert.equal(await second, 'b');
  assert.equal(token.get(), 'b');
});
