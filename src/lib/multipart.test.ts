import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundaryOf, FormError, scanForm, textPart } from './multipart.ts';

const types: readonly (readonly [type: string | undefined, boundary: string | undefined])[] = [
  ['multipart/form-data; boundary=abc', 'abc'],
  ['Multipart/Form-Data; charset=utf-8; Boundary="a b"', 'a b'],
  ['multipart/form-data', undefined],
  ['multipart/form-data; boundary=', undefined],
  ['multipart/mixed; boundary=abc', undefined],
  ['application/json', undefined],
  [undefined, undefined],
];
for (const [type, boundary] of types) {
  test(`the boundary of ${type} is ${boundary}`, () => assert.equal(boundaryOf(type), boundary));
}

const file =
  'content-disposition: form-data; name="file"; filename="a \\"b\\".wav"\r\ncontent-type: audio/wav';
const form = Buffer.from(
  `preamble\r\n${textPart('B', 'model', 'whisper')}--B\r\n${file}\r\n\r\n\r\n--bogus\u0000\r\n${textPart('B', 'empty', '')}--B--\r\n`,
);

test('parts are found by their boundary, with the spans of what is in them', () => {
  const { fields, close } = scanForm(form, 'B');
  const said = fields.map(({ name, start, end }) => [name, form.toString('utf8', start, end)]);
  assert.deepEqual(said, [
    ['model', 'whisper'],
    ['file', '\r\n--bogus\u0000'],
    ['empty', ''],
  ]);
  assert.equal(form.toString('utf8', close), '--B--\r\n');
  for (const { keyStart } of fields) assert.equal(form.toString('utf8', keyStart, keyStart + 5), '--B\r\n');
});

const broken: readonly (readonly [why: string, text: string])[] = [
  ['no boundary anywhere', 'hello'],
  ['a part without a name', '--B\r\ncontent-disposition: form-data\r\n\r\nx\r\n--B--'],
  ['a head without an end', '--B\r\ncontent-disposition: form-data; name="a"'],
  ['a last part without an end', '--B\r\ncontent-disposition: form-data; name="a"\r\n\r\nx'],
  ['something behind a boundary', '--Bx\r\n\r\n'],
  ['too many parts', `${textPart('B', 'a', 'x').repeat(257)}--B--`],
];
for (const [why, text] of broken) {
  test(`a form with ${why} is refused`, () =>
    assert.throws(() => scanForm(Buffer.from(text), 'B'), FormError));
}
