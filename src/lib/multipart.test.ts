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

const part = (disposition: string): string => `--B\r\ncontent-disposition: ${disposition}\r\n\r\nx\r\n--B--`;

for (const [says, disposition] of [
  ['bare', 'form-data; name=model'],
  ['spelt with capitals and spaces', 'Form-Data ; Name = "model" ; filename*=utf-8\'\'x'],
  ['behind that of its file', 'form-data; filename="a; name=\\"x\\""; name="model"'],
]) {
  test(`a name may stand there ${says}`, () => {
    assert.equal(scanForm(Buffer.from(part(disposition ?? '')), 'B').fields[0]?.name, 'model');
  });
}

test('a boundary begins a line, also the first one', () => {
  const bytes = Buffer.from(`junk${textPart('B', 'hidden', 'x')}${textPart('B', 'seen', 'y')}--B--`);
  assert.deepEqual(
    scanForm(bytes, 'B').fields.map(({ name }) => name),
    ['seen'],
  );
});

test('a part with the name of a file is one', () => {
  assert.deepEqual(
    scanForm(form, 'B').fields.map(({ isFile }) => isFile),
    [false, true, false],
  );
});

const broken: readonly (readonly [why: string, text: string])[] = [
  ['no boundary anywhere', 'hello'],
  [
    'no boundary at the beginning of a line',
    part('form-data; name="a"').replace('--B', 'junk--B').slice(0, -5),
  ],
  ['a part without a name', '--B\r\ncontent-disposition: form-data\r\n\r\nx\r\n--B--'],
  ['a head without an end', '--B\r\ncontent-disposition: form-data; name="a"'],
  ['a last part without an end', '--B\r\ncontent-disposition: form-data; name="a"\r\n\r\nx'],
  ['something behind a boundary', '--Bx\r\n\r\n'],
  ['a name only others understand', part("form-data; name*=utf-8''model")],
  ['two names', part('form-data; name="a"; name="model"')],
  ['a name and one only others understand', part('form-data; name="a"; name*=model')],
  ['a name that others read without its backslash', part('form-data; name="mo\\del"')],
  ['a name in the name of a file', part('form-data; filename="a; name="model"')],
  ['a head that goes on in the next line', part('form-data; name="a"\r\n ; name="model"')],
  ['two dispositions', part('form-data; name="a"\r\ncontent-disposition: form-data; name="model"')],
  ['too many parts', `${textPart('B', 'a', 'x').repeat(257)}--B--`],
];
for (const [why, text] of broken) {
  test(`a form with ${why} is refused`, () =>
    assert.throws(() => scanForm(Buffer.from(text), 'B'), FormError));
}
