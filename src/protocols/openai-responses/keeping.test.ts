import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { CallWire } from '../../canonical/call-wire.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { openaiResponses } from './index.ts';
import { keeping, restate } from './keeping.ts';

const HERE = { kept: true, previous: 'resp_0' };

function keepingOf(body: object) {
  const bytes = Buffer.from(JSON.stringify({ model: 'm', input: 'x', ...body }));
  return keeping(new CallWire(openaiResponses, 'chat', bytes, scanObject(bytes, 64)));
}

const restated = (text: string, what = HERE): string => restate(Buffer.from(text), what).toString();

test('a call is answered with what it asked for; who wants nothing kept is told nothing else', () => {
  assert.deepEqual(keepingOf({}), { kept: true, previous: null });
  assert.deepEqual(keepingOf({ store: null, previous_response_id: 'resp_0' }), HERE);
  assert.deepEqual(keepingOf({ store: false, previous_response_id: 'resp_0' }), { ...HERE, kept: false });
  assert.equal(keepingOf({ store: false }), undefined);
  assert.equal(keepingOf({ store: false, previous_response_id: null }), undefined);
});

describe('what a reply says of being kept', () => {
  const rows: readonly [sentence: string, said: string, expected: string][] = [
    [
      'is written over in a body, every other byte stays',
      '{ "id": "r", "store":false , "previous_response_id": null,"output":[{"store":false}] }',
      '{ "id": "r", "store":true , "previous_response_id": "resp_0","output":[{"store":false}] }',
    ],
    [
      'is added where an engine says nothing of it',
      'data: {"type":"response.created","response":{"id":"r"}}\n\n',
      'data: {"type":"response.created","response":{"id":"r","store":true,"previous_response_id":"resp_0"}}\n\n',
    ],
    [
      'is written over in each event that holds the response, and in no other',
      'event: a\ndata: {"response":{"object":"response","store":false,"previous_response_id":null},"n":1}\n\n' +
        'data: {"type":"response.output_text.delta","delta":"\\"response\\" \\"store\\":false"}\n\n' +
        'data:{"n":2,"response": {"store": false, "previous_response_id": null}}\r\n\r\n',
      'event: a\ndata: {"response":{"object":"response","store":true,"previous_response_id":"resp_0"},"n":1}\n\n' +
        'data: {"type":"response.output_text.delta","delta":"\\"response\\" \\"store\\":false"}\n\n' +
        'data:{"n":2,"response": {"store": true, "previous_response_id": "resp_0"}}\r\n\r\n',
    ],
  ];
  for (const [sentence, said, expected] of rows) it(sentence, () => assert.equal(restated(said), expected));

  const same: readonly [sentence: string, said: string][] = [
    ['is left alone in deltas', 'data: {"type":"response.output_text.delta","delta":"store"}\n\n'],
    ['is left alone in what is not understood', 'data: {"response":{"store":false\n\n'],
    ['is left alone where it is said twice', '{"store":false,"store":false}'],
    ['is left alone in what has a response that is none', 'data: {"response":"store"}\n\n'],
  ];
  for (const [sentence, said] of same) it(sentence, () => assert.equal(restated(said), said));

  it('costs no copy where nothing is said', () => {
    const bytes = Buffer.from('data: {"type":"response.output_text.delta","delta":"x"}\n\n');
    assert.equal(restate(bytes, HERE), bytes);
  });
});
