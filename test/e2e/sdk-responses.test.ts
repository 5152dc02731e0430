// OpenAI's own client speaking Responses, helpers included, against every upstream dialect and the simulated models.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import type { Tool } from 'openai/resources/responses/responses';
import { z } from 'zod';
import type { JsonValue } from '../testkit/json-value.ts';
import {
  chatReply,
  chatStream,
  messagesReply,
  messagesStream,
  type ReplyOptions,
} from '../testkit/replies.ts';
import { must } from '../testkit/reply-summary.ts';
import { checkResponsesStream, responseEvents } from '../testkit/responses-checker.ts';
import { responseOf, responsesReply, responsesStream, streamOf } from '../testkit/responses-replies.ts';
import {
  bytes,
  createGate,
  end,
  fin,
  json,
  reset,
  type Script,
  sse,
  sseHead,
  wait,
} from '../testkit/script.ts';
import {
  createScriptedUpstream,
  type RecordedCall,
  type ScriptedUpstream,
} from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';
import { cutAfter } from './setting.ts';

const dialects = ['responses', 'chat', 'messages'] as const;
type Dialect = (typeof dialects)[number];

const replies: Readonly<Record<Dialect, (options: ReplyOptions) => (call: RecordedCall) => Script>> = {
  responses: responsesReply,
  chat: chatReply,
  messages: messagesReply,
};
const beginnings: Readonly<Record<Dialect, string>> = {
  responses: cutAfter(responsesStream({ text: ['Hel', 'lo'] }), '"delta":"Hel"')[0],
  chat: cutAfter(chatStream({ text: 'Hel' }), 'Hel')[0],
  messages: cutAfter(messagesStream({ text: 'Hel' }), 'Hel')[0],
};

const WEATHER = { id: 'call_1', name: 'get_weather', input: { city: 'Zürich' } };
const TIME = { id: 'call_2', name: 'get_time', input: {} };
const tools: Tool[] = [
  {
    type: 'function',
    name: 'get_weather',
    strict: true,
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
  { type: 'function', name: 'get_time', strict: false, parameters: { type: 'object', properties: {} } },
];

let upstream: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await createScriptedUpstream();
  gateway = await startGateway(`
upstreams:
  responses: { provider: openai, url: ${upstream.url}, secret: sk-up, protocols: [openai-responses] }
  engine: { provider: openai-compatible, url: ${upstream.url}, protocols: [openai-responses] }
  chat: { provider: openai-compatible, url: ${upstream.url} }
  messages: { provider: anthropic, url: ${upstream.url}, secret: sk-ant-upstream }
  sim: { provider: sim, options: { models: { instant: { ttft_ms: 0, tokens_per_second: instant } } } }
models:
  responses: { targets: [responses/gpt-5.4] }
  engine: { targets: [engine/up-model] }
  chat: { targets: [chat/up-model] }
  messages: { targets: [messages/claude-opus-4-5] }
  sim: { targets: [sim/instant] }
`);
});
after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await upstream.close();
});

function client(maxRetries = 0): OpenAI {
  return new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries });
}

function callsIn(response: OpenAI.Responses.Response): readonly unknown[] {
  return response.output.flatMap((item) =>
    item.type === 'function_call' ? [{ id: item.call_id, name: item.name, input: item.arguments }] : [],
  );
}

