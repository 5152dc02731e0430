import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanObject } from '../lib/json-scan.ts';
import { openaiChat } from '../protocols/openai-chat/index.ts';
import { CallWire } from './call-wire.ts';
import { estimatedInput, leastInput } from './estimate.ts';

function estimate(content: unknown): number {
  const bytes = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] }));
  return estimatedInput(new CallWire(openaiChat, 'chat', bytes, scanObject(bytes, 64)));
}

test('text is four bytes a token', () => {
  const tokens = estimate('a'.repeat(4_000));
  assert.ok(tokens >= 1_000 && tokens < 1_050);
});

test('a picture costs what pictures cost, however large its base64', () => {
  const url = `data:image/png;base64,${'A'.repeat(1_400_000)}`;
  const tokens = estimate([{ type: 'image_url', image_url: { url } }]);
  assert.equal(tokens, 1_600);
});

test('a document is guessed by its pages', () => {
  const file_data = `data:application/pdf;base64,${'A'.repeat(80_000)}`;
  assert.equal(estimate([{ type: 'file', file: { filename: 'a.pdf', file_data } }]), 3_000);
});

test('a learned ratio goes for the text, and not for pictures', () => {
  const bytes = (content: unknown) =>
    Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] }));
  const wire = (content: unknown) =>
    new CallWire(openaiChat, 'chat', bytes(content), scanObject(bytes(content), 64));
  const tokens = estimatedInput(wire('a'.repeat(4_000)), 2);
  assert.ok(tokens >= 2_000 && tokens < 2_050);
  const url = `data:image/png;base64,${'A'.repeat(400_000)}`;
  const parts = [
    { type: 'image_url', image_url: { url } },
    { type: 'text', text: 'a'.repeat(4_000) },
  ];
  assert.equal(estimatedInput(wire(parts), 2), 1_600 + 2_000);
});

const words: readonly (readonly [text: string, least: number])[] = [
  ['', 0],
  ['one', 0],
  ['one two three', 2],
  ['one  two', 1],
  ['one, two; (three) 4', 1],
  [' Émile', 0],
  ['line\none', 0],
];
for (const [text, least] of words) {
  test(`there are at least ${least} tokens in ${JSON.stringify(text)}`, () => {
    const bytes = Buffer.from(JSON.stringify({ content: text }));
    assert.equal(leastInput(new CallWire(openaiChat, 'chat', bytes, scanObject(bytes, 64))), least);
  });
}

test('the spaces of structure are no words', () => {
  const bytes = Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }] }, null, 2));
  assert.equal(leastInput(new CallWire(openaiChat, 'chat', bytes, scanObject(bytes, 64))), 0);
});
