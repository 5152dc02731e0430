import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeProtocol } from '../../test/testkit/flow-doubles.ts';
import { FaceRoutes } from './face-routes.ts';

const face = fakeProtocol({
  routes: [
    { path: '/chat', operation: 'chat' },
    { path: '/models/{model}:ask', operation: 'chat', stream: false },
    { path: '/models/{model}:stream', operation: 'chat', stream: true },
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
