import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CallWire } from '../../canonical/call-wire.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Operation } from '../../canonical/protocol.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { geminiGenerate } from './index.ts';

const contents = [{ parts: [{ text: 'hi' }] }];

function wire(body: JsonObject, operation: Operation = 'chat'): CallWire {
  const { hide, ...rest } = body;
  const text = JSON.stringify(rest);
  const bytes = Buffer.from(hide === true ? text.replace('fileUri', 'file\\u0055ri') : text);
  return new CallWire(geminiGenerate, operation, bytes, scanObject(bytes, 100));
}

function sent(body: JsonObject): string {
  const call = wire(body);
  const pieces = call.splice(geminiGenerate.upstreamEdits(call, {}));
  return Buffer.concat(pieces as Buffer[]).toString();
}

test('bytes go on as they are', () => {
  const body = { contents, unknown_field: { a: 1 } };
  assert.equal(sent(body), JSON.stringify(body));
});

test('a model in the body goes: the path names it', () => {
  assert.equal(sent({ model: 'virtual', contents }), JSON.stringify({ contents }));
});

describe('what fits', () => {
  const file = { parts: [{ fileData: { fileUri: 'https://a.example/b' } }] };
  const stored = { parts: [{ fileData: { fileUri: 'gs://b/x.pdf' } }] };
  const own = 'https://generativelanguage.googleapis.com/v1beta/files/1';
  const uploaded = { parts: [{ file_data: { file_uri: own } }] };
  const called = { parts: [{ functionCall: { name: 'f', args: { fileUri: 'gs://b/x.pdf' } } }] };
  for (const [why, body, operation, quirks, fits] of [
    ['a call', { contents }, 'chat', {}, true],
    ['a count of contents', { contents }, 'count', {}, true],
    ['a count that names the caller’s model', { generateContentRequest: { contents } }, 'count', {}, false],
    ['the same in the other spelling', { generate_content_request: { contents } }, 'count', {}, false],
    ['an address', { contents: [file] }, 'chat', {}, true],
    ['an address where only data is taken', { contents: [file] }, 'chat', { imageUrls: false }, false],
    ['a file in a bucket', { contents: [stored] }, 'chat', {}, false],
    ['a file in a bucket, its key written otherwise', { contents: [stored], hide: true }, 'chat', {}, false],
    ['a file in a bucket that is open', { contents: [stored] }, 'chat', { buckets: ['b'] }, true],
    [
      'a file in a bucket whose name begins alike',
      { contents: [stored] },
      'chat',
      { buckets: ['b-2'] },
      false,
    ],
    ['a file of the account', { contents: [uploaded] }, 'chat', { buckets: ['b'] }, false],
    ['a file of the account all share', { contents: [uploaded] }, 'chat', { sharedFiles: true }, true],
    ['a cache', { contents, cached_content: 'cachedContents/1' }, 'chat', {}, false],
    [
      'a cache all share',
      { contents, cachedContent: 'cachedContents/1' },
      'chat',
      { sharedFiles: true },
      true,
    ],
    [
      'a search in a store of the account',
      { contents, tools: [{ fileSearch: { fileSearchStoreNames: ['fileSearchStores/1'] } }] },
      'chat',
      { buckets: ['b'] },
      false,
    ],
    [
      'the same in the other spelling',
      { contents, tools: [{ file_search: { file_search_store_names: ['fileSearchStores/1'] } }] },
      'chat',
      {},
      false,
    ],
    [
      'a search in a data store of the project',
      { contents, tools: { retrieval: { vertexAiSearch: { datastore: 'projects/p/d' } } } },
      'chat',
      {},
      false,
    ],
    [
      'a search in what all share',
      { contents, tools: [{ retrieval: { vertexAiSearch: { datastore: 'projects/p/d' } } }] },
      'chat',
      { sharedFiles: true },
      true,
    ],
    [
      'a tool of the caller’s that is called like a search',
      {
        contents,
        tools: [{ functionDeclarations: [{ name: 'f', parameters: { properties: { retrieval: {} } } }] }],
      },
      'chat',
      {},
      true,
    ],
    ['a search of the web', { contents, tools: [{ googleSearch: {} }] }, 'chat', {}, true],
    ['arguments that look like a file', { contents: [called] }, 'chat', {}, true],
    [
      'an address in words only',
      { contents: [{ parts: [{ text: '"fileUri"' }] }] },
      'chat',
      { imageUrls: false },
      true,
    ],
  ] as const) {
    test(why, () => assert.equal(geminiGenerate.fits(wire(body, operation), quirks), fits));
  }
});

describe('an operator’s prompt stands before the caller’s own', () => {
  for (const [why, body, name, parts] of [
    ['none', {}, 'systemInstruction', []],
    ['a content', { systemInstruction: { parts: [{ text: 'a' }] } }, 'systemInstruction', [{ text: 'a' }]],
    ['one part', { system_instruction: { parts: { text: 'a' } } }, 'system_instruction', [{ text: 'a' }]],
    ['a text', { systemInstruction: 'a' }, 'systemInstruction', [{ text: 'a' }]],
  ] as const) {
    test(why, () => {
      const edit = geminiGenerate.prependSystem(wire({ contents, ...body }), 'First.');
      assert.equal(edit.name, name);
      assert.deepEqual(JSON.parse(edit.value ?? ''), { parts: [{ text: 'First.' }, ...parts] });
    });
  }
});
