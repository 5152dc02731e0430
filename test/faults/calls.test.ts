// Calls that mean ill, or could be read in two ways: what was checked is what goes on, and nothing else does.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Dialect, dialects, faces, questionIn, replyIn } from '../testkit/dialects.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { createRawClient, pipeline, type RawReply, requestBytes } from '../testkit/raw-client.ts';
import { useScene } from './scene.ts';

const stage = useScene();

describe('fields that look like a destination', () => {
  const tempting = (canary: string): JsonValue => ({
    api_base: canary,
    base_url: canary,
    baseURL: canary,
    url: canary,
    endpoint: canary,
    host: canary,
    proxy: canary,
    custom_llm_provider: 'openai',
    extra_headers: { host: 'evil.example', authorization: 'Bearer evil' },
    extra_body: { api_base: canary },
    metadata: { api_base: canary },
    user_config: { api_base: canary },
    azure_endpoint: canary,
    targets: ['messages/any'],
    fallbacks: [{ model: 'messages', api_base: canary }],
  });

  it('row 37: never alter where a call goes, nor what it carries to be let in', async () => {
    const { scene } = stage;
    const canary = scene.saving.chat;
    const before = canary.accepted;
    const started = new Map(dialects.map((dialect) => [dialect, scene.failing[dialect].calls.length]));
    let asked = 0;
    for (const dialect of dialects) {
      scene.failing[dialect].respond(replyIn(dialect, { text: 'Here.' }));
      for (const face of faces) {
        for (const spot of ['body', 'query', 'headers'] as const) {
          const { path, body } = questionIn(face, dialect, false);
          const more = spot === 'body' ? tempting(canary.url) : {};
          const query = `${path.includes('?') ? '&' : '?'}api_base=${encodeURIComponent(canary.url)}&url=${canary.url}`;
          const headers = {
            'x-api-base': canary.url,
            'x-portkey-custom-host': canary.url,
            'x-forwarded-host': 'evil.example',
            'helicone-target-url': canary.url,
          };
          const reply = await scene.gateway.ask(
            spot === 'query' ? path + query : path,
            { ...body, ...more },
            spot === 'headers' ? headers : {},
          );
          asked += 1;
          assert.ok([200, 400].includes(reply.status), `${face}: ${reply.text}`);
        }
      }
    }
    await scene.atRest(asked);
    assert.equal(canary.accepted, before, 'nobody knocked there');
    let reached = 0;
    for (const dialect of dialects) {
      for (const call of scene.failing[dialect].calls.slice(started.get(dialect))) {
        reached += 1;
        assert.doesNotMatch(JSON.stringify(call.headers), /evil/);
        assert.doesNotMatch(call.path, /api_base/);
        assert.match(call.headers['host'] ?? '', new RegExp(`:${scene.failing[dialect].port}$`));
      }
    }
    assert.ok(reached > asked / 2, 'most are answered all the same');
  });
});

