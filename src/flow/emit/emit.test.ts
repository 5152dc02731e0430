import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failedEnd, fakeCall, fakeHead, okEnd } from '../../../test/testkit/flow-doubles.ts';
import { CallWire } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Protocol } from '../../canonical/protocol.ts';
import { Cancel } from '../../lib/cancel.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { anthropicMessages } from '../../protocols/anthropic-messages/index.ts';
import { openaiChat } from '../../protocols/openai-chat/index.ts';
import { openaiResponses } from '../../protocols/openai-responses/index.ts';
import { Emitter } from './emit.ts';
import { RecordingOutlet } from './recording-outlet.ts';

function rig(face: Protocol, body: object) {
  const outlet = new RecordingOutlet();
  const cancel = new Cancel();
  const call = fakeCall({ face, body: JSON.stringify({ model: 'm', max_tokens: 9, messages: [], ...body }) });
  const emitter = new Emitter({ face, callId: call.id, outlet, cancel, receipt: call.receipt, now: () => 0 });
  emitter.expect(call);
  return { outlet, cancel, call, emitter };
}

const chatStream = fakeHead({ protocol: openaiChat, stream: true });
const chatBody = fakeHead({ protocol: openaiChat, stream: false });
const word = 'data: {"id":"x","model":"u","choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n';
const stop = 'data: {"id":"x","model":"u","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
const usage = 'data: {"id":"x","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n';
const end = 'data: [DONE]\n\n';
const body =
  '{"id":"x","object":"chat.completion","model":"u","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}';
const broke = new GatewayError('upstream_reset', 'It broke.');

function play(emitter: Emitter, ...frames: readonly string[]): void {
  for (const frame of frames) {
    emitter.frame(
      Buffer.from(frame),
      frame === usage ? 'usage' : frame === end || frame === body ? 'terminal' : 'content',
    );
  }
}

test('the same dialect and shape go through byte for byte, less the usage nobody asked for', () => {
  const { emitter, outlet } = rig(openaiChat, { stream: true });
  emitter.start(chatStream);
  play(emitter, word, stop, usage, end);
  emitter.finish(okEnd());
  assert.equal(outlet.text, word + stop + end);
  assert.equal(outlet.headers['content-type'], 'text/event-stream; charset=utf-8');
  assert.equal(outlet.ended, true);
});

test('who asks for usage sees it', () => {
  const { emitter, outlet } = rig(openaiChat, { stream: true, stream_options: { include_usage: true } });
  emitter.start(chatStream);
  play(emitter, word, stop, usage, end);
  emitter.finish(okEnd());
  assert.equal(outlet.text, word + stop + usage + end);
});

test('a whole body states its length', () => {
  const { emitter, outlet } = rig(openaiChat, {});
  emitter.start(chatBody);
  play(emitter, body);
  emitter.finish(okEnd());
  assert.equal(outlet.text, body);
  assert.equal(outlet.length, body.length);
});

test('a stream becomes a body for who did not stream', () => {
  const { emitter, outlet } = rig(openaiChat, {});
  emitter.start(chatStream);
  play(emitter, word, stop, usage, end);
  emitter.finish(okEnd());
  const reply = JSON.parse(outlet.text) as { choices: { message: { content: string } }[] };
  assert.equal(reply.choices[0]?.message.content, 'hi');
  assert.equal(outlet.headers['content-type'], 'application/json');
});

test('a body becomes a stream for who did', () => {
  const { emitter, outlet } = rig(openaiChat, { stream: true });
  emitter.start(chatBody);
  play(emitter, body);
  emitter.finish(okEnd());
  assert.ok(outlet.text.includes('"content":"hi"') && outlet.text.endsWith(end));
});

test('another dialect is spoken to who speaks it', () => {
  const { emitter, outlet } = rig(anthropicMessages, { stream: true });
  emitter.start(chatStream);
  play(emitter, word, stop, usage, end);
  emitter.finish(okEnd());
  assert.match(outlet.text, /^event: message_start\n/);
  assert.match(outlet.text, /event: message_stop\ndata: [^\n]*\n\n$/);
});

test('an error before the start is a status in the dialect of the caller', () => {
  const { emitter, outlet } = rig(anthropicMessages, {});
  emitter.finish(failedEnd(broke));
  assert.equal(outlet.status, 502);
  assert.equal((JSON.parse(outlet.text) as { type: string }).type, 'error');
  assert.equal(outlet.headers['x-request-id'], 'call-1');
});

