import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancel } from './cancel.ts';

test('every listener hears of it once, in the same tick', () => {
  const cancel = new Cancel();
  const heard: string[] = [];
  for (const name of ['a', 'b', 'c']) cancel.onRequest(() => heard.push(name));
  cancel.request('first');
  cancel.request('second');
  assert.deepEqual(heard, ['a', 'b', 'c']);
  assert.equal(cancel.reason, 'first');
});

test('who comes late hears at once; who has left hears nothing', () => {
  const cancel = new Cancel();
  const heard: string[] = [];
  const gone = (): void => void heard.push('gone');
  const gone2 = (): void => void heard.push('gone2');
  cancel.onRequest(gone);
  cancel.onRequest(gone2);
  cancel.forget(gone);
  cancel.forget(gone2);
  cancel.request('now');
  cancel.onRequest(() => heard.push('late'));
  assert.deepEqual(heard, ['late']);
});
