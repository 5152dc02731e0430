// Every recorded reply of this dialect: decoded in order, re-encoded, decoded again to the same events,
// and what we write measured against OpenAI's own description.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { misfits, readSchemas, ref, spec } from '../../../test/testkit/openapi.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import {
  dataOf,
  decodeBody,
  decodeStream,
  encodeBody,
  encodeStream,
  frame,
  orderFaults,
  outline,
} from './replay.ts';

const wire = '../shared/fixtures/wire';
const streams = [
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
    const path = `${wire}/${name}.chunks.txt`;
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
    const path = `${wire}/${name}.json`;
    if (!existsSync(path)) return t.skip(`${path} missing`);
    const events = decodeBody(readFileSync(path, 'utf8'));
    assert.deepEqual(orderFaults(events), []);
    assert.deepEqual(essence(decodeBody(encodeBody(events))), essence(events));
    assert.deepEqual(outline(essence(decodeStream(encodeStream(events)))), outline(essence(events)));
  });
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
  if (!existsSync(spec)) return t.skip(`${spec} missing`);
  if (!existsSync(wire)) return t.skip(`${wire} missing`);
  const schemas = readSchemas();
  for (const name of bodies) {
    const events = decodeBody(readFileSync(`${wire}/${name}.json`, 'utf8'));
    const body = JSON.parse(encodeBody(events)) as unknown;
    assert.deepEqual(misfits(body, ref('CreateChatCompletionResponse'), schemas, name), []);
    for (const data of dataOf(encodeStream(events))) {
      if (data === '[DONE]') continue;
      assert.deepEqual(misfits(data, ref('CreateChatCompletionStreamResponse'), schemas, name), []);
    }
  }
});
