// One suite for every dialect: what it decodes it can encode again without changing its mind, its errors keep
// their meaning, and its own sign of life disturbs nobody.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ErrorCode, errorTable, GatewayError } from '../../src/canonical/errors.ts';
import type { JsonObject } from '../../src/canonical/json.ts';
import { Ledger } from '../../src/canonical/ledger.ts';
import type { Protocol } from '../../src/canonical/protocol.ts';
import type { ReplyEvent } from '../../src/canonical/reply.ts';
import { isFace } from '../../src/canonical/upstream-only.ts';
import { protocols } from '../../src/protocols/registry.ts';
import { dialectOf, dialects } from '../matrix/dialects/registry.ts';
import { readAlong } from '../matrix/read-along.ts';
import { messagesBody } from '../testkit/replies.ts';
import { asUpstream } from './as-upstream.ts';

function encode(protocol: Protocol, body: JsonObject): JsonObject {
  const content = protocol.decodeCall(body, 'chat');
  // What lies in an account that callers share may be named: that it may not is tested where it is forbidden.
  const quirks = { sharedFiles: true, buckets: ['bucket'] };
  const options = { ledger: new Ledger(), quirks, facts: undefined, operation: 'chat' } as const;
  return protocol.encodeCall(content, { model: content.model, ...options }).body;
}

/** Identities are hashed on every trip. */
function unhashed({
  safety_identifier: _,
  prompt_cache_key: __,
  metadata: ___,
  ...body
}: JsonObject): JsonObject {
  return body;
}

/** What was encoded for a stream of bytes has a character per byte. */
function streamBytes(protocol: Protocol, stream: string | Buffer): Buffer {
  if (Buffer.isBuffer(stream)) return stream;
  return Buffer.from(stream, protocol.binaryStream === true ? 'latin1' : 'utf8');
}

function decodeStream(protocol: Protocol, stream: string | Buffer): readonly ReplyEvent[] {
  return readAlong(protocol.id, [streamBytes(protocol, stream)]).events;
}

function decodeBody(protocol: Protocol, body: string): readonly ReplyEvent[] {
  const events: ReplyEvent[] = [];
  protocol.decoder(false, (event) => events.push(event), 'chat').push(Buffer.from(body));
  return events;
}

interface Encoded {
  readonly text: string;
  /** The encoder named something the dialect cannot say. */
  readonly lossy: boolean;
}

function encodeReply(protocol: Protocol, events: readonly ReplyEvent[], stream: boolean): Encoded {
  const encoder = protocol.encoder({
    stream,
    includeUsage: true,
    created: 1,
    callId: 'req_1',
    operation: 'chat',
  });
  const text = events.map((event) => encoder.event(event)).join('');
  return { text, lossy: encoder.ledger.entries.length > 0 };
}

/** What events say. Pings, splits of text, ids and how often usage is stated are the wire's business. */
function meaning(events: readonly ReplyEvent[]): readonly unknown[] {
  const said: unknown[] = [];
  const texts = new Map<number, string>();
  let usage: unknown;
  for (const event of events) {
    if (event.type === 'delta') texts.set(event.index, (texts.get(event.index) ?? '') + event.text);
    else if (event.type === 'start') said.push({ type: 'start', model: event.model });
    else if (event.type === 'usage') usage = event.usage;
    else if (event.type !== 'ping') said.push(event);
  }
  return [...said, [...texts].filter(([, text]) => text !== ''), usage];
}

/** Where the matrix has no cases for a dialect that only upstreams speak, the tests beside it tell of it. */
const told = protocols.filter(
  (protocol) => isFace(protocol) || dialects.some((one) => one.protocol === protocol.id),
);

