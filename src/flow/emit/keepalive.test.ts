import assert from 'node:assert/strict';
import { test } from 'node:test';
import { converseEvents, converseStream } from '../../../test/testkit/converse-replies.ts';
import { FakeClock, failedEnd, fakeCall, fakeHead, okEnd } from '../../../test/testkit/flow-doubles.ts';
import { generateStream } from '../../../test/testkit/generate-replies.ts';
import { ollamaStream } from '../../../test/testkit/ollama-replies.ts';
import { chatStream, messagesStream } from '../../../test/testkit/replies.ts';
import { responsesStream } from '../../../test/testkit/responses-replies.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { FrameKind, Operation, Protocol } from '../../canonical/protocol.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { Cancel } from '../../lib/cancel.ts';
import { Deadlines } from '../../lib/deadlines.ts';
import { anthropicMessages } from '../../protocols/anthropic-messages/index.ts';
import { bedrockConverse } from '../../protocols/bedrock-converse/index.ts';
import { geminiGenerate } from '../../protocols/gemini-generate/index.ts';
import { ollamaChat } from '../../protocols/ollama-chat/index.ts';
import { openaiChat } from '../../protocols/openai-chat/index.ts';
import { openaiResponses } from '../../protocols/openai-responses/index.ts';
import { Emitter } from './emit.ts';
import { RecordingOutlet } from './recording-outlet.ts';

const PERIOD = 16_000;
const text = { text: ['Hel', 'lo'] };
const broke = new GatewayError('upstream_reset', 'It broke.');

interface Options {
  readonly stream?: boolean;
  readonly general?: number;
  readonly own?: number;
  readonly operation?: Operation;
  readonly headers?: WireHeaders;
}

/** A caller in this dialect who waits from 0 on; `model` is what it asks for by its name in the config. */
function rig(
  face: Protocol,
  { stream = true, general = PERIOD, own, operation = 'chat', headers = {} }: Options = {},
) {
  const clock = new FakeClock();
  const wheel = new Deadlines(clock, clock, 100);
  const outlet = new RecordingOutlet();
  const cancel = new Cancel();
  const usage = { include_usage: true };
  const body = { model: 'm', messages: [], input: 'x', store: false, stream, stream_options: usage };
  const call = { ...fakeCall({ face, body, operation, headers }), stream };
  const keepalives = {
    wheel,
    least: Math.min(general, own ?? general),
    of: (model: string) => (model === 'm' ? (own ?? general) : general),
  };
  const { receipt } = call;
  const emitter = new Emitter({
    face,
    callId: call.id,
    outlet,
    cancel,
    receipt,
    now: () => clock.now(),
    keepalives,
  });
  emitter.expect(call);
  receipt.model = 'm';
  // The first look sets its watch.
  clock.advance(100);
  return { clock, wheel, outlet, cancel, receipt, emitter };
}

/** The frames of a stream, as this dialect's own watcher cuts them. */
function framesOf(protocol: Protocol, stream: string | Buffer): [Buffer, FrameKind][] {
  const frames: [Buffer, FrameKind][] = [];
  const watcher = protocol.watch(
    true,
    { frame: (bytes, kind) => frames.push([bytes, kind]), fault: (error) => assert.fail(error.message) },
    'chat',
  );
  // One event a frame, so that there is an inside.
  for (const event of eventsOf(stream)) watcher.push(event);
  watcher.end();
  return frames;
}

function eventsOf(stream: string | Buffer): readonly Buffer[] {
  if (typeof stream !== 'string') return [stream];
  const ends = stream.includes('\r\n\r\n') ? '\r\n\r\n' : stream.includes('\n\n') ? '\n\n' : '\n';
  return stream
    .split(ends)
    .filter((event) => event !== '')
    .map((event) => Buffer.from(event + ends));
}

const keepaliveAt = (number: number): string =>
  `event: keepalive\ndata: {"type":"keepalive","sequence_number":${number}}\n\n`;

