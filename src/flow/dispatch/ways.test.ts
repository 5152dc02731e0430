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

/** An upstream that speaks both, and is rather asked for prompts in the other. */
function preferred(face: Protocol, operation: Operation, completes: readonly string[]): string {
  const upstream = fakeUpstream({
    protocols: [own, other],
    provider: { ...fakeUpstream({}).provider, prefers: { complete: 'other' } },
    path: (protocol, asked) =>
      asked === 'chat' || completes.includes(protocol) ? `/${protocol}` : undefined,
  });
  const target = fakeTarget('m', { upstream });
  const way = wayTo(fakePlanned({ targets: [target], face, operation }), target);
  return `${way.protocol.id} ${way.operation}`;
}

const preferences: readonly (readonly [
  why: string,
  face: Protocol,
  operation: Operation,
  completes: readonly string[],
  way: string,
])[] = [
  ['it is asked as it prefers', own, 'complete', ['own', 'other'], 'other complete'],
  [
    'unless nothing but the own dialect can say it',
    { ...own, isOwn: () => true },
    'complete',
    ['own', 'other'],
    'own complete',
  ],
  ['or it cannot be asked so after all', own, 'complete', ['own'], 'own complete'],
  ['or the prompt is a turn', { ...turn, id: 'third' }, 'complete', ['own', 'other'], 'own chat'],
  ['it prefers nothing for other calls', own, 'chat', ['own', 'other'], 'own chat'],
];

for (const [why, face, operation, completes, way] of preferences) {
  test(`ways: ${why}`, () => assert.equal(preferred(face, operation, completes), way));
}
