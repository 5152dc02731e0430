import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanObject } from '../lib/json-scan.ts';
import { openaiChat } from '../protocols/openai-chat/index.ts';
import { CallWire } from './call-wire.ts';
import { estimatedInput } from './estimate.ts';

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