for (const dialect of dialects) {
  const answer = (options: ReplyOptions): void => upstream.respond(replies[dialect](options));

  describe(`responses over a ${dialect} upstream`, () => {
    const body = { model: dialect, input: 'Hello.' };

    it('reads a text, its end and its usage', async () => {
      answer({ text: 'Grüße 👋', input: 7, output: 3 });
      const reply = await client().responses.create(body);
      assert.equal(reply.output_text, 'Grüße 👋');
      assert.equal(reply.status, 'completed');
      assert.deepEqual([reply.usage?.input_tokens, reply.usage?.output_tokens], [7, 3]);
    });

    it('streams a text, and assembles it in its helper', async () => {
      answer({ text: ['Grü', 'ße 👋'] });
      let text = '';
      let last = '';
      for await (const event of await client().responses.create({ ...body, stream: true })) {
        if (event.type === 'response.output_text.delta') text += event.delta;
        last = event.type;
      }
      assert.deepEqual([text, last], ['Grüße 👋', 'response.completed']);
      const final = await client().responses.stream(body).finalResponse();
      assert.equal(final.output_text, 'Grüße 👋');
    });

    it('gets parallel calls beside text and reasoning, whole and streamed', async () => {
      answer({ reasoning: 'Both.', text: 'Let me see.', tools: [WEATHER, TIME] });
      const asked = { ...body, tools };
      const whole = await client().responses.create(asked);
      const streamed = await client().responses.stream(asked).finalResponse();
      for (const reply of [whole, streamed]) {
        assert.equal(reply.output_text, 'Let me see.');
        const [thought] = reply.output;
        must(thought?.type === 'reasoning', 'Reasoning is not first.', reply);
        assert.equal(thought.summary[0]?.text, 'Both.');
        assert.deepEqual(
          callsIn(reply),
          [WEATHER, TIME].map(({ input, ...tool }) => ({ ...tool, input: JSON.stringify(input) })),
        );
      }
    });

    it('sends calls and results back, with the reasoning before them', async () => {
      answer({ reasoning: 'Both.', tools: [WEATHER] });
      const first = await client().responses.create({ ...body, tools });
      answer({ text: 'Sunny.' });
      const input = [
        { role: 'user' as const, content: 'Hello.' },
        ...first.output,
        { type: 'function_call_output' as const, call_id: 'call_1', output: '25 °C' },
      ] as OpenAI.Responses.ResponseInput;
      const second = await client().responses.create({ ...body, input, tools, store: false });
      assert.equal(second.output_text, 'Sunny.');
      const sent = upstream.calls.at(-1)?.json;
      assert.deepEqual(returned[dialect](sent), expected[dialect]);
    });

    it('says that an answer was cut short', async () => {
      answer({
        text: 'Hel',
        finish: { responses: 'max_output_tokens', chat: 'length', messages: 'max_tokens' }[dialect],
      });
      for (const reply of [
        await client().responses.create(body),
        await client().responses.stream(body).finalResponse(),
      ]) {
        assert.deepEqual(
          [reply.status, reply.incomplete_details?.reason],
          ['incomplete', 'max_output_tokens'],
        );
      }
    });

    it('parses structured output', async () => {
      answer({ text: '{"city":"Bern"}' });
      const text = { format: zodTextFormat(z.object({ city: z.string() }), 'place') };
      const reply = await client().responses.parse({ ...body, text });
      assert.deepEqual(reply.output_parsed, { city: 'Bern' });
      assert.match(JSON.stringify(upstream.calls.at(-1)?.json), /"json_schema"/);
    });

    it('counts input tokens', async () => {
      upstream.respond(
        json(
          dialect === 'messages' ? { input_tokens: 9 } : { object: 'response.input_tokens', input_tokens: 9 },
        ),
      );
      const before = upstream.calls.length;
      const counted = await client().responses.inputTokens.count(body);
      assert.equal(counted.object, 'response.input_tokens');
      if (dialect !== 'chat') assert.equal(counted.input_tokens, 9, 'the upstream knows, in its own dialect');
      else assert.ok(counted.input_tokens > 0 && upstream.calls.length === before, 'it is counted here');
    });

    for (const [how, death] of [
      ['resets the connection', reset],
      ['closes without an end', end],
      ['breaks off within an event', fin],
    ] as const) {
      it(`throws, raw and in its helper, when the upstream ${how} in the middle`, async () => {
        const died = [sseHead(), bytes(beginnings[dialect]), death];
        upstream.respond(died);
        let text = '';
        await assert.rejects(async () => {
          for await (const event of await client().responses.create({ ...body, stream: true })) {
            if (event.type === 'response.output_text.delta') text += event.delta;
          }
        }, OpenAI.APIError);
        assert.equal(text, 'Hel', 'what had come is not lost');
        await assert.rejects(client().responses.stream(body).finalResponse(), OpenAI.OpenAIError);

        const raw = await gateway.ask('/v1/responses', { ...body, stream: true });
        const events = responseEvents(raw.text);
        const [error, failed] = events.slice(-2);
        assert.deepEqual([error.type, failed.type], ['error', 'response.failed']);
        assert.equal(failed.response.id, events[0].response.id, 'one id from the first event to the last');
        assert.equal(failed.response.error.code, 'server_error');
      });
    }

    it('leaves in the middle, and the upstream is let go', async () => {
      const gate = createGate();
      upstream.respond([sseHead(), bytes(beginnings[dialect]), wait(gate.opened), end]);
      const at = upstream.calls.length;
      const stream = await client().responses.create({ ...body, stream: true });
      for await (const event of stream) if (event.type === 'response.output_text.delta') break;
      stream.controller.abort();
      await (await upstream.call(at)).aborted;
      gate.open();
    });

    it('tries a failed upstream once, not once per retry of the client', async () => {
      const before = upstream.calls.length;
      upstream.respond(json({ error: { message: 'It broke.', type: 'api_error' } }, 500));
      await assert.rejects(client(2).responses.create(body), OpenAI.InternalServerError);
      assert.equal(upstream.calls.length, before + 1);
    });
  });
}

