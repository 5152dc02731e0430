// Bedrock and Azure over real sockets: signed calls, both dialects of Claude, binary streams in and out.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { encodeHeaders, encodeMessage, readMessages } from '../../src/lib/event-stream.ts';
import {
  converseException,
  converseHi,
  converseStream,
  EVENT_STREAM,
  eventStream,
  HI,
  HI_BODY,
} from '../testkit/converse-replies.ts';
import { parse } from '../testkit/json-value.ts';
import { chatReply, messagesStream } from '../testkit/replies.ts';
import { bytes, end, head, json, torn } from '../testkit/script.ts';
import {
  createScriptedUpstream,
  type RecordedCall,
  type ScriptedUpstream,
} from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

const CLAUDE = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const NOVA = 'amazon.nova-pro-v1:0';

let upstream: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await createScriptedUpstream();
  const signed = `options: { region: eu-central-1, access_key_id: AKIAMADEUP00000001, session_token: session }`;
  gateway = await startGateway(`
upstreams:
  bedrock: { provider: bedrock, url: ${upstream.url}, secret: made-up-secret, ${signed} }
  azure: { provider: azure, url: ${upstream.url}/openai/v1/, secret: azure-key }
  dated: { provider: azure, url: ${upstream.url}, secret: azure-key, options: { api_version: "2024-10-21" } }
  entra:
    provider: azure
    url: ${upstream.url}
    secret: application-secret
    options: { tenant_id: tenant, client_id: client, authority: "${upstream.url}" }
models:
  claude: { targets: ["bedrock/${CLAUDE}"] }
  nova: { targets: ["bedrock/${NOVA}"] }
  kept: { targets: ["bedrock/${NOVA}"], cache: { ttl: 5m } }
  azure: { targets: [azure/my-deployment] }
  dated: { targets: [dated/my-deployment] }
  entra: { targets: [entra/gpt-5] }
`);
});
after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await upstream.close();
});

function last(): RecordedCall {
  const call = upstream.calls.at(-1);
  assert.ok(call !== undefined);
  return call;
}

const hello = [{ role: 'user', content: 'Hello.' }];
const helloThere = [{ role: 'user', content: [{ text: 'Hello.' }] }];

it('a Chat caller gets Converse, streamed, from a signed call', async () => {
  upstream.respond(converseHi);
  const reply = await gateway.ask('/v1/chat/completions', { model: 'nova', stream: true, messages: hello });
  assert.equal(reply.status, 200, reply.text);
  assert.match(reply.text, /"model":"amazon.nova-pro-v1:0"/);
  assert.match(reply.text, /"content":"Hi\."/);
  assert.match(reply.text, /\[DONE\]/);
  const { path, headers, text } = last();
  assert.equal(path, '/model/amazon.nova-pro-v1%3A0/converse-stream');
  assert.match(
    headers.authorization ?? '',
    /^AWS4-HMAC-SHA256 Credential=AKIAMADEUP00000001\/\d{8}\/eu-central-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
  );
  assert.equal(headers['x-amz-security-token'], 'session');
  assert.ok(!JSON.stringify([headers, text]).includes('made-up-secret'));
});

function wrapped(stream: string): Buffer {
  const event = encodeHeaders({
    ':event-type': 'chunk',
    ':content-type': 'application/json',
    ':message-type': 'event',
  });
  const events = stream.split('\n\n').filter((text) => text !== '');
  return Buffer.concat(
    events.map((text) => {
      const data = text.slice(text.indexOf('data: ') + 'data: '.length);
      return encodeMessage(event, JSON.stringify({ bytes: Buffer.from(data).toString('base64'), p: 'abc' }));
    }),
  );
}

it('a Messages caller gets Claude in its own dialect, unwrapped, however it was cut', async () => {
  const stream = messagesStream({
    text: ['Grü', 'ße 🤔'],
    tools: [{ id: 'toolu_1', name: 'x', input: { a: 1 } }],
  });
  const sent = wrapped(stream);
  for (const cuts of [[], [1, 13, 200], Array.from({ length: 60 }, (_, at) => at * 31)]) {
    upstream.respond([head(200, { 'content-type': EVENT_STREAM }), ...torn(sent, cuts), end]);
    const body = { model: 'claude', max_tokens: 9, stream: true, messages: hello, news: { kept: true } };
    const headers = { 'anthropic-beta': 'context-1m-2025-08-07,claude-code-20250219' };
    const reply = await gateway.ask('/v1/messages', body, headers);
    assert.equal(reply.text, stream);
    assert.equal(last().path, `/model/${encodeURIComponent(CLAUDE)}/invoke-with-response-stream`);
    assert.deepEqual(last().json, {
      max_tokens: 9,
      messages: hello,
      news: { kept: true },
      anthropic_version: 'bedrock-2023-05-31',
      anthropic_beta: ['context-1m-2025-08-07'],
    });
  }
});

