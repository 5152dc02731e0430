// What an error must look like in each dialect: its envelope, a code a program can act on, words a person can.
import assert from 'node:assert/strict';
import type { RawReply } from '../testkit/raw-client.ts';
import type { Dialect } from './setting.ts';

export interface Expected {
  readonly status: number;
  /** Chat's `code` and Messages' `type`. */
  readonly code: string;
  readonly type: string;
  /** The place: Chat's `param`; in Messages it is part of the words. */
  readonly at?: RegExp | undefined;
  /** In the words of both. */
  readonly says?: RegExp | undefined;
}

export const facePaths: Readonly<Record<Dialect, string>> = {
  chat: '/v1/chat/completions',
  messages: '/v1/messages',
};

export function assertError(face: Dialect, reply: RawReply, expected: Expected): void {
  assert.equal(reply.status, expected.status, reply.text);
  assert.match(reply.headers['content-type'] ?? '', /^application\/json/);
  assert.ok(reply.whole, 'the error is cut off');
  const message = face === 'chat' ? chatMessage(reply, expected) : messagesMessage(reply, expected);
  assert.match(message, /^\S.{10,}[.!?]"?$/s, 'a full sentence');
  if (expected.says !== undefined) assert.match(message, expected.says);
  assert.doesNotMatch(reply.text, /node_modules|\.ts:|\.js:|at \w+ \(/, 'no stack traces');
}

function chatMessage(reply: RawReply, { code, at }: Expected): string {
  assert.deepEqual(Object.keys(reply.json), ['error']);
  const { error } = reply.json;
  assert.deepEqual(Object.keys(error).sort(), ['code', 'message', 'param', 'type']);
  assert.equal(error.code, code, reply.text);
  if (at !== undefined) assert.match(String(error.param), at, reply.text);
  return error.message;
}

function messagesMessage(reply: RawReply, { type, at }: Expected): string {
  assert.equal(reply.json.type, 'error', reply.text);
  assert.equal(reply.json.error.type, type, reply.text);
  if (at !== undefined) assert.match(reply.json.error.message, at, reply.text);
  return reply.json.error.message;
}
