import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDecoder } from './decode-reply.ts';
import { anthropicMessages } from './index.ts';

test('parameters name fields of the wire', () => {
  const call = {
    model: 'm',
    messages: [{ role: 'user', content: 'a' }],
    max_tokens: 1,
    temperature: 1,
    top_p: 1,
    top_k: 1,
    stop_sequences: ['a'],
    output_config: { effort: 'low' },
  };
  const { extras } = anthropicMessages.decodeCall(call, 'chat');
  assert.deepEqual(extras, {}, 'every field is known');
  for (const [name] of Object.values(anthropicMessages.parameters)) {
    const [top = '', inner] = (name ?? '').split('.');
    const value = call[top as keyof typeof call] as Record<string, unknown>;
    assert.ok(inner === undefined ? value !== undefined : inner in value, name);
  }
});

test('the keepalive is a whole event that says nothing', () => {
  const types: string[] = [];
  createDecoder(true, (event) => types.push(event.type)).push(Buffer.from(anthropicMessages.keepalive));
  assert.deepEqual(types, ['ping']);
});

test('a count in this dialect', () => {
  assert.equal(anthropicMessages.encodeCount?.(7), '{"input_tokens":7}');
});
