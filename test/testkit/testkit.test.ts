// The instruments measure true: a test that trusts a bent ruler proves nothing.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { checkChatBody, checkChatStream } from './chat-checker.ts';
import { checkMessagesBody, checkMessagesStream } from './messages-checker.ts';
import { createRawClient, requestBytes, send } from './raw-client.ts';
import { chatBody, chatStream, messagesBody, messagesStream, namedEvent } from './replies.ts';
import { type RawReply, ReplyParser } from './reply-parser.ts';
import {
  bytes,
  createGate,
  end,
  fin,
  head,
  json,
  reset,
  splitAt,
  sse,
  sseHead,
  torn,
  wait,
} from './script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from './scripted-upstream.ts';

const RICH = {
  reasoning: 'Hm.',
  text: ['Grü', 'ße'],
  tools: [
    { id: 'call_1', name: 'one', input: { a: 'ä' } },
    { id: 'call_2', name: 'two', input: {} },
  ],
};

describe('a scripted upstream', () => {
  let upstream: ScriptedUpstream;
  before(async () => {
    upstream = await createScriptedUpstream();
  });
  after(() => upstream.close());

  it('records what it is asked and says what it is told', async () => {
    upstream.respond(json({ ok: true }, 201, { 'x-a': 'b' }));
    const reply = await send(upstream.url, '/a/b?c=d', { body: { é: 1 }, headers: { 'X-Up': 'Down' } });
    assert.equal(reply.status, 201);
    assert.equal(reply.headers['x-a'], 'b');
    assert.deepEqual(reply.json, { ok: true });
    const call = upstream.calls.at(-1);
    assert.equal(call?.path, '/a/b?c=d');
    assert.equal(call?.headers['x-up'], 'Down');
    assert.deepEqual(call?.json, { é: 1 });
  });

  it('answers call after call on one connection, queued answers first', async () => {
    upstream.respond(json({ n: 0 }));
    upstream.next(json({ n: 1 }), (call) => json({ n: call.json.n }));
    const client = await createRawClient(upstream.url);
    const said: number[] = [];
    for (const n of [7, 8, 9]) {
      await client.write(requestBytes('/', { body: { n } }));
      said.push((await client.reply()).json.n);
    }
    assert.deepEqual(said, [1, 8, 0]);
    client.end();
    await client.closed;
  });

  it('sends each piece by itself, waits at gates, and notices who leaves', async () => {
    const gate = createGate();
    upstream.respond([sseHead(), ...splitAt('abcdef', [2, 4]), wait(gate.opened), end]);
    const client = await createRawClient(upstream.url);
    const at = upstream.calls.length;
    await client.write(requestBytes('/', { body: {} }));
    const call = await upstream.call(at);
    await client.until('ef');
    assert.match(client.received.toString(), /2\r\nab\r\n2\r\ncd\r\n2\r\nef\r\n/);
    assert.equal(call.abortedAt, undefined);
    client.abort();
    await call.aborted;
    assert.notEqual(call.abortedAt, undefined);
    gate.open();
  });

  it('tears bytes so that each piece is read by itself', async () => {
    const word = Buffer.from('torn to pieces');
    const reads: string[] = [];
    upstream.respond([...torn(word, Array.from(word.keys()).slice(1)), fin]);
    const socket = connect(upstream.port, '127.0.0.1');
    socket.on('data', (read) => reads.push(read.toString()));
    socket.write(requestBytes('/', { body: {} }));
    await once(socket, 'close');
    assert.deepEqual(reads, [...word.toString()]);
  });

  it('breaks off in every way it is told to', async () => {
    for (const death of [fin, reset]) {
      upstream.respond([head(200, { 'content-length': '9' }, 'raw'), bytes('abc'), death]);
      const reply = await send(upstream.url, '/', { body: {} });
      assert.equal(reply.whole, false);
    }
    upstream.respond([reset]);
    await assert.rejects(send(upstream.url, '/', { body: {} }), /without a reply/);
    upstream.respond(sse('data: x\n\n'));
    assert.equal((await send(upstream.url, '/', { body: {} })).whole, true);
  });
});