it('a Messages caller gets other models through Converse', async () => {
  upstream.respond(converseHi);
  const reply = await gateway.ask('/v1/messages', { model: 'nova', max_tokens: 9, messages: hello });
  assert.equal(last().path, '/model/amazon.nova-pro-v1%3A0/converse');
  assert.equal(reply.json.content[0].text, 'Hi.');
  assert.equal(reply.json.model, NOVA);
});

it('what the service refuses is told in the dialect of the caller', async () => {
  upstream.respond(
    json({ message: 'tools.0: Field required' }, 400, { 'x-amzn-errortype': 'ValidationException' }),
  );
  const messages = await gateway.ask('/v1/messages', { model: 'claude', max_tokens: 9, messages: hello });
  assert.equal(messages.status, 400);
  assert.match(messages.json.error.message, /tools\.0: Field required/);
  const chat = await gateway.ask('/v1/chat/completions', { model: 'nova', messages: hello });
  assert.equal(chat.status, 400);
  assert.match(chat.json.error.message, /tools\.0: Field required/);
});

function told(body: Buffer): readonly (readonly [string, unknown])[] {
  return readMessages(body).map(({ headers, payload }) => [
    headers.get(':event-type') ?? headers.get(':exception-type') ?? '',
    parse(payload.toString()),
  ]);
}

it('a Converse caller of a Converse upstream gets its bytes', async () => {
  const stream = converseStream(...HI);
  for (const cuts of [[], [3, 40, 41], Array.from({ length: 100 }, (_, at) => at * 7)]) {
    upstream.respond([head(200, { 'content-type': EVENT_STREAM }), ...torn(stream, cuts), end]);
    const body = { messages: helloThere, additionalModelRequestFields: { inferenceConfig: { topK: 5 } } };
    const reply = await gateway.ask('/model/nova/converse-stream', body);
    assert.equal(reply.headers['content-type'], EVENT_STREAM);
    assert.deepEqual(reply.body, stream);
    assert.deepEqual(last().json, body);
  }
  upstream.respond(json(HI_BODY));
  const whole = await gateway.ask('/model/nova/converse', { messages: helloThere });
  assert.deepEqual(whole.json, HI_BODY);
});

it('a Converse caller of another dialect gets whole messages', async () => {
  upstream.respond(chatReply({ text: ['Grü', 'ße'] }));
  const reply = await gateway.ask('/model/azure/converse-stream', { messages: helloThere });
  assert.equal(reply.headers['content-type'], EVENT_STREAM);
  assert.deepEqual(told(reply.body), [
    ['messageStart', { role: 'assistant' }],
    ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Grü' } }],
    ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'ße' } }],
    ['contentBlockStop', { contentBlockIndex: 0 }],
    ['messageStop', { stopReason: 'end_turn' }],
    [
      'metadata',
      {
        usage: {
          inputTokens: 10,
          outputTokens: 5,
          totalTokens: 15,
          cacheReadInputTokens: 0,
          cacheWriteInputTokens: 0,
        },
      },
    ],
  ]);
  const whole = await gateway.ask('/model/azure/converse', { messages: helloThere });
  assert.equal(whole.json.output.message.content[0].text, 'Grüße');
});

it('a stream that fails in the middle ends in an exception for a Converse caller', async () => {
  const begun = converseStream(...HI.slice(0, 2));
  upstream.respond(
    eventStream(Buffer.concat([begun, converseException('throttlingException', 'Slow down.')])),
  );
  const reply = await gateway.ask('/model/nova/converse-stream', { messages: helloThere });
  assert.deepEqual(reply.body.subarray(0, begun.length), begun);
  assert.deepEqual(
    told(reply.body.subarray(begun.length)).map(([type]) => type),
    ['throttlingException'],
  );
});

it('a stream that fails before it says anything is an error with a status', async () => {
  upstream.respond(eventStream(converseException('serviceUnavailableException', 'Not now.')));
  const reply = await gateway.ask('/model/nova/converse-stream', { messages: helloThere });
  assert.equal(reply.status, 503);
  assert.equal(reply.headers['x-amzn-errortype'], 'ServiceUnavailableException');
});