describe('bodies that could be read in two ways', () => {
  const ask = (body: string): Promise<RawReply> =>
    stage.scene.gateway.ask('/v1/chat/completions', Buffer.from(body));
  const turn = '"messages":[{"role":"user","content":"Hello."}]';

  it('row 35: the object that was checked is the one that goes on', async () => {
    const { scene } = stage;

    for (const dialect of dialects) scene.failing[dialect].respond(replyIn(dialect, { text: 'Here.' }));
    const rows: readonly (readonly [why: string, body: string])[] = [
      ['two models', `{"model":"chat","model":"messages",${turn}}`],
      ['two models, one spelled with escapes', `{"model":"chat","mod\\u0065l":"messages",${turn}}`],
      ['__proto__', `{"model":"chat","__proto__":{"model":"messages","stream":true},${turn}}`],
      ['constructor', `{"model":"chat","constructor":{"prototype":{"stream":true}},${turn}}`],
      ['2^53+1', `{"model":"chat","seed":9007199254740993,${turn}}`],
      ['two streams', `{"model":"chat","stream":true,"stream":false,${turn}}`],
      ['a __proto__ within', `{"model":"chat","metadata":{"__proto__":{"a":"b"}},${turn}}`],
    ];
    for (const [why, text] of rows) {
      for (const model of ['chat', 'messages'] as const) {
        const at = new Map(dialects.map((dialect) => [dialect, scene.failing[dialect].calls.length]));
        const reply = await ask(text.replace('"model":"chat"', `"model":"${model}"`));
        await scene.atRest(1);
        const [receipt] = scene.ledger.last;
        const reached = dialects.filter(
          (dialect) => scene.failing[dialect].calls.length > (at.get(dialect) ?? 0),
        );
        if (reply.status === 400) {
          assert.deepEqual(reached, [], `${why}: refused, and nobody asked`);
          continue;
        }
        assert.equal(reply.status, 200, `${why}: ${reply.text}`);
        assert.deepEqual(reached, [receipt.upstream], `${why}: it went where the receipt says`);
        assert.equal(receipt.model, receipt.upstream);
        const call = scene.failing[receipt.upstream as Dialect].calls.at(-1);
        if (why.startsWith('two')) {
          assert.equal(call?.text.match(/"mod(?:e|\\u0065)l":/g)?.length, 1, `${why}: ${call?.text}`);
          assert.ok((call?.text.match(/"stream":/g)?.length ?? 0) <= 1, `${why}: ${call?.text}`);
        }
        assert.equal(call?.json.stream ?? false, false, `${why}: ${call?.text}`);
        assert.notEqual(call?.json.model, 'messages');
        if (why === '2^53+1' && model === 'chat') assert.match(call?.text ?? '', /9007199254740993/);
      }
    }
    assert.equal(({} as JsonValue).stream, undefined);
    await scene.gateway.quiet();
  });
});

describe('bytes that could be read in two ways', () => {
  it('row 36: are refused, and the connection closed', async () => {
    const { scene } = stage;
    const { path, body } = questionIn('chat', 'chat', false);
    const text = JSON.stringify(body);
    const before = scene.failing.chat.calls.length;
    const line = `POST ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${scene.gateway.key}\r\n`;
    const rows: readonly (readonly [why: string, data: string])[] = [
      [
        'a length and a coding',
        `${line}content-length: ${text.length}\r\ntransfer-encoding: chunked\r\n\r\n${text}`,
      ],
      [
        'two lengths',
        `${line}content-length: ${text.length}\r\ncontent-length: ${text.length + 1}\r\n\r\n${text}`,
      ],
      ['a list of lengths', `${line}content-length: ${text.length}, ${text.length}\r\n\r\n${text}`],
      ['a folded line', `${line}x-a: b\r\n c: d\r\ncontent-length: ${text.length}\r\n\r\n${text}`],
      [
        'lines that end in LF',
        `${line}content-length: ${text.length}\r\n\r\n${text}`.replaceAll('\r\n', '\n'),
      ],
      ['one line that ends in LF', `${line}x-a: b\ncontent-length: ${text.length}\r\n\r\n${text}`],
      ['a bare CR', `${line}x-a: b\rcontent-length: 5\r\ncontent-length: ${text.length}\r\n\r\n${text}`],
      ['a coding of another kind', `${line}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
      ['a chunk size with a sign', `${line}transfer-encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n`],
      [
        'a chunk size too large for anybody',
        `${line}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n`,
      ],
      ['a space before the colon', `${line}content-length : ${text.length}\r\n\r\n${text}`],
    ];
    for (const [why, data] of rows) {
      const client = await createRawClient(scene.gateway.url);
      // Whoever smuggles hides a second call behind the first.
      await client.write(data + requestBytes(path, { body: text }).toString());
      const reply = await client.reply();
      assert.equal(reply.status, 400, `${why}: ${reply.text}`);
      await client.closed;
      assert.equal(
        client.received.toString().split('HTTP/1.1 ').length - 1,
        1,
        `${why}: one answer, no second`,
      );
    }
    assert.equal(scene.failing.chat.calls.length, before, 'nothing was smuggled through');

    scene.failing.chat.respond(replyIn('chat', { text: 'Here.' }));
    const good = requestBytes(path, { body, headers: { authorization: `Bearer ${scene.gateway.key}` } });
    assert.deepEqual(
      (await pipeline(scene.gateway.url, [good, good])).map(({ status }) => status),
      [200, 200],
    );
    await scene.gateway.quiet();
  });
});
