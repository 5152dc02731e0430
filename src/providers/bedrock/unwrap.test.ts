import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../canonical/json.ts';
import type { Transport, WireCall, WireEnd, WireHead, WireHeaders } from '../../canonical/wire.ts';
import { Cancel } from '../../lib/cancel.ts';
import { encodeHeaders, encodeMessage } from '../../lib/event-stream.ts';
import { anthropicMessages } from '../../protocols/anthropic-messages/index.ts';
import { unwrapTransport } from './unwrap.ts';

const event = encodeHeaders({
  ':event-type': 'chunk',
  ':content-type': 'application/json',
  ':message-type': 'event',
});

function chunk(json: string): Buffer {
  const bytes = Buffer.from(json).toString('base64');
  return encodeMessage(event, JSON.stringify({ bytes, p: 'abcdef' }));
}

function exception(type: string, message: string): Buffer {
  const headers = encodeHeaders({ ':exception-type': type, ':message-type': 'exception' });
  return encodeMessage(headers, JSON.stringify({ message }));
}

interface Upstream {
  readonly status?: number;
  readonly headers: WireHeaders;
  readonly pieces: readonly Buffer[];
  readonly end?: WireEnd;
}

interface Got {
  readonly head: WireHead | undefined;
  readonly text: string;
  readonly end: WireEnd;
  readonly cancelled: boolean;
}

async function through(path: string, upstream: Upstream): Promise<Got> {
  const inner: Transport = {
    send: (_wire, to) => {
      to.head({ status: upstream.status ?? 200, headers: upstream.headers });
      for (const piece of upstream.pieces)
        to.data(piece, { pause: () => undefined, resume: () => undefined });
      return Promise.resolve(upstream.end ?? { ok: true });
    },
    close: () => undefined,
  };
  const cancel = new Cancel();
  const wire: WireCall = {
    origin: { tls: true, host: 'x', port: 443 },
    method: 'POST',
    path,
    headers: {},
    body: [],
    timers: { connect: 1, firstByte: 1, firstContent: 1, idle: 1, total: 1 },
    cancel,
  };
  let head: WireHead | undefined;
  let text = '';
  const end = await unwrapTransport(inner).send(wire, {
    head: (got) => {
      head = got;
    },
    data: (bytes) => {
      text += bytes.toString();
    },
  });
  return { head, text, end, cancelled: cancel.requested };
}

const STREAM = '/model/anthropic.claude/invoke-with-response-stream';
const WHOLE = '/model/anthropic.claude/invoke';
const binary = { 'content-type': 'application/vnd.amazon.eventstream' };

const start = '{"type":"message_start","message":{"id":"msg_bdrk_1","usage":{"input_tokens":3}}}';
const says = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße 🤔"}}';
const odd = '{\n "type": "ping"\n}';
const stream = Buffer.concat([start, says, odd].map(chunk));
const plain = `event: message_start\ndata: ${start}\n\nevent: content_block_delta\ndata: ${says}\n\nevent: ping\ndata: {"type":"ping"}\n\n`;

test('events in binary messages leave as server-sent events, however they were cut', async () => {
  for (let at = 0; at <= stream.length; at += 1) {
    const got = await through(STREAM, {
      headers: binary,
      pieces: [stream.subarray(0, at), stream.subarray(at)],
    });
    assert.equal(got.text, plain, `cut at ${at}`);
    assert.equal(got.head?.headers['content-type'], 'text/event-stream');
    assert.deepEqual(got.end, { ok: true });
  }
});

const exceptions: readonly (readonly [type: string, message: string, code: string])[] = [
  ['throttlingException', 'Too many requests, please wait.', 'upstream_rate_limited'],
  ['modelTimeoutException', 'Took too long.', 'upstream_timeout'],
  ['serviceUnavailableException', 'Not now.', 'upstream_overloaded'],
  ['internalServerException', 'Oops.', 'upstream_fault'],
  ['modelStreamErrorException', 'The model broke.', 'upstream_fault'],
  ['validationException', 'max_tokens: must be positive', 'bad_request'],
  ['validationException', 'prompt is too long: 210000 tokens > 200000 maximum', 'context_too_long'],
];

