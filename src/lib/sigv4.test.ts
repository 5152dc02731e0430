// The signatures were made with AWS's own signer from keys that open nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AwsCredentials, Sigv4 } from './sigv4.ts';

const lasting: AwsCredentials = {
  accessKeyId: 'AKIAMADEUP00000001',
  secretAccessKey: 'made/up+secret0000000000000000000000001',
};
const passing: AwsCredentials = {
  accessKeyId: 'ASIAMADEUP00000002',
  secretAccessKey: 'made/up+secret0000000000000000000000002',
  sessionToken: 'made-up//session+token==',
};

interface Row {
  readonly why: string;
  readonly credentials: AwsCredentials;
  readonly region: string;
  readonly method: 'GET' | 'POST';
  readonly host: string;
  readonly path: string;
  readonly body: string;
  readonly at: string;
  readonly signature: string;
}

const rows: readonly Row[] = [
  {
    why: 'a model id with a colon',
    credentials: lasting,
    region: 'us-east-1',
    method: 'POST',
    host: 'bedrock-runtime.us-east-1.amazonaws.com',
    path: '/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/converse',
    body: '{"messages":[]}',
    at: '2026-11-20T10:11:12.345Z',
    signature: 'cbaf9f161b608bfa2d477538928e427cda68c190865782e18f6a72289d378e8e',
  },
  {
    why: 'an ARN with slashes',
    credentials: lasting,
    region: 'eu-central-1',
    method: 'POST',
    host: 'bedrock-runtime.eu-central-1.amazonaws.com',
    path: '/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Ainference-profile%2Feu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream',
    body: '{"messages":[{"role":"user","content":[{"text":"Grüße"}]}]}',
    at: '2026-11-20T23:59:59.999Z',
    signature: 'dafc78f9570537ed3a256ab09cba94725ef46dc707efa66fbe34b6fdf7a4f30a',
  },
  {
    why: 'a session token',
    credentials: passing,
    region: 'us-west-2',
    method: 'POST',
    host: 'bedrock-runtime.us-west-2.amazonaws.com',
    path: '/model/us.amazon.nova-pro-v1%3A0/invoke',
    body: '{}',
    at: '2026-01-01T00:00:00.000Z',
    signature: '1fb7dc0a91731b5ed97a0777e0b84ad7919f55a637294dca98cf8464c578fe70',
  },
  {
    why: 'no body',
    credentials: lasting,
    region: 'us-east-1',
    method: 'GET',
    host: 'bedrock.us-east-1.amazonaws.com',
    path: '/foundation-models',
    body: '',
    at: '2026-11-20T10:11:12.345Z',
    signature: 'de1e0344a0635f42002efdd49391d3a86908788c7343cb3c64b8216ff6063984',
  },
  {
    why: 'a query out of order',
    credentials: lasting,
    region: 'us-east-1',
    method: 'GET',
    host: 'bedrock.us-east-1.amazonaws.com',
    path: '/inference-profiles?type=SYSTEM_DEFINED&maxResults=1000&byName=a%20b%2Bc',
    body: '',
    at: '2026-11-20T10:11:12.345Z',
    signature: 'b5a96f266772a9f15467b6151bacae08d9782196b7e8a91d878ad7a28d7f7173',
  },
  {
    why: 'a port of its own',
    credentials: lasting,
    region: 'us-east-1',
    method: 'POST',
    host: '127.0.0.1:8443',
    path: '/model/x/converse',
    body: '{}',
    at: '2026-11-20T10:11:12.345Z',
    signature: '8aa6e09db13848117c81dd55c39e9de872f5fc138126b266b240c6523de1b219',
  },
  {
    why: 'letters that only signing encodes',
    credentials: lasting,
    region: 'us-east-1',
    method: 'POST',
    host: 'bedrock-runtime.us-east-1.amazonaws.com',
    path: "/model/it's(a)*model!/converse",
    body: '{}',
    at: '2026-11-20T10:11:12.345Z',
    signature: '99f593df805885f14ae1c6ebfc8da1976c42a8ca547716e4f07637bb1431a5eb',
  },
];

function headersOf(row: Row, signer: Sigv4, body: readonly Buffer[]): Readonly<Record<string, string>> {
  const { method, host, path, credentials, at } = row;
  const contentType = method === 'POST' ? 'application/json' : undefined;
  return signer.sign({ method, host, path, contentType, body }, credentials, Date.parse(at));
}

for (const row of rows) {
  test(`signed as the vendor would: ${row.why}`, () => {
    const headers = headersOf(row, new Sigv4(row.region, 'bedrock'), [Buffer.from(row.body)]);
    assert.equal(headers['authorization']?.split('Signature=')[1], row.signature);
    assert.equal(headers['x-amz-security-token'], row.credentials.sessionToken);
  });
}

const [first, , , , , port] = rows as readonly [Row, Row, Row, Row, Row, Row];

test('a body in pieces is one body', () => {
  const bytes = Buffer.from(first.body);
  const pieces = [bytes.subarray(0, 3), bytes.subarray(3, 3), bytes.subarray(3)];
  const signer = new Sigv4(first.region, 'bedrock');
  assert.ok(headersOf(first, signer, pieces)['authorization']?.endsWith(first.signature));
});

test('the key of a day is not used on another, nor for another secret', () => {
  const signer = new Sigv4('us-east-1', 'bedrock');
  const body = [Buffer.from(first.body)];
  headersOf({ ...first, at: '2026-11-19T10:11:12.345Z' }, signer, body);
  assert.ok(headersOf(first, signer, body)['authorization']?.endsWith(first.signature));
  headersOf({ ...first, credentials: passing }, signer, body);
  assert.ok(headersOf(first, signer, body)['authorization']?.endsWith(first.signature));
});

test('what is signed is named, and nothing else is stated', () => {
  const headers = headersOf(port, new Sigv4(port.region, 'bedrock'), [Buffer.from(port.body)]);
  assert.deepEqual(Object.keys(headers).sort(), ['authorization', 'x-amz-date']);
  assert.match(headers['authorization'] ?? '', /SignedHeaders=content-type;host;x-amz-date,/);
  assert.equal(headers['x-amz-date'], '20261120T101112Z');
});