/** The turn of a tool loop, as each upstream is told of it: ids of items and the like aside. */
const returned: Readonly<Record<Dialect, (sent: JsonValue) => JsonValue>> = {
  responses: (sent) =>
    sent.input
      .slice(1)
      .map(({ type, call_id, encrypted_content }: JsonValue) => ({ type, call_id, encrypted_content })),
  chat: (sent) => sent.messages.slice(1),
  messages: (sent) => sent.messages.slice(1),
};
const expected: Readonly<Record<Dialect, JsonValue>> = {
  responses: [
    { type: 'reasoning', call_id: undefined, encrypted_content: 'gAAAsealed' },
    { type: 'function_call', call_id: 'call_1', encrypted_content: undefined },
    { type: 'function_call_output', call_id: 'call_1', encrypted_content: undefined },
  ],
  chat: [
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'Both.',
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Zürich"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '25 °C' },
  ],
  // The signature has been to the caller and back.
  messages: [
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Both.', signature: 'c2lnbmVk' },
        { type: 'tool_use', id: 'call_1', name: 'get_weather', input: { city: 'Zürich' } },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: '25 °C' }] },
  ],
};

describe('Codex and its tools', () => {
  const codex = {
    model: '',
    store: false,
    stream: true,
    include: ['reasoning.encrypted_content'],
    instructions: 'You are a coding agent.',
    input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Mend it.' }] }],
    tools: [
      {
        type: 'custom',
        name: 'apply_patch',
        description: 'Patch.',
        format: { type: 'grammar', syntax: 'lark', definition: 'x' },
      },
      {
        type: 'namespace',
        name: 'mcp__files__',
        description: 'Files.',
        tools: [{ type: 'function', name: 'read', parameters: { type: 'object' }, strict: false }],
      },
      { type: 'web_search' },
    ],
    tool_choice: 'auto',
    parallel_tool_calls: false,
    reasoning: { effort: 'medium', summary: 'auto' },
  };
  const patch = '*** Begin Patch\n+ "ä"\n*** End Patch';
  const wrapped = [
    { id: 'call_1', name: 'apply_patch__freetext', input: { input: patch } },
    { id: 'call_2', name: 'mcp__files__read', input: { path: 'a' } },
  ];
  const wants = [
    ['custom_tool_call', undefined, 'apply_patch', patch],
    ['function_call', 'mcp__files__', 'read', '{"path":"a"}'],
  ];

  for (const [model, reply, path] of [
    ['chat', chatReply({ tools: wrapped }), '/v1/chat/completions'],
    ['messages', messagesReply({ tools: wrapped }), '/v1/messages'],
    ['engine', responsesReply({ tools: wrapped }), '/v1/responses'],
  ] as const) {
    it(`copilot-api#242: free text and namespaces come back as Codex knows them, from ${model}`, async () => {
      upstream.respond(reply);
      const raw = await gateway.ask('/v1/responses', { ...codex, model });
      checkResponsesStream(raw.text);
      const items = responseEvents(raw.text)
        .filter((event) => event.type === 'response.output_item.done')
        .map(({ item }) => [item.type, item.namespace, item.name, item.input ?? item.arguments]);
      assert.deepEqual(items, wants);
      const sent = upstream.calls.at(-1);
      assert.equal(sent?.path, path);
      assert.doesNotMatch(JSON.stringify(sent?.json), /namespace|"custom"/);
      if (model !== 'engine')
        assert.match(raw.headers['x-signalbox-translation'] ?? '', /dropped=tools\.web_search/);
    });
  }

  it('reach OpenAI as they are', async () => {
    const item = {
      id: 'ctc_1',
      type: 'custom_tool_call',
      status: 'completed',
      call_id: 'call_1',
      name: 'apply_patch',
      input: patch,
    };
    const stream = streamOf(responseOf([item]));
    upstream.respond(sse(stream));
    const raw = await gateway.ask('/v1/responses', { ...codex, model: 'responses' });
    assert.equal(raw.text, stream);
    assert.deepEqual(upstream.calls.at(-1)?.json, { ...codex, model: 'gpt-5.4' });
  });
});

