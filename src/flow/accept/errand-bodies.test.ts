// What body a call that is no conversation may have: JSON, a form, or either.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeProtocol } from '../../../test/testkit/flow-doubles.ts';
import { FormWire } from '../../canonical/form-wire.ts';
import { asCallId } from '../../canonical/ids.ts';
import type { Operation } from '../../canonical/protocol.ts';
import { ReceiptDraft } from '../../canonical/receipt.ts';
import { textPart } from '../../lib/multipart.ts';
import { accept } from './accept.ts';

const FORM = 'multipart/form-data; boundary=B';
const form = '--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--B--\r\n';
const json = '{"model":"m"}';
const face = fakeProtocol({
  errands: {
    embed: {},
    transcribe: { body: 'form' },
    redraw: { body: 'either' },
    moderate: { defaultModel: 'usual' },
  },
});

function take(operation: Operation, body: string, type: string | undefined) {
  return accept(
    {
      face,
      operation,
      bytes: Buffer.from(body),
      place: {},
      headers: type === undefined ? {} : { 'content-type': type },
      peer: '127.0.0.1',
      receipt: new ReceiptDraft(asCallId('c'), 'plain', operation, 0, 0),
      key: undefined,
    },
    { maxDepth: 64, ruled: new Map() },
  );
}

const taken: readonly (readonly [Operation, body: string, type: string | undefined, isForm: boolean])[] = [
  ['embed', json, 'application/json', false],
  ['embed', json, undefined, false],
  ['embed', json, 'text/plain', false],
  ['transcribe', form, FORM, true],
  ['redraw', form, FORM, true],
  ['redraw', json, 'application/json', false],
  ['chat', json, FORM, false],
];

for (const [operation, body, type, isForm] of taken) {
  test(`${operation} takes ${isForm ? 'a form' : 'JSON'} that comes as ${type}`, () => {
    const call = take(operation, body, type);
    assert.equal(call.wire instanceof FormWire, isForm);
    assert.equal(call.model, 'm');
  });
}

const refused: readonly (readonly [Operation, body: string, type: string | undefined, says: RegExp])[] = [
  ['embed', form, FORM, /takes JSON/],
  ['transcribe', json, 'application/json', /takes a form with a file/],
  ['transcribe', json, undefined, /takes a form with a file/],
  ['transcribe', form, 'multipart/form-data', /takes a form with a file/],
  ['embed', '{}', 'application/json', /"model" is missing/],
];

for (const [operation, body, type, says] of refused) {
  test(`${operation} refuses what comes as ${type}: ${says.source}`, () => {
    assert.throws(() => take(operation, body, type), says);
  });
}

test('who names no model gets the usual one, where there is such', () => {
  assert.equal(take('moderate', '{}', undefined).model, 'usual');
  assert.throws(() => take('moderate', '{"model":7}', undefined), /must be a non-empty string/);
});

const text = (name: string): string => textPart('B', name, 'm');
const file = (name: string): string => text(name).replace(`"${name}"`, `"${name}"; filename="a.png"`);
for (const [why, parts, twice] of [
  ['texts of one name', [text('model'), text('prompt'), text('prompt')], 'prompt'],
  ['two models, one of them a file', [text('model'), file('model')], 'model'],
  ['files of one name', [text('model'), file('image'), file('image')], undefined],
  ['texts of a list', [text('model'), text('include[]'), text('include[]')], undefined],
] as const) {
  test(`a form may ${twice === undefined ? '' : 'not '}have ${why}`, () => {
    const body = `${parts.join('')}--B--`;
    if (twice === undefined) assert.equal(take('redraw', body, FORM).model, 'm');
    else assert.throws(() => take('redraw', body, FORM), { code: 'bad_request', detail: { param: twice } });
  });
}