describe('a reply parser', () => {
  const wire = [
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    'HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\nno',
    'HTTP/1.1 204 Empty\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\nuntil the end',
  ].join('');

  it('reads the same however the bytes are cut', () => {
    for (let at = 0; at < wire.length; at += 1) {
      const replies: RawReply[] = [];
      const parser = new ReplyParser((reply) => replies.push(reply));
      for (const piece of [wire.slice(0, at), wire.slice(at)]) parser.push(Buffer.from(piece));
      parser.end();
      assert.deepEqual(
        replies.map(({ status, text, whole }) => [status, text, whole]),
        [
          [200, 'abcde', true],
          [404, 'no', true],
          [204, '', true],
          [200, 'until the end', true],
        ],
        `cut at ${at}`,
      );
    }
  });
});

describe('the checkers', () => {
  const chat = chatStream(RICH);
  const messages = messagesStream(RICH);

  it('pass what is right, and say what it says', () => {
    const said = [
      checkChatStream(chat, { usage: true }),
      checkChatBody(chatBody(RICH)),
      checkMessagesStream(messages),
      checkMessagesBody(messagesBody(RICH)),
    ];
    for (const { text, reasoning, tools, usage } of said) {
      assert.deepEqual(
        { text, reasoning, tools, usage },
        {
          text: 'Grüße',
          reasoning: 'Hm.',
          tools: RICH.tools,
          usage: { input: 10, output: 5 },
        },
      );
    }
  });

  const wrongChat: readonly (readonly [string, string])[] = [
    ['no terminator', chat.replace('data: [DONE]\n\n', '')],
    ['something after the terminator', `${chat}data: {}\n\n`],
    ['an id that changes', chat.replace(/chatcmpl-up-1(?=.*tool_calls.*usage)/s, 'chatcmpl-x')],
    ['no finish', chat.replace(/data: [^\n]*"finish_reason":"tool_calls"[^\n]*\n\n/, '')],
    ['calls that end with stop', chat.replace('"finish_reason":"tool_calls"', '"finish_reason":"stop"')],
    ['an invented finish', chat.replace('"finish_reason":"tool_calls"', '"finish_reason":"error"')],
    ['a role said twice', chat.replace('{"content":"ße"}', '{"role":"assistant","content":"ße"}')],
    ['a call index that skips', chat.replaceAll('"index":1,"id"', '"index":2,"id"')],
    ['arguments that are no JSON', chat.replace('"arguments":"}"', '"arguments":""')],
    ['an event with a name', chat.replace('data: {', 'event: x\ndata: {')],
    ['half an event', chat.slice(0, -1)],
    ['an error', chat.replace('"choices":[]', '"error":{},"choices":[]')],
  ];
  for (const [why, text] of wrongChat) {
    it(`refuse a Chat stream with ${why}`, () => {
      assert.notEqual(text, chat);
      assert.throws(() => checkChatStream(text, { usage: true }));
    });
  }
  it('refuse usage nobody asked for', () => {
    assert.throws(() => checkChatStream(chat, { usage: false }), /not asked for/);
  });

  const wrongMessages: readonly (readonly [string, string])[] = [
    ['no end', messages.replace(namedEvent({ type: 'message_stop' }), '')],
    ['something after its end', `${messages}${namedEvent({ type: 'ping' })}`],
    ['an event without its name', messages.replace('event: content_block_delta\n', '')],
    ['an event under another name', messages.replace('event: content_block_delta\n', 'event: ping\n')],
    [
      'a delta of another type',
      messages.replace('"type":"text_delta","text"', '"type":"thinking_delta","thinking"'),
    ],
    [
      'a block that is not closed',
      messages.replace(namedEvent({ type: 'content_block_stop', index: 1 }), ''),
    ],
    ['a call without input at its start', messages.replace(',"input":{}}', '}')],
    ['calls that end the turn', messages.replace('"stop_reason":"tool_use"', '"stop_reason":"end_turn"')],
    ['no usage at the end', messages.replace(',"usage":{"output_tokens":5}', '')],
    [
      'a second start',
      messages.replace(
        'event: content_block_start',
        `${messages.split('\n\n')[0]}\n\nevent: content_block_start`,
      ),
    ],
  ];
  for (const [why, text] of wrongMessages) {
    it(`refuse a Messages stream with ${why}`, () => {
      assert.notEqual(text, messages);
      assert.throws(() => checkMessagesStream(text));
    });
  }
});
