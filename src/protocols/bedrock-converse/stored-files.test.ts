import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CallWire } from '../../canonical/call-wire.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { decodeCall } from './decode-call.ts';
import { encodeCall } from './encode-call.ts';
import { bedrockConverse } from './index.ts';

describe('a file that the vendor would read with our rights', () => {
  const call = (source: JsonObject) => ({
    messages: [{ role: 'user', content: [{ video: { format: 'mp4', source } }] }],
  });
  const more = (fields: JsonObject) => ({
    messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
    additionalModelRequestFields: fields,
  });
  const stored = { s3Location: { uri: 's3://bucket/a.mp4' } };
  const rows: readonly (readonly [string, JsonObject, readonly string[] | undefined, boolean])[] = [
    ['no bucket is open', call(stored), undefined, false],
    ['another one is', call(stored), ['bucket-2', 'buck'], false],
    ['it is', call(stored), ['bucket'], true],
    ['an address without a bucket', call({ s3Location: {} }), ['bucket'], false],
    ['bytes', call({ bytes: 'aGk=' }), undefined, true],
    ['a place among the model’s own fields', more({ a: [{ uri: 's3://bucket/a' }] }), ['bucket-2'], false],
    ['several of them', more({ places: ['x', 'S3://bucket/a'] }), undefined, false],
    ['a place in a bucket that is open', more({ places: ['s3://bucket/a'] }), ['bucket'], true],
    ['the name of what else the account has', more({ base: 'arn:aws:bedrock:x' }), ['bucket'], false],
    ['plain fields of the model’s own', more({ beta: ['b1'], depth: 2 }), undefined, true],
  ];
  for (const [why, body, buckets, taken] of rows) {
    test(why, () => {
      const quirks = buckets === undefined ? {} : { buckets };
      const encoded = () =>
        encodeCall(decodeCall(body), {
          model: 'amazon.nova-pro-v1:0',
          ledger: new Ledger(),
          quirks,
          facts: undefined,
          operation: 'chat',
        });
      if (taken) assert.deepEqual(encoded().body['messages'], body['messages']);
      else assert.throws(encoded, { code: 'unsupported' });
      for (const text of [JSON.stringify(body), JSON.stringify(body).replace('s3Loc', '\\u0073\\u0033Loc')]) {
        const bytes = Buffer.from(text);
        const wire = new CallWire(bedrockConverse, 'chat', bytes, scanObject(bytes, 100));
        assert.equal(bedrockConverse.fits(wire, quirks), taken);
      }
    });
  }
});