describe('what is not to be had is refused, clearly', () => {
  const refusals: readonly [object, string][] = [
    [{ background: true }, 'background'],
    [{ previous_response_id: 'resp_0' }, 'previous_response_id'],
    [{ conversation: 'conv_1' }, 'conversation'],
  ];
  for (const [fields, param] of refusals) {
    for (const model of ['chat', 'engine']) {
      it(`${param}, of ${model}`, async () => {
        const before = upstream.calls.length;
        await assert.rejects(client().responses.create({ model, input: 'x', ...fields }), (error) => {
          must(error instanceof OpenAI.BadRequestError, 'The class is wrong.', error);
          assert.equal(error.param, param);
          return true;
        });
        assert.equal(upstream.calls.length, before);
      });
    }
  }
});

describe('responses over the simulated models', () => {
  it('reads the same text whole and streamed', async () => {
    const whole = await client().responses.create({ model: 'sim', input: 'Hello.' });
    const streamed = await client().responses.stream({ model: 'sim', input: 'Hello.' }).finalResponse();
    assert.match(whole.output_text, /simulated/);
    assert.equal(streamed.output_text, whole.output_text);
  });

  it('gets parallel calls', async () => {
    const reply = await client().responses.create({
      model: 'sim',
      input: 'Please use get_weather and get_time.',
      tools,
    });
    assert.deepEqual(
      callsIn(reply).map((call) => (call as { name: string }).name),
      ['get_weather', 'get_time'],
    );
  });

  it('parses structured output', async () => {
    const format = zodTextFormat(z.object({ city: z.string(), size: z.number() }), 'place');
    const reply = await client().responses.parse({ model: 'sim', input: 'Hello.', text: { format } });
    assert.equal(typeof reply.output_parsed?.size, 'number');
  });

  it('reasons when asked to', async () => {
    const reply = await client().responses.create({
      model: 'sim',
      input: 'Hello.',
      reasoning: { effort: 'high' },
    });
    assert.equal(reply.output[0]?.type, 'reasoning');
    assert.ok((reply.usage?.output_tokens_details.reasoning_tokens ?? 0) > 0);
  });
});
