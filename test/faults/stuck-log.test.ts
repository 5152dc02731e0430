// Whoever reads the log has stopped reading: lines are dropped and counted, calls are not.
import assert from 'node:assert/strict';
import process from 'node:process';
import { describe, it } from 'node:test';
import { createRawClient, requestBytes } from '../testkit/raw-client.ts';
import { chatReply } from '../testkit/replies.ts';
import { createScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { KEY, spawnGateway } from '../testkit/start-gateway.ts';

const CALLS = Number(process.env['FAULTS_LOGGED'] ?? 6_000);
const MB = 2 ** 20;

describe('row 67', { timeout: 60_000 }, () => {
  it(`row 67: a log pipe that is stuck for ${CALLS} calls: all are answered, memory is flat, the lost lines are counted`, async () => {
    const upstream = await createScriptedUpstream();
    upstream.respond(chatReply({ text: 'Hi.' }));
    const gateway = await spawnGateway(`
log: { level: info, format: json }
upstreams:
  chat: { provider: openai-compatible, url: ${upstream.url} }
models:
  chat: { targets: [chat/m] }
`);
    try {
      // The reader is this process: it stops to read as one does that is stopped by a signal.
      gateway.child.stderr?.pause();
      const call = requestBytes('/v1/chat/completions', {
        headers: { authorization: `Bearer ${KEY}` },
        body: { model: 'chat', messages: [{ role: 'user', content: 'Hello.' }] },
      });
      const client = await createRawClient(gateway.url);
      const some = async (count: number): Promise<void> => {
        for (let i = 0; i < count; i += 20) {
          await client.write(Buffer.concat(Array.from({ length: 20 }, () => call)));
          for (let reply = 0; reply < 20; reply += 1) assert.equal((await client.reply()).status, 200);
        }
      };
      const memory = async (): Promise<number> =>
        (await gateway.metrics()).get('process_resident_memory_bytes') ?? 0;
      await some(CALLS / 2);
      const before = await memory();
      await some(CALLS / 2);
      const grown = (await memory()) - before;
      assert.ok(grown < 24 * MB, `${grown} bytes more`);
      client.abort();
      await gateway.quiet();
      assert.equal(gateway.receipts().length, CALLS, 'the journal has them all');
      gateway.child.stderr?.resume();
      await gateway.logged('Log lines were dropped');
      const lost = Number(/"count":(\d+)/.exec(gateway.log())?.[1]);
      const kept = gateway.log().split('"type":"call"').length - 1;
      assert.equal(lost + kept, CALLS, 'what was not written was counted');
      gateway.child.kill('SIGTERM');
      assert.equal(await gateway.exited, 0);
    } finally {
      await gateway.stop();
      await upstream.close();
    }
  });
});
