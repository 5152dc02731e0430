// Every reply of this dialect, recorded or written by hand: decoded in order, re-encoded, decoded again to the
// same events, and what we write measured against OpenAI's own description.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { misfits, OPENAI, readSchemas, ref } from '../../../test/testkit/openapi.ts';
import { orderFaults, outline } from '../../../test/testkit/reply-events.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { dataOf, decodeBody, decodeStream, encodeBody, encodeStream, frame } from './replay.ts';

const own = 'test/fixtures/wire';
const wire = '../shared/fixtures/wire';
const written = ['openai-chat/text', 'openai-chat/tools', 'openai-chat/reasoning'];
const streams = [
  ...written,
  'openai/chat/openai-text',
  'openai/chat/azure-model-router.1',
  'openai-compatible/chat/xai-text',
  'openai-compatible/chat/xai-tool-call',
  'groq/groq-text',
  'groq/groq-reasoning',
  'groq/groq-tool-call',
  'mistral/mistral-reasoning',
  'mistral/mistral-tool-call',
  'azure/azure-deepseek-reasoning.1',
];
const bodies = streams.filter((name) => name !== 'openai/chat/azure-model-router.1');

function pathOf(name: string): string {
  return `${written.includes(name) ? own : wire}/${name}`;
}

/** Everything but the id, which becomes a Chat id when it was none, and vendors' own extras. */
function essence(events: readonly ReplyEvent[]): ReplyEvent[] {
  return events.map((event) => (event.type === 'start' ? { ...event, id: '', extras: {} } : event));
}

function recordedFrames(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return [...lines.filter((line) => line !== '').map(frame), frame('[DONE]')];
}

for (const name of streams) {
  test(`recorded stream ${name} keeps the order and survives a round trip`, (t) => {
    const path = `${pathOf(name)}.chunks.txt`;
    if (!existsSync(path)) return t.skip(`${path} missing`);
    const events = decodeStream(...recordedFrames(path));
    assert.deepEqual(orderFaults(events), []);
    assert.ok(events.some((event) => event.type === 'usage'));
    const again = decodeStream(encodeStream(events));
    assert.deepEqual(essence(again), essence(events));
  });
}

for (const name of bodies) {
  test(`recorded body ${name} keeps the order and survives both round trips`, (t) => {
    const path = `${pathOf(name)}.json`;
    if (!existsSync(path)) return t.skip(`${path} missing`);
    const events = decodeBody(readFileSync(path, 'utf8'));
    assert.deepEqual(orderFaults(events), []);
    assert.deepEqual(essence(decodeBody(encodeBody(events))), essence(events));
    assert.deepEqual(outline(essence(decodeStream(encodeStream(events)))), outline(essence(events)));
  });
}

test('our own replies, read: text, calls and reasoning as they were written', () => {
  const read = (name: string) => outline(decodeStream(...recordedFrames(`${pathOf(name)}.chunks.txt`)));
  assert.deepEqual(read('openai-chat/text').slice(1), [
    'open 0 0 text',
    'delta 0 Gleis 3 ist frei: der Zug nach Zürich fährt "pünktlich"\n→ 🚂',
    'close 0',
    'finish 0 stop',
    'usage 15+16+0 14(0)',
    'end',
  ]);
  assert.deepEqual(read('openai-chat/tools').slice(1), [
    'open 0 0 tool call_points set_points',
    'delta 0 {"switch":"W1","to":"left \\"3\\""}',
    'close 0',
    'open 1 0 tool call_signal signal_state',
    'delta 1 {}',
    'close 1',
    'finish 0 tools',
    'usage 88+0+0 27(0)',
    'end',
  ]);
  assert.deepEqual(read('openai-chat/reasoning').slice(1), [
    'open 0 0 reasoning',
    'delta 0 The 9:15 waits, so the express goes first.',
    'close 0',
    'open 1 0 text',
    'delta 1 The express goes first.',
    'close 1',
    'finish 0 stop',
    'usage 40+0+0 33(21)',
    'end',
  ]);
  assert.deepEqual(outline(decodeStream(...failedFrames())).slice(-2), [
    'delta 0 The points',
    'error upstream_fault',
  ]);
});

function failedFrames(): string[] {
  return recordedFrames(`${own}/openai-chat/error.chunks.txt`).slice(0, -1);
}

const figures = [
  {
    name: 'openai/chat/azure-model-router.1',
    usage: 'usage 15+0+0 78(64)',
    why: 'leading chunk without choices',
  },
  {
    name: 'openai-compatible/chat/xai-text',
    usage: 'usage 1+11+0 342(340)',
    why: 'reasoning beside completion',
  },
  { name: 'groq/groq-reasoning', usage: 'usage 17+0+0 1107(963)', why: 'usage in the finish chunk' },
  {
    name: 'mistral/mistral-tool-call',
    usage: 'usage 124+0+0 22(0)',
    why: 'finish, call and usage in one chunk',
  },
  { name: 'azure/azure-deepseek-reasoning.1', usage: 'usage 19+0+0 1720(0)', why: 'null details' },
];

for (const { name, usage, why } of figures) {
  test(`usage of ${name}: ${why}`, (t) => {
    const path = `${wire}/${name}.chunks.txt`;
    if (!existsSync(path)) return t.skip(`${path} missing`);
    const lines = outline(decodeStream(...recordedFrames(path)));
    assert.deepEqual(
      lines.filter((line) => line.startsWith('usage')),
      [usage],
    );
  });
}

test('a recorded call comes out as one block with its arguments whole', (t) => {
  const path = `${wire}/mistral/mistral-tool-call.chunks.txt`;
  if (!existsSync(path)) return t.skip(`${path} missing`);
  assert.deepEqual(outline(decodeStream(...recordedFrames(path))), [
    'start b3999b8c93e04e11bcbff7bcab829667 mistral-small-latest',
    'open 0 0 tool gSIMJiOkT weather',
    'delta 0 {"location": "San Francisco"}',
    'close 0',
    'finish 0 tools',
    'usage 124+0+0 22(0)',
    'end',
  ]);
});

test("what we write fits OpenAI's own description", (t) => {
  if (!existsSync(OPENAI)) return t.skip(`${OPENAI} missing`);
  if (!existsSync(wire)) return t.skip(`${wire} missing`);
  const schemas = readSchemas(OPENAI);
  for (const name of bodies) {
    const events = decodeBody(readFileSync(`${pathOf(name)}.json`, 'utf8'));
    const body = JSON.parse(encodeBody(events)) as unknown;
    assert.deepEqual(misfits(body, ref('CreateChatCompletionResponse'), schemas, name), []);
    for (const data of dataOf(encodeStream(events))) {
      if (data === '[DONE]') continue;
      assert.deepEqual(misfits(data, ref('CreateChatCompletionStreamResponse'), schemas, name), []);
    }
  }
});