test('an error after the start is an event, and no end marker follows', () => {
  const { emitter, outlet } = rig(openaiChat, { stream: true });
  emitter.start(chatStream);
  play(emitter, word);
  emitter.finish(failedEnd(broke, true));
  assert.match(outlet.text.slice(word.length), /^data: \{"error":/);
  assert.ok(!outlet.text.includes('[DONE]') && !outlet.text.includes('finish_reason'));
  assert.equal(outlet.ended, true);
});

test('an error goes on from what was said, where the dialect counts its events', () => {
  const events = [
    'data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_up"}}\n\n',
    'data: {"type":"response.output_text.delta","sequence_number":1,"delta":"hi"}\n\n',
  ];
  for (const translated of [false, true]) {
    const { emitter, outlet } = rig(openaiResponses, { stream: true, input: 'x' });
    if (translated) emitter.start(chatStream);
    else emitter.start(fakeHead({ protocol: openaiResponses, stream: true }));
    play(emitter, ...(translated ? [word] : events));
    emitter.finish(failedEnd(broke, true));
    const numbers = [...outlet.text.matchAll(/"sequence_number":(\d+)/g)].map(([, number]) => Number(number));
    assert.deepEqual(numbers, [...numbers.keys()], outlet.text);
    const ids = [...outlet.text.matchAll(/"response":\{"id":"([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, 1, 'one id from the first event to the last');
    assert.match(outlet.text, /event: response\.failed\ndata: .*\n\n$/);
  }
});

test('nothing is written to a caller who has left', () => {
  const { emitter, outlet } = rig(openaiChat, { stream: true });
  emitter.finish(failedEnd(new GatewayError('client_gone', 'gone')));
  assert.equal(outlet.text, '');
  assert.equal(outlet.wasCut, true);
});

test('the end of an answer is kept until the call is over', () => {
  const stream = rig(openaiChat, { stream: true });
  stream.emitter.start(chatStream);
  play(stream.emitter, word, stop, end);
  assert.equal(stream.outlet.text, word + stop);
  stream.emitter.finish(failedEnd(new GatewayError('overloaded', 'No room to record it.'), true));
  assert.ok(stream.outlet.text.includes('"error"') && !stream.outlet.text.includes('[DONE]'));

  const whole = rig(openaiChat, {});
  whole.emitter.start(chatBody);
  play(whole.emitter, body);
  assert.equal(whole.outlet.status, 0);
  whole.emitter.finish(failedEnd(new GatewayError('overloaded', 'No room to record it.')));
  assert.equal(whole.outlet.status, 503);
});

test('a stream of which nothing was written yet can still become a status', () => {
  const { emitter, outlet } = rig(openaiChat, { stream: true });
  emitter.start(chatStream);
  play(emitter, end);
  emitter.finish(failedEnd(new GatewayError('overloaded', 'No room to record it.')));
  assert.equal(outlet.status, 503);
});

test('a body in several pieces is put together', () => {
  const { emitter, outlet } = rig(openaiChat, {});
  emitter.start(chatBody);
  emitter.frame(Buffer.from(body.slice(0, 20)), 'content');
  emitter.frame(Buffer.from(body.slice(20)), 'terminal');
  emitter.finish(okEnd());
  assert.equal(outlet.text, body);
  assert.equal(outlet.length, body.length);
});

test('an estimate counts the history that was added to the call', () => {
  const told = (history: string): number => {
    const { emitter, outlet, call } = rig(anthropicMessages, { stream: true });
    const bytes = Buffer.from(JSON.stringify({ model: 'm', messages: [history] }));
    emitter.recalled(new CallWire(call.face, 'chat', bytes, scanObject(bytes, 64)));
    emitter.start(chatStream);
    play(emitter, word, stop, end);
    emitter.finish(okEnd());
    return Number(/"input_tokens":([1-9]\d*)/.exec(outlet.text)?.[1]);
  };
  assert.equal(told('x'.repeat(4_000)) - told(''), 1_000);
});

test('who must be told usage is told an estimate when the upstream keeps silent', () => {
  const { emitter, outlet } = rig(anthropicMessages, { stream: true });
  emitter.start(chatStream);
  play(emitter, word, word, stop, end);
  emitter.finish(okEnd());
  const told = [...outlet.text.matchAll(/"output_tokens":(\d+)/g)].at(-1);
  assert.equal(told?.[1], '2');
});

test('what became of the call is in the headers, printable whatever the model is called', () => {
  const { emitter, outlet, call } = rig(openaiChat, {});
  Object.assign(call.receipt, {
    model: 'smärt\n',
    upstream: 'up',
    upstreamModel: 'big',
    cache: 'miss',
    changed: ['temperature locked'],
    ledger: [{ field: 'seed', outcome: 'dropped' }],
    limits: { requests: { limit: 60, remaining: 59, reset: 1_000 } },
  });
  emitter.start(chatBody);
  play(emitter, body);
  emitter.finish(okEnd());
  assert.equal(outlet.headers['x-signalbox-model'], 'sm?rt?');
  assert.equal(outlet.headers['x-signalbox-upstream'], 'up/big');
  assert.equal(outlet.headers['x-signalbox-cache'], 'miss');
  assert.equal(outlet.headers['x-signalbox-changed'], 'temperature locked');
  assert.equal(outlet.headers['x-signalbox-translation'], 'dropped=seed');
  assert.equal(outlet.headers['x-ratelimit-remaining-requests'], '59');
  assert.equal(outlet.headers['x-ratelimit-reset-requests'], '1s');
});

test('what became of the call is told in few bytes, however much it is', () => {
  const { emitter, outlet, call } = rig(openaiChat, {});
  const names = Array.from({ length: 1_000 }, (_, i) => `field_${i}→`);
  Object.assign(call.receipt, {
    changed: names,
    ledger: names.map((field) => ({ field, outcome: 'dropped' })),
    replyLedger: names.map((field) => ({ field, outcome: 'mapped' })),
  });
  emitter.start(chatBody);
  play(emitter, body);
  emitter.finish(okEnd());
  for (const name of ['x-signalbox-changed', 'x-signalbox-translation']) {
    assert.match(outlet.headers[name] ?? '', /^[\x20-\x7e]{2048}$/);
  }
});
