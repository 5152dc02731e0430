import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { FrameKind } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { createDecoder } from './decode-reply.ts';
import { watchMessages } from './watch.ts';

interface Watched {
  readonly kinds: readonly FrameKind[];
  readonly fault: GatewayError | undefined;
  readonly passed: string;
}

function watch(stream: boolean, ...reads: readonly string[]): Watched {
  const kinds: FrameKind[] = [];
  const passed: string[] = [];
  let fault: GatewayError | undefined;
  const watcher = watchMessages(stream, {
    frame: (bytes, kind) => {
      kinds.push(kind);
      passed.push(bytes.toString());
    },
    fault: (error) => {
      fault = error;
    },
  });
  for (const read of reads) watcher.push(Buffer.from(read));
  watcher.end();
  return { kinds, fault, passed: passed.join('') };
}

function event(data: JsonObject): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}
function starts(id: string, content: readonly Json[] = []): string {
  return event({ type: 'message_start', message: { id, content, usage: { input_tokens: 1 } } });
}
const open = event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
const says = event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a' } });
const ends = event({
  type: 'message_delta',
  delta: { stop_reason: 'end_turn' },
  usage: { output_tokens: 1 },
});
const stop = event({ type: 'message_stop' });

const starters: readonly (readonly [why: string, reads: readonly string[], garbled: boolean])[] = [
  ['one start', [starts('a'), open, says, ends, stop], false],
  ['the same start again', [starts('a'), open, says, starts('a'), says, ends, stop], false],
  ['another start before any block', [starts('a'), starts('b'), open, says, ends, stop], false],
  ['another start after a block has begun', [starts('a'), open, starts('b'), says, ends, stop], true],
  ['another start after words', [starts('a'), open, says, starts('b'), says, ends, stop], true],
  ['another start in one read with words', [starts('a') + open, says + starts('b') + says, ends, stop], true],
  [
    'another start after blocks that came with the first',
    [starts('a', [{ type: 'text', text: 'x' }]), starts('b'), ends, stop],
    true,
  ],
];

for (const [why, reads, garbled] of starters) {
  test(`read along and decoded alike: ${why}`, () => {
    const { fault, passed } = watch(true, ...reads);
    assert.equal(fault?.code, garbled ? 'upstream_garbled' : undefined);
    if (garbled) assert.equal(passed.includes('"id":"b"'), false);
    const events: ReplyEvent[] = [];
    createDecoder(true, (one) => events.push(one)).push(Buffer.from(reads.join('')));
    const failure = events.find((one) => one.type === 'error');
    assert.equal(failure?.error.code, fault?.code);
    assert.equal(failure?.error.message, fault?.message);
  });
}

const errors: readonly (readonly [why: string, error: Json, code: string | undefined])[] = [
  ['its type says it', { type: 'overloaded_error', message: 'm' }, 'upstream_overloaded'],
  ['of no known type', { type: 'x', message: 'm' }, 'upstream_fault'],
  ['of no type', { message: 'm' }, 'upstream_fault'],
  ['a prompt that is too long', { message: 'prompt is too long: 5 tokens > 4 maximum' }, 'context_too_long'],
];

for (const [why, error, code] of errors) {
  test(`an error inside a reply: ${why}`, () => {
    assert.equal(watch(true, starts('a'), event({ type: 'error', error })).fault?.code, code);
    assert.equal(
      watch(true, starts('a'), open, says, `data: ${JSON.stringify({ error })}\n\n`).fault?.code,
      code,
    );
    assert.equal(watch(false, JSON.stringify({ type: 'error', error })).fault?.code, code);
  });
}

const loose: readonly (readonly [why: string, event: Json])[] = [
  ['a bare text', { error: 'boom' }],
  ['a bare text with its type', { type: 'error', error: 'boom' }],
  ['a message alone', { message: 'boom' }],
  ['flat, with its type', { type: 'error', message: 'boom' }],
  ['flat, as engines write it', { object: 'error', message: 'boom', type: 'BadRequestError', code: 500 }],
  ['details', { detail: 'boom' }],
];