it('a body that makes no sense is refused by its place', async () => {
  const reply = await gateway.ask('/model/azure/converse', {
    messages: [{ role: 'user', content: [{ text: 1 }] }],
  });
  assert.equal(reply.status, 400);
  assert.equal(reply.headers['x-amzn-errortype'], 'ValidationException');
  assert.match(reply.json.message, /messages\[0\]\.content\[0\]\.text/);
});

it('a kept binary stream answers streamed and whole, in every dialect', async () => {
  upstream.respond(converseHi);
  const before = upstream.calls.length;
  const first = await gateway.ask('/model/kept/converse-stream', { messages: helloThere });
  const again = await gateway.ask('/model/kept/converse-stream', { messages: helloThere });
  assert.deepEqual(again.body, first.body);
  const whole = await gateway.ask('/model/kept/converse', { messages: helloThere });
  assert.equal(whole.json.output.message.content[0].text, 'Hi.');
  assert.equal(whole.json.usage.inputTokens, 10);
  assert.equal(upstream.calls.length, before + 1);
});

it('Azure is shown its key, below the prefix, by the name of the deployment', async () => {
  upstream.respond(chatReply({ text: 'Hi.' }));
  await gateway.ask('/v1/chat/completions', { model: 'azure', messages: hello });
  assert.equal(last().path, '/openai/v1/chat/completions');
  assert.equal(last().headers['api-key'], 'azure-key');
  assert.equal(last().headers.authorization, undefined);
  assert.equal(last().json.model, 'my-deployment');
  await gateway.ask('/v1/chat/completions', { model: 'dated', messages: hello });
  assert.equal(last().path, '/openai/deployments/my-deployment/chat/completions?api-version=2024-10-21');
});

it('Azure is shown a token that was bought once', async () => {
  const answer = chatReply({ text: 'Hi.' });
  upstream.respond((call) =>
    call.path.endsWith('/token') ? json({ access_token: 'bought', expires_in: 3600 }) : answer(call),
  );
  const before = upstream.calls.length;
  const ask = () => gateway.ask('/v1/chat/completions', { model: 'entra', messages: hello });
  const replies = await Promise.all([ask(), ask(), ask()]);
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200, 200],
  );
  const calls = upstream.calls.slice(before);
  assert.equal(calls.filter(({ path }) => path === '/tenant/oauth2/v2.0/token').length, 1);
  for (const call of calls.filter(({ path }) => path.endsWith('completions'))) {
    assert.equal(call.headers.authorization, 'Bearer bought');
    assert.ok(!JSON.stringify([call.headers, call.text]).includes('application-secret'));
  }
});

it("Azure's filter refuses in the words of the caller's dialect", async () => {
  const error = {
    message:
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
    type: null,
    param: 'prompt',
    code: 'content_filter',
    status: 400,
    innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: { hate: { filtered: true } } },
  };
  upstream.respond(json({ error }, 400));
  const chat = await gateway.ask('/v1/chat/completions', { model: 'azure', messages: hello });
  assert.equal(chat.status, 400);
  assert.equal(chat.json.error.code, 'content_filter');
  const messages = await gateway.ask('/v1/messages', { model: 'azure', max_tokens: 9, messages: hello });
  assert.equal(messages.json.error.type, 'invalid_request_error');
});

it('autogen#6465 choices without a delta, and an opening without choices', async () => {
  const chunk = (fields: object): string =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'gpt-5', ...fields })}\n\n`;
  const stream = [
    `data: ${JSON.stringify({ id: '', created: 0, model: '', object: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] })}\n\n`,
    chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] }),
    chunk({ choices: [{ index: 0, finish_reason: null, content_filter_offsets: { check_offset: 1 } }] }),
    chunk({ choices: [{ index: 0, delta: { content: 'Hi.' }, finish_reason: null }] }),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    'data: [DONE]\n\n',
  ].join('');
  upstream.respond([head(200, { 'content-type': 'text/event-stream' }), bytes(stream), end]);
  const messages = await gateway.ask('/v1/messages', {
    model: 'azure',
    max_tokens: 9,
    stream: true,
    messages: hello,
  });
  assert.match(messages.text, /"text":"Hi\."/);
  assert.match(messages.text, /"model":"gpt-5"/);
  assert.match(messages.text, /message_stop/);
});