for (const protocol of told) {
  const dialect = dialectOf(protocol.id);
  const [base] = Object.values(dialect.calls);

  describe(`${protocol.id}: calls`, () => {
    for (const [name, { body }] of Object.entries(dialect.calls)) {
      it(`${name} is the same after a second trip`, () => {
        const once = encode(protocol, { model: 'm', ...body });
        assert.deepEqual(unhashed(encode(protocol, once)), unhashed(once));
      });
    }

    for (const [parameter, fields] of Object.entries(protocol.parameters)) {
      it(`${parameter} is read from ${fields.join(', ')}`, () => {
        const value: unknown = sampleOf(parameter);
        for (const field of fields) {
          const [outer = '', inner] = field.split('.');
          const given = inner === undefined ? { [outer]: value } : { [outer]: { [inner]: value } };
          const content = protocol.decodeCall({ model: 'm', ...base?.body, ...given } as JsonObject, 'chat');
          const nothing = protocol.decodeCall({ model: 'm', ...base?.body } as JsonObject, 'chat');
          assert.notDeepEqual(content, nothing, `${field} changes nothing`);
          assert.deepEqual(content.extras, {}, `${field} is a field without a meaning`);
        }
      });
    }
  });

  if (!isFace(protocol)) {
    it(`${protocol.id}, which nobody calls us in, says so when it is asked to be a face`, () => {
      const asked = /is spoken to upstreams only/;
      assert.throws(() => protocol.decodeCall({}, 'chat'), asked);
      assert.throws(() => protocol.encodeError(new GatewayError('internal', 'It broke.'), 'req_1'), asked);
    });
  }

  describe(`${protocol.id}: replies`, () => {
    for (const [name, reply] of Object.entries(dialect.replies)) {
      if (isFace(protocol)) {
        it(`${name}, streamed, is the same after a second trip, or the loss is named`, () => {
          const events = decodeStream(protocol, reply.stream);
          assert.equal(events.at(-1)?.type, 'end');
          const { text, lossy } = encodeReply(protocol, events, true);
          const again = decodeStream(protocol, text);
          if (!lossy) assert.deepEqual(meaning(again), meaning(events));
          else assert.equal(again.at(-1)?.type, 'end');
        });
        it(`${name}, whole, is the same after a second trip, or the loss is named`, () => {
          const events = decodeBody(protocol, JSON.stringify(reply.body));
          assert.equal(events.at(-1)?.type, 'end');
          const { text, lossy } = encodeReply(protocol, events, false);
          const again = decodeBody(protocol, text);
          if (!lossy) assert.deepEqual(meaning(again), meaning(events));
          else assert.equal(again.at(-1)?.type, 'end');
        });
      }
      it(`${name} says the same streamed and whole`, () => {
        const streamed = decodeStream(protocol, reply.stream);
        const whole = decodeBody(protocol, JSON.stringify(reply.body));
        assert.deepEqual(meaning(streamed), meaning(whole));
      });
      it(`${name} is undisturbed by signs of life`, () => {
        const text = streamBytes(protocol, reply.stream).toString(
          protocol.binaryStream === true ? 'latin1' : 'utf8',
        );
        const lively = `${protocol.keepalive}${text.replaceAll('\n\n', `\n\n${protocol.keepalive}`)}`;
        const { fault, events } = readAlong(protocol.id, [streamBytes(protocol, lively)]);
        assert.equal(fault, undefined);
        assert.deepEqual(meaning(events), meaning(decodeStream(protocol, reply.stream)));
      });
    }
  });

  describe(`${protocol.id}: errors`, () => {
    for (const code of isFace(protocol) ? (Object.keys(errorTable) as ErrorCode[]) : []) {
      it(`${code} becomes ${asUpstream[code].join(' or ')} when it comes from an upstream`, () => {
        const context = { input: 2000, output: 100, limit: 2048 };
        const detail = code === 'context_too_long' ? { context } : {};
        const sent = new GatewayError(code, 'Something is wrong with it.', {
          param: 'model',
          retryAfter: 7,
          ...detail,
        });
        const { status, headers, body } = protocol.encodeError(sent, 'req_1');
        assert.ok(status >= 400 && status < 600);
        const got = protocol.decodeError(status, headers, Buffer.from(body));
        assert.ok(asUpstream[code].includes(got.code), `${got.code}: ${body}`);
        if (status === 429 || status === 503) assert.equal(got.detail.retryAfter, 7);
      });

      it(`${code} in a stream ends it as an error`, () => {
        const error = new GatewayError(code, 'Something is wrong with it.');
        const text = protocol.encodeStreamError(error, 'req_1');
        const { fault, kinds } = readAlong(protocol.id, [streamBytes(protocol, text)]);
        assert.notEqual(fault, undefined);
        assert.deepEqual(kinds, []);
      });
    }

    for (const [why, body] of [
      ['nothing', ''],
      ['HTML', '<html>no</html>'],
      ['JSON of another kind', '[1]'],
      ['null', 'null'],
      ['an error that is null', '{"error":null}'],
      ['another kind of reply', JSON.stringify(messagesBody())],
    ] as const) {
      it(`an error of ${why} is one all the same`, () => {
        for (const [status, blame] of [
          [400, 'caller'],
          [500, 'upstream'],
        ] as const) {
          const error = protocol.decodeError(status, {}, Buffer.from(body));
          assert.ok(error instanceof GatewayError);
          assert.ok(error.message.length > 10);
          if (status === 500) assert.equal(error.blame, blame);
        }
      });
    }
  });
}

function sampleOf(parameter: string): unknown {
  if (parameter === 'stop') return ['END'];
  if (parameter === 'logprobs') return true;
  if (parameter === 'reasoning_effort') return 'high';
  return parameter === 'temperature' || parameter === 'top_p' ? 0.5 : 3;
}
