import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakePlanned, fakeProtocol, fakeTarget, fakeUpstream } from '../../../test/testkit/flow-doubles.ts';
import type { Operation, Protocol } from '../../canonical/protocol.ts';
import { wayTo } from './ways.ts';

const own = fakeProtocol({ id: 'own' });
const other = fakeProtocol({ id: 'other' });

/** Where a prompt goes: to an upstream of one dialect, which completes prompts or does not. */
function asked(face: Protocol, spoken: Protocol, completes: boolean): Operation {
  const upstream = fakeUpstream({
    protocols: [spoken],
    path: (_protocol, operation) => (operation === 'chat' || completes ? `/${operation}` : undefined),
  });
  const target = fakeTarget('m', { upstream });
  return wayTo(fakePlanned({ targets: [target], face, operation: 'complete' }), target).operation;
}

const turn = { ...own, isBare: () => false };
const bare = { ...own, isBare: () => true };

const rows: readonly (readonly [
  why: string,
  face: Protocol,
  spoken: Protocol,
  completes: boolean,
  operation: Operation,
])[] = [
  ['a prompt goes on where prompts do', own, other, true, 'complete'],
  ['and becomes a turn where they do not', own, other, false, 'chat'],
  ['a prompt that is a turn is one in every other dialect', turn, other, true, 'chat'],
  ['its own dialect knows what it is', turn, turn, true, 'complete'],
  ['a bare one is bare', bare, other, true, 'complete'],
];

for (const [why, face, spoken, completes, operation] of rows) {
  test(`ways: ${why}`, () => assert.equal(asked(face, spoken, completes), operation));
}