const faces: readonly {
  readonly face: Protocol;
  readonly type: string;
  readonly stream: string | Buffer;
  readonly first: string;
  /** After the first content. */
  readonly within: string;
  readonly error: RegExp;
}[] = [
  {
    face: openaiChat,
    type: 'text/event-stream; charset=utf-8',
    stream: chatStream(text),
    first: ': keepalive\n\n',
    within: ': keepalive\n\n',
    error: /^data: \{"error":.*\n\n$/,
  },
  {
    face: anthropicMessages,
    type: 'text/event-stream; charset=utf-8',
    stream: messagesStream(text),
    first: anthropicMessages.keepalive,
    within: anthropicMessages.keepalive,
    error: /^event: error\ndata: .*\n\n$/,
  },
  {
    face: openaiResponses,
    type: 'text/event-stream; charset=utf-8',
    stream: responsesStream(text),
    first: keepaliveAt(0),
    within: keepaliveAt(4),
    error:
      /^event: error\ndata: .*"sequence_number":0.*\n\nevent: response\.failed\ndata: .*"sequence_number":1.*\n\n$/,
  },
  {
    face: ollamaChat,
    type: 'application/x-ndjson',
    stream: ollamaStream(text),
    first: ' ',
    within: ' ',
    error: /^\{"error":.*\}\n$/,
  },
  {
    face: geminiGenerate,
    type: 'text/event-stream; charset=utf-8',
    stream: generateStream(text),
    first: 'data: {}\r\n\r\n',
    within: 'data: {}\r\n\r\n',
    error: /^data: \{"error":.*\r\n\r\n$/,
  },
];

for (const { face, type, stream, first, within, error } of faces) {
  test(`${face.id}: who waits is kept alive before the answer and within it, and never after it`, () => {
    const { clock, wheel, outlet, receipt, emitter } = rig(face);
    clock.advance(PERIOD - 100);
    assert.deepEqual([outlet.status, outlet.text], [0, ''], 'so long there is a status to be had');
    clock.advance(100);
    assert.deepEqual([outlet.status, outlet.headers['content-type'], outlet.text], [200, type, first]);
    clock.advance(PERIOD);
    assert.equal(outlet.text, first + first);

    const frames = framesOf(face, stream);
    const content = frames.findIndex(([, kind]) => kind === 'content');
    const cut = frames.findIndex(([bytes]) => bytes.includes('Hel')) + 1;
    assert.ok(content >= 0 && cut > 0);
    emitter.start(fakeHead({ protocol: face, stream: true }));
    const said = () => outlet.text.slice(2 * first.length);
    for (const [bytes, kind] of frames.slice(0, cut)) emitter.frame(bytes, kind);
    const beginning = frames.slice(0, cut).map(([bytes]) => bytes.toString());
    clock.advance(1.25 * PERIOD + 100);
    assert.equal(said(), beginning.join('') + within);
    for (const [bytes, kind] of frames.slice(cut)) emitter.frame(bytes, kind);
    emitter.finish(okEnd());
    assert.equal(said().replace(within, ''), stream.toString());
    assert.equal(receipt.keepalives, 3);
    const whole = outlet.text;
    clock.advance(10 * PERIOD);
    assert.deepEqual([outlet.text, wheel.size], [whole, 0]);
  });

  test(`${face.id}: what fails behind a keepalive is told in the stream`, () => {
    const { clock, outlet, emitter } = rig(face);
    clock.advance(PERIOD);
    emitter.finish(failedEnd(broke));
    assert.equal(outlet.status, 200);
    assert.match(outlet.text.slice(first.length), error);
    assert.ok(outlet.ended && !outlet.wasCut);
  });

  test(`${face.id}: an answer translated from another dialect begins behind the keepalive as it always does`, () => {
    const other = face === openaiChat ? anthropicMessages : openaiChat;
    const told = (waits: number): string => {
      const { clock, outlet, emitter } = rig(face);
      clock.advance(waits);
      emitter.start(fakeHead({ protocol: other, stream: true }));
      for (const frame of framesOf(other, other === openaiChat ? chatStream(text) : messagesStream(text)))
        emitter.frame(...frame);
      emitter.finish(okEnd());
      return outlet.text.replaceAll(/_duration":\d+/g, '');
    };
    assert.equal(told(PERIOD), first + told(0));
  });
}

test('events that are numbered: an error goes on from the answer, not from the keepalive', () => {
  const { clock, outlet, emitter } = rig(openaiResponses);
  clock.advance(PERIOD);
  emitter.start(fakeHead({ protocol: openaiResponses, stream: true }));
  for (const [bytes, kind] of framesOf(openaiResponses, responsesStream(text)).slice(0, 5))
    emitter.frame(bytes, kind);
  clock.advance(2 * PERIOD);
  emitter.finish(failedEnd(broke, true));
  const numbers = [...outlet.text.matchAll(/"sequence_number":(\d+)/g)].map(([, number]) => Number(number));
  assert.deepEqual(numbers, [0, 0, 1, 2, 3, 4, 4, 5, 6]);
});

test("OpenAI's own SDKs see no event before the answer's first", () => {
  const { clock, outlet, emitter } = rig(openaiResponses, { headers: { 'x-stainless-lang': 'js' } });
  clock.advance(PERIOD);
  assert.equal(outlet.text, ': keepalive\n\n');
  emitter.start(fakeHead({ protocol: openaiResponses, stream: true }));
  for (const [bytes, kind] of framesOf(openaiResponses, responsesStream(text)).slice(0, 5))
    emitter.frame(bytes, kind);
  clock.advance(1.5 * PERIOD);
  assert.ok(outlet.text.endsWith(keepaliveAt(4)));
});

test('a dialect without signs of life has none', () => {
  const { clock, outlet, emitter, wheel } = rig(bedrockConverse);
  clock.advance(10 * PERIOD);
  assert.deepEqual([outlet.status, wheel.size], [0, 0]);
  emitter.start(fakeHead({ protocol: bedrockConverse, stream: true }));
  for (const frame of framesOf(bedrockConverse, converseStream(...converseEvents(text))))
    emitter.frame(...frame);
  emitter.finish(okEnd());
  assert.equal(outlet.status, 200);
});

test('who asked for no stream waits for a status', () => {
  const { clock, wheel, outlet } = rig(openaiChat, { stream: false });
  clock.advance(10 * PERIOD);
  assert.deepEqual([wheel.size, outlet.status], [0, 0]);
});

test('an answer that flows needs no keepalives', () => {
  const { clock, outlet, receipt, emitter } = rig(openaiChat);
  emitter.start(fakeHead({ protocol: openaiChat, stream: true }));
  const [word] = framesOf(openaiChat, chatStream(text));
  assert.ok(word !== undefined);
  for (let at = 0; at < 100; at += 1) {
    clock.advance(PERIOD / 2);
    emitter.frame(...word);
  }
  assert.equal(receipt.keepalives, 0);
  assert.ok(!outlet.text.includes('keepalive'));
});

test('what the caller is not shown does not count as said', () => {
  const { clock, outlet, emitter } = rig(openaiChat);
  emitter.start(fakeHead({ protocol: anthropicMessages, stream: true }));
  const hidden = {
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'redacted_thinking', data: 'x' },
  };
  for (let at = 0; at < 10; at += 1) {
    clock.advance(PERIOD / 5);
    const event =
      at === 0
        ? hidden
        : { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'x' } };
    emitter.frame(Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`), 'content');
  }
  assert.match(outlet.text, /: keepalive\n\n/);
});

test('a caller who does not read is sent none until it does', () => {
  const { clock, outlet, receipt } = rig(openaiChat);
  outlet.blocked = true;
  clock.advance(3 * PERIOD);
  assert.deepEqual([outlet.status, receipt.keepalives], [0, 0]);
  outlet.blocked = false;
  clock.advance(PERIOD / 4);
  assert.equal(receipt.keepalives, 1);
});

test('a caller who has left is sent none', () => {
  const { clock, cancel, receipt } = rig(openaiChat);
  cancel.request('gone');
  clock.advance(3 * PERIOD);
  assert.equal(receipt.keepalives, 0);
});

const wishes: readonly (readonly [why: string, options: Options, sent: number])[] = [
  ['as everywhere', {}, 2],
  ['more often for this model', { own: PERIOD / 4 }, 8],
  ['for this model only', { general: Number.POSITIVE_INFINITY, own: PERIOD }, 2],
  ['not for this model', { own: Number.POSITIVE_INFINITY }, 0],
  ['for nobody', { general: Number.POSITIVE_INFINITY }, 0],
];
for (const [why, options, sent] of wishes) {
  test(`keepalives ${why}`, () => {
    const { clock, receipt, wheel } = rig(openaiChat, options);
    clock.advance(2 * PERIOD + 200);
    assert.equal(receipt.keepalives, sent);
    assert.equal(wheel.size, sent === 0 ? 0 : 1);
  });
}

test('a call of which it is not known whether it may waits for its status', () => {
  const { clock, receipt, outlet } = rig(openaiChat);
  receipt.model = undefined;
  clock.advance(3 * PERIOD);
  assert.equal(outlet.status, 0);
});

test('an answer that is opened early does not say who gives it', () => {
  const { clock, outlet, receipt } = rig(openaiChat);
  receipt.upstream = 'first';
  receipt.attempts.push({ target: 'first/m', startedAt: 0, outcome: 'running' });
  clock.advance(PERIOD);
  assert.equal(outlet.headers['x-request-id'], 'call-1');
  assert.equal(outlet.headers['x-signalbox-model'], 'm');
  for (const name of ['x-signalbox-upstream', 'x-signalbox-attempts', 'server-timing'])
    assert.equal(outlet.headers[name], undefined, name);
});

for (const [type, sent] of [
  ['text/event-stream', 1],
  ['audio/mpeg', 0],
] as const) {
  test(`${sent === 1 ? 'events' : 'sound'} of an errand that fall silent: ${sent} keepalives`, () => {
    const { clock, emitter, receipt } = rig(openaiChat, { operation: 'speak' });
    clock.advance(2 * PERIOD);
    assert.equal(receipt.keepalives, 0, 'nobody knows what it will be');
    emitter.start(fakeHead({ protocol: openaiChat, operation: 'speak', stream: true, mediaType: type }));
    emitter.frame(Buffer.from('data: {}\n\n'), 'content');
    clock.advance(1.5 * PERIOD);
    assert.equal(receipt.keepalives, sent);
  });
}
