import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeProtocol } from '../../test/testkit/flow-doubles.ts';
import { scanForm, textPart } from '../lib/multipart.ts';
import type { Edit } from './call-wire.ts';
import { FormWire } from './form-wire.ts';

const parts = [
  textPart('B', 'model', 'a'),
  textPart('B', 'file', '\u0000bytes'),
  textPart('B', 'stream', 'true'),
];
const bytes = Buffer.from(`${parts.join('')}--B--\r\n`);
const wire = new FormWire(fakeProtocol(), 'transcribe', bytes, scanForm(bytes, 'B'), 'B');

test('values are texts, and the words of truth are truth values', () => {
  assert.deepEqual([wire.value('model'), wire.value('stream'), wire.value('none')], ['a', true, undefined]);
  assert.equal(wire.mediaType, 'multipart/form-data; boundary=B');
});

const edits: readonly (readonly [why: string, edits: readonly Edit[], fields: object])[] = [
  [
    'a part is replaced where it stands',
    [{ name: 'model', value: '"b"' }],
    { model: 'b', file: '\u0000bytes', stream: 'true' },
  ],
  [
    'a part that is not there goes to the end',
    [{ name: 'temperature', value: '0.5' }],
    { model: 'a', file: '\u0000bytes', stream: 'true', temperature: '0.5' },
  ],
  ['a part is taken away', [{ name: 'stream', value: undefined }], { model: 'a', file: '\u0000bytes' }],
  [
    'taking away what is not there changes nothing',
    [{ name: 'x', value: undefined }],
    { model: 'a', file: '\u0000bytes', stream: 'true' },
  ],
];
for (const [why, given, fields] of edits) {
  test(why, () => {
    const edited = Buffer.concat(wire.splice(given) as Buffer[]);
    const scan = scanForm(edited, 'B');
    const said = scan.fields.map(({ name, start, end }) => [name, edited.toString('utf8', start, end)]);
    assert.deepEqual(said, Object.entries(fields));
    assert.ok(edited.toString().endsWith('--B--\r\n'));
  });
}

test('a form is no conversation', () => assert.throws(() => wire.content(), /no conversation/));
