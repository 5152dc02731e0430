import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outline } from '../../../test/testkit/reply-events.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { openaiChat } from './index.ts';
import { chunk, encoderOptions, frame } from './replay.ts';

test('the face and the way to an upstream', () => {
  assert.deepEqual(openaiChat.routes[0], { path: '/v1/chat/completions', operation: 'chat' });
  assert.deepEqual(
    [...new Set(openaiChat.routes.map(({ operation }) => operation))],
    [
      'chat',
      'complete',
      'embed',
      'rerank',
      'moderate',
      'speak',
      'transcribe',
      'translate',
      'draw',
      'redraw',
      'vary',
      'file',
      'batch',
    ],
  );
  assert.deepEqual(openaiChat.upstreamHeaders({}, new Set()), {});
  assert.deepEqual(openaiChat.parameters.max_tokens, ['max_completion_tokens', 'max_tokens']);
});

test('what the watcher cuts, the decoder reads and the encoder writes again', () => {
  const events: ReplyEvent[] = [];
  const decoder = openaiChat.decoder(true, (event) => events.push(event), 'chat');
  const watcher = openaiChat.watch(
    true,
    {
      frame: (bytes) => decoder.push(bytes),
      fault: (error) => assert.fail(error.message),
    },
    'chat',
  );
  // The upstream finishes and closes without its end marker.
  const bytes = Buffer.from(chunk({ content: 'né' }) + chunk({}, 'stop'));
  for (const byte of bytes) watcher.push(Buffer.of(byte));
  watcher.end();
  assert.deepEqual(outline(events), [
    'start chatcmpl-1 m',
    'open 0 0 text',
    'delta 0 né',
    'close 0',
    'finish 0 stop',
    'end',
  ]);
  const encoder = openaiChat.encoder(encoderOptions);
  const stream = events.map((event) => encoder.event(event)).join('');
  assert.ok(stream.endsWith(frame('[DONE]')));
});