for (const [why, wire] of loose) {
  test(`an error inside a reply, written loosely: ${why}`, () => {
    const data = `event: error\ndata: ${JSON.stringify(wire)}\n\n`;
    const events: ReplyEvent[] = [];
    createDecoder(true, (one) => events.push(one)).push(Buffer.from(starts('a') + data));
    const decoded = events.find((one) => one.type === 'error')?.error;
    createDecoder(false, (one) => events.push(one)).push(Buffer.from(JSON.stringify(wire)));
    const whole = events.findLast((one) => one.type === 'error')?.error;
    for (const fault of [
      decoded,
      whole,
      watch(true, starts('a'), data).fault,
      watch(true, starts('a'), open, says + data).fault,
      watch(false, JSON.stringify(wire)).fault,
    ]) {
      assert.equal(fault?.code, 'upstream_fault');
      assert.equal(fault?.detail.upstream?.message, 'boom');
    }
  });
}

test('events of types nobody knows are no errors', () => {
  const news = event({ type: 'news', message: 'boom' });
  assert.equal(watch(true, starts('a'), open, says, news, ends, stop).fault, undefined);
});

const message = { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'a' }] };
const bodies: readonly (readonly [why: string, body: JsonObject, garbled: boolean])[] = [
  ['a message', message, false],
  ['a message without its type', { content: message.content }, false],
  ['no content', { type: 'message' }, true],
  ['null for content', { ...message, content: null }, true],
  ['a text for content', { ...message, content: 'a' }, true],
  ['nothing to say, and why', { ...message, content: [], stop_reason: 'refusal' }, false],
  ['nothing to say', { ...message, content: [], stop_reason: null }, true],
  ['something else', { ...message, type: 'completion' }, true],
  ["a caller's message", { ...message, role: 'user' }, true],
];

for (const [why, body, garbled] of bodies) {
  test(`a whole reply, read along and decoded alike: ${why}`, () => {
    const { fault } = watch(false, JSON.stringify(body));
    assert.equal(fault?.code, garbled ? 'upstream_garbled' : undefined);
    const events: ReplyEvent[] = [];
    createDecoder(false, (one) => events.push(one)).push(Buffer.from(JSON.stringify(body)));
    const failure = events.find((one) => one.type === 'error');
    assert.equal(failure?.error.message, fault?.message);
  });
}

test('a count is a whole reply, too', () => {
  assert.equal(watch(false, '{"input_tokens":3}').fault, undefined);
  assert.equal(watch(false, '{"input_tokens":"x"}').fault?.code, 'upstream_garbled');
});

test('usage without a counter is no usage', () => {
  const silent = { frame: () => {}, fault: (error: GatewayError) => assert.fail(error) };
  for (const [usage, fresh] of [
    [{}, undefined],
    [{ input_tokens: null, service_tier: 'standard' }, undefined],
    [{ input_tokens: 4 }, 4],
  ] as const) {
    const whole = watchMessages(false, silent);
    whole.push(Buffer.from(JSON.stringify({ ...message, usage })));
    whole.end();
    assert.equal(whole.usage?.fresh, fresh);
    const streamed = watchMessages(true, silent);
    streamed.push(Buffer.from(event({ type: 'message_start', message: { id: 'a', usage } })));
    assert.equal(streamed.usage?.fresh, fresh);
    const events: ReplyEvent[] = [];
    createDecoder(false, (one) => events.push(one)).push(Buffer.from(JSON.stringify({ ...message, usage })));
    const counted = events.find((one) => one.type === 'usage');
    assert.equal(counted?.usage.fresh, fresh);
  }
});

test('the words of the upstream stay here', () => {
  const { fault } = watch(
    true,
    event({ type: 'error', error: { type: 'api_error', message: 'org-1 broke' } }),
  );
  assert.equal(fault?.text, 'The upstream failed.');
  assert.equal(fault?.detail.upstream?.message, 'org-1 broke');
});

test('usage of several reports is merged', () => {
  const watcher = watchMessages(true, { frame: () => {}, fault: (error) => assert.fail(error) });
  for (const read of [starts('a'), open, says, ends, stop]) watcher.push(Buffer.from(read));
  assert.equal(watcher.usage?.fresh, 1);
  assert.equal(watcher.usage?.output, 1);
});
