// A stop with many streams under way: unready, then a drain, then the truth, in every dialect.
import assert from 'node:assert/strict';
import process from 'node:process';
import { describe, it } from 'node:test';
import { createRawClient, type RawClient, requestBytes } from '../testkit/raw-client.ts';
import { chatStream } from '../testkit/replies.ts';
import { bytes, sseHead, stall } from '../testkit/script.ts';
import { createScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { KEY, spawnGateway } from '../testkit/start-gateway.ts';

const STREAMS = Number(process.env['FAULTS_STREAMS'] ?? 100);
const CONTENT = 'Hello.';
const MESSAGES = [{ role: 'user', content: CONTENT }];

/** What each dialect is asked with, and what says in its stream that it went wrong. */
const faces: readonly (readonly [face: string, path: string, body: object, failed: RegExp])[] = [
  [
    'chat',
    '/v1/chat/completions',
    { model: 'chat', stream: true, messages: MESSAGES },
    /data: \{"error":.*draining/,
  ],
  [
    'messages',
    '/v1/messages',
    { model: 'chat', stream: true, max_tokens: 9, messages: MESSAGES },
    /event: error\ndata: .*"overloaded_error"/,
  ],
  [
    'responses',
    '/v1/responses',
    { model: 'chat', stream: true, input: CONTENT },
    /"type":"(response\.failed|error)"/,
  ],
  [
    'generate',
    '/v1beta/models/chat:streamGenerateContent?alt=sse',
    { contents: [{ role: 'user', parts: [{ text: CONTENT }] }] },
    /"error":\{"code":503/,
  ],
  ['ollama', '/api/chat', { model: 'chat', messages: MESSAGES }, /\{"error":/],
];

describe('row 62', { timeout: 60_000 }, () => {
  it(`row 62: SIGTERM with ${STREAMS} streams: unready, drained, each told in its dialect, each with a receipt`, async () => {
    const upstream = await createScriptedUpstream();
    const whole = chatStream({ text: ['Hel', 'lo.'] }, false);
    upstream.respond([
      sseHead(),
      bytes(whole.slice(0, whole.indexOf('\n\n', whole.indexOf('Hel')) + 2)),
      stall,
    ]);
    const gateway = await spawnGateway(`
listen: { drain: 1s }
upstreams:
  chat: { provider: openai-compatible, url: ${upstream.url} }
models:
  chat: { targets: [chat/m] }
`);
    try {
      const clients: (readonly [RawClient, RegExp])[] = [];
      for (let i = 0; i < STREAMS; i += 1) {
        const [, path, body, failed] = faces[i % faces.length] ?? faces[0] ?? [];
        const client = await createRawClient(gateway.url);
        await client.write(requestBytes(`${path}`, { headers: { authorization: `Bearer ${KEY}` }, body }));
        clients.push([client, failed as RegExp]);
      }
      for (const [client] of clients) await client.until('Hel');
      const watcher = await createRawClient(gateway.url);
      await watcher.write('GET /readyz HTTP/1.1\r\nhost: a\r\n');
      gateway.child.kill('SIGTERM');
      await gateway.logged('SIGTERM');
      await watcher.write('\r\n');
      assert.equal((await watcher.reply()).status, 503);
      for (const [client, failed] of clients) {
        const reply = await client.reply();
        assert.ok(reply.whole, reply.text);
        assert.match(reply.text, failed);
        assert.doesNotMatch(reply.text, /"finish_reason":"stop"|message_stop|response\.completed/);
      }
      assert.equal(await gateway.exited, 0, gateway.log());
      const receipts = gateway.receipts();
      assert.equal(receipts.length, STREAMS);
      assert.deepEqual([...new Set(receipts.map(({ outcome }) => outcome))], ['draining']);
      await Promise.all(upstream.calls.map(({ aborted }) => aborted));
    } finally {
      await gateway.stop();
      await upstream.close();
    }
  });
});
