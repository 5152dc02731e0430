import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeProtocol } from '../../test/testkit/flow-doubles.ts';
import { FaceRoutes } from './face-routes.ts';

const face = fakeProtocol({
  routes: [
    { path: '/chat', operation: 'chat' },
    { path: '/models/{model}:ask', operation: 'chat', stream: false },
    { path: '/models/{model}:stream', operation: 'chat', stream: true },
    { path: '/files', operation: 'file', deed: 'create' },
    { path: '/files', operation: 'file', method: 'GET', deed: 'list' },
    { path: '/files/{id}', operation: 'file', method: 'GET', deed: 'read' },
    { path: '/files/{id}', operation: 'file', method: 'DELETE', deed: 'delete' },
    { path: '/files/{id}/content', operation: 'file', method: 'GET', deed: 'content' },
  ],
});
const routes = new FaceRoutes([face]);

const rows: readonly (readonly [why: string, path: string, place: object | undefined])[] = [
  ['a fixed path says nothing of the call', '/chat', {}],
  ['a pattern names the model', '/models/small:ask', { model: 'small', stream: false }],
  ['another one says that the reply is streamed', '/models/small:stream', { model: 'small', stream: true }],
  ['a name may hold slashes and colons', '/models/up/qwen:7b:ask', { model: 'up/qwen:7b', stream: false }],
  ['a name may be escaped', '/models/a%2Fb%20c:ask', { model: 'a/b c', stream: false }],
  ['a broken escape is a name like any other', '/models/a%zz:ask', { model: 'a%zz', stream: false }],
  ['no name is no model', '/models/:ask', undefined],
  ['another verb is another path', '/models/small:count', undefined],
];

for (const [why, path, place] of rows) {
  test(why, () => assert.deepEqual(routes.find(path)?.place, place));
}

const withMethods: readonly (readonly [
  why: string,
  method: string,
  path: string,
  place: object | undefined,
])[] = [
  ['one path does one thing by POST', 'POST', '/files', { deed: 'create' }],
  ['and another by GET', 'GET', '/files', { deed: 'list' }],
  ['an id is in the path', 'GET', '/files/a-1', { deed: 'read', id: 'a-1' }],
  ['the same by DELETE', 'DELETE', '/files/a-1', { deed: 'delete', id: 'a-1' }],
  ['what follows an id is another path', 'GET', '/files/a-1/content', { deed: 'content', id: 'a-1' }],
  ['an escaped slash is part of the id', 'GET', '/files/a%2Fcontent', { deed: 'read', id: 'a/content' }],
  ['an id has no slash', 'GET', '/files/a/b', undefined],
  ['an id has no slash before what follows it', 'GET', '/files/a/b/content', undefined],
  ['no id is no path', 'GET', '/files/', undefined],
  ['a method that is not there', 'PATCH', '/files/a-1', undefined],
  ['calls are posted', 'GET', '/chat', undefined],
];

for (const [why, method, path, place] of withMethods) {
  test(why, () => assert.deepEqual(routes.find(path, method)?.place, place));
}

test('it is known what may be done where, and each path is told once', () => {
  assert.deepEqual(routes.methods('/files'), ['POST', 'GET']);
  assert.deepEqual(routes.methods('/files/x'), ['GET', 'DELETE']);
  assert.deepEqual(routes.methods('/models/a:ask'), ['POST']);
  assert.deepEqual(routes.methods('/nowhere'), []);
  assert.equal(routes.paths.filter((path) => path === '/files').length, 1);
});
