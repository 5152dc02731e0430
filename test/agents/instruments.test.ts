// The instruments of the agents' suite, without an agent: what reads calls, passes them on and keeps them in.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { send } from '../testkit/raw-client.ts';
import { bytes, json, reset, sseHead } from '../testkit/script.ts';
import { createScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Dialect, isStreamed, readCall } from './asked-call.ts';
import { wishToRead, wishToRun, wishToWrite } from './tool-wish.ts';
import { createWall, createWitness } from './witness.ts';

const schema = { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] };

/** One conversation in each dialect's words. */
const conversations: Readonly<Record<Dialect, object>> = {
  chat: {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Look.' },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'Hm.',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'sh', arguments: '{"command":"ls"}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'a.txt' },
    ],
    tools: [{ type: 'function', function: { name: 'sh', parameters: schema } }],
  },
  messages: {
    system: [{ type: 'text', text: 'Be brief.' }],
    messages: [
      { role: 'user', content: 'Look.' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: '' },
          { type: 'tool_use', id: 'c1', name: 'sh', input: { command: 'ls' } },
        ],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: 'a.txt' }] }],
      },
    ],
    tools: [{ name: 'sh', input_schema: schema }],
  },
  responses: {
    input: [
      {
        type: 'additional_tools',
        role: 'developer',
        tools: [{ type: 'function', name: 'sh', parameters: schema }],
      },
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'input_text', text: 'Look.' }] },
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] },
      { type: 'function_call', call_id: 'c1', name: 'sh', arguments: '{"command":"ls"}' },
      { type: 'function_call_output', call_id: 'c1', output: 'a.txt' },
    ],
  },
  generate: {
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [
      { role: 'user', parts: [{ text: 'Look.' }] },
      {
        role: 'model',
        parts: [
          { text: 'Hm.', thought: true },
          { functionCall: { id: 'c1', name: 'sh', args: { command: 'ls' } } },
        ],
      },
      {
        role: 'user',
        parts: [{ functionResponse: { id: 'c1', name: 'sh', response: { output: 'a.txt' } } }],
      },
    ],
    tools: [{ functionDeclarations: [{ name: 'sh', parametersJsonSchema: schema }] }],
  },
};

describe('a call read plainly', () => {
  for (const dialect of Object.keys(conversations) as Dialect[]) {
    it(`says the same in ${dialect}`, () => {
      const { system, user, ...rest } = readCall(dialect, conversations[dialect]);
      assert.deepEqual([system.trim(), user], ['Be brief.', 'Look.']);
      assert.deepEqual(rest, {
        tools: [{ name: 'sh', schema }],
        calls: [{ id: 'c1', name: 'sh', input: { command: 'ls' } }],
        results: [{ id: 'c1', text: 'a.txt' }],
        thoughts: 'Hm.',
      });
    });
  }

  it('is streamed by its body, or by its path', () => {
    assert.equal(isStreamed('/v1/messages', { stream: true }), true);
    assert.equal(isStreamed('/v1/messages', {}), false);
    assert.equal(isStreamed('/v1beta/models/m:streamGenerateContent?alt=sse', {}), true);
  });
});

describe('a wish', () => {
  const file = { properties: { filePath: { type: 'string' }, content: { type: 'string' } }, required: [] };
  const shell = {
    properties: { command: { type: 'string' }, description: { type: 'string' }, seconds: { type: 'number' } },
    required: ['command', 'description', 'seconds'],
  };

  it('finds the tool by its schema, and fills what must not be missing', () => {
    const tools = [
      { name: 'bash', schema: shell },
      { name: 'put', schema: file },
    ];
    assert.deepEqual(wishToWrite(tools, '/a', 'b'), { name: 'put', input: { filePath: '/a', content: 'b' } });
    assert.deepEqual(wishToRun(tools, 'ls'), {
      name: 'bash',
      input: { command: 'ls', description: 'As asked.', seconds: 1 },
    });
  });

  it('makes do with a shell, quotes and all', () => {
    const tools = [{ name: 'bash', schema: { properties: { cmd: { type: 'string' } } } }];
    assert.deepEqual(wishToRead(tools, '/a b').input, { cmd: "cat '/a b'" });
    assert.deepEqual(wishToWrite(tools, '/a', "it's").input, { cmd: "printf %s 'it'\\''s' > '/a'" });
  });

  it('is a program where only programs are taken', () => {
    const code = 'const done = await tools.exec_command({ cmd: "ls" });\ntext(done.output);';
    assert.equal(wishToRun([{ name: 'functions.exec', schema: undefined }], 'ls').input, code);
    const wrapped = { name: 'functions__exec__freetext', schema: { properties: { input: {} } } };
    assert.deepEqual(wishToRun([wrapped], 'ls').input, { input: code });
    assert.throws(() => wishToRun([], 'ls'), /No tool runs commands/);
  });
});

describe('a witness', () => {
  it('passes on what comes and remembers it, breaks included', async () => {
    const upstream = await createScriptedUpstream();
    const witness = await createWitness(upstream.url);
    upstream.next(json({ ok: 'ü' }, 201, { 'x-a': 'b' }), [sseHead(), bytes('data: ü\n\n'), reset]);
    const whole = await send(witness.url, '/a?b=c', { body: { é: 1 } });
    assert.deepEqual([whole.status, whole.headers['x-a'], whole.json], [201, 'b', { ok: 'ü' }]);
    const broken = await send(witness.url, '/', { body: {} });
    assert.deepEqual([broken.text, broken.whole], ['data: ü\n\n', false]);
    const [first, second] = witness.exchanges;
    assert.deepEqual([first?.path, first?.json, first?.status], ['/a?b=c', { é: 1 }, 201]);
    assert.equal(second?.reply, 'data: ü\n\n');
    await witness.close();
    await upstream.close();
  });
});

describe('the wall', () => {
  it('lets nobody out, and knows where they wanted to go', async () => {
    const wall = await createWall();
    const { port } = new URL(wall.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n');
    const said = await new Promise((resolve) => socket.once('data', (data) => resolve(String(data))));
    assert.match(String(said), /^HTTP\/1.1 403 /);
    socket.destroy();
    assert.deepEqual([...wall.wanted], ['example.org:443']);
    await wall.close();
  });
});