for (const [type, message, code] of exceptions) {
  test(`an exception in a stream is an error of Messages: ${type}, ${message}`, async () => {
    const got = await through(STREAM, { headers: binary, pieces: [chunk(start), exception(type, message)] });
    let fault: string | undefined;
    const watcher = anthropicMessages.watch(
      true,
      {
        frame: () => undefined,
        fault: (error) => {
          fault = error.code;
        },
      },
      'chat',
    );
    watcher.push(Buffer.from(got.text));
    assert.equal(fault, code);
  });
}

test('a message whose checksum is wrong ends the call as garbled', async () => {
  const bytes = Buffer.from(stream);
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
  const got = await through(STREAM, { headers: binary, pieces: [bytes] });
  assert.ok(!got.end.ok && got.end.error.code === 'upstream_garbled');
  assert.equal(got.cancelled, true);
  assert.ok(!got.text.includes('ping'));
});

test('a message that wraps nothing ends the call as garbled', async () => {
  const got = await through(STREAM, { headers: binary, pieces: [encodeMessage(event, '{"other":1}')] });
  assert.ok(!got.end.ok && got.end.error.code === 'upstream_garbled');
});

test('messages of kinds nobody knows are passed over', async () => {
  const news = encodeMessage(encodeHeaders({ ':event-type': 'news', ':message-type': 'event' }), '{}');
  const got = await through(STREAM, { headers: binary, pieces: [news, stream] });
  assert.equal(got.text, plain);
});

const refusals: readonly (readonly [
  why: string,
  status: number,
  type: string | undefined,
  body: JsonObject | string,
  code: string,
])[] = [
  ['throttled', 429, 'ThrottlingException', { message: 'Too many requests' }, 'upstream_rate_limited'],
  [
    'out of tokens for today',
    429,
    'ThrottlingException',
    { message: 'Too many tokens per day' },
    'upstream_quota',
  ],
  ['over quota', 400, 'ServiceQuotaExceededException', { message: 'Quota.' }, 'upstream_quota'],
  ['not ready', 429, 'ModelNotReadyException', { message: 'Loading.' }, 'upstream_overloaded'],
  [
    'timed out',
    408,
    'ModelTimeoutException:http://internal.amazon.com/',
    { message: 'Slow.' },
    'upstream_timeout',
  ],
  ['the model failed', 424, 'ModelErrorException', { message: 'It broke.' }, 'upstream_fault'],
  ['no access', 403, 'AccessDeniedException', { message: 'No.' }, 'upstream_auth'],
  [
    'a wrong model',
    400,
    'ValidationException',
    { message: 'The provided model identifier is invalid.' },
    'upstream_model_missing',
  ],
  [
    'too long',
    400,
    'ValidationException',
    { message: 'Input is too long for requested model.' },
    'context_too_long',
  ],
  ['a wrong field', 400, 'ValidationException', { message: 'tools.0: Field required' }, 'bad_request'],
  ['a proxy page', 503, undefined, '<html>', 'upstream_overloaded'],
];

for (const [why, status, type, body, code] of refusals) {
  for (const path of [STREAM, WHOLE]) {
    test(`a refusal is one of Messages: ${why} (${path.slice(24)})`, async () => {
      const headers: WireHeaders = {
        'content-type': 'application/json',
        'retry-after': '7',
        ...(type === undefined ? {} : { 'x-amzn-errortype': type }),
      };
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const pieces = [Buffer.from(text.slice(0, 5)), Buffer.from(text.slice(5))];
      const got = await through(path, { status, headers, pieces });
      const error = anthropicMessages.decodeError(
        got.head?.status ?? 0,
        got.head?.headers ?? {},
        Buffer.from(got.text),
      );
      assert.equal(error.code, code);
      assert.equal(error.detail.retryAfter, 7);
      if (typeof body !== 'string' && error.blame === 'caller') assert.equal(error.message, body['message']);
    });
  }
}

test('a whole reply and other paths pass through untouched', async () => {
  const body = Buffer.from('{"type":"message"}');
  const whole = await through(WHOLE, { headers: { 'content-type': 'application/json' }, pieces: [body] });
  assert.equal(whole.text, body.toString());
  const converse = await through('/model/x/converse-stream', {
    headers: binary,
    pieces: [Buffer.from('raw')],
  });
  assert.deepEqual([converse.text, converse.head?.headers['content-type']], ['raw', binary['content-type']]);
});

test('a connection that broke stays broken', async () => {
  const end: WireEnd = { ok: false, error: new Error('x') as never, sent: true };
  assert.equal((await through(STREAM, { headers: binary, pieces: [stream], end })).end, end);
});
