// Anthropic's own client, helpers included, against every upstream dialect and the simulated models.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { z } from 'zod';
import { must } from '../testkit/reply-summary.ts';
import { bytes, createGate, end, fin, json, reset, sseHead, wait } from '../testkit/script.ts';
import { beginning, dialects, replyIn, useSetting } from './setting.ts';

const setting = useSetting();
const question = { role: 'user', content: 'Hello.' } as const;
const WEATHER = { id: 'toolu_1', name: 'get_weather', input: { city: 'Zürich' } };
const TIME = { id: 'toolu_2', name: 'get_time', input: {} };
const tools: Anthropic.Tool[] = [
  {
    name: 'get_weather',
    input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
  { name: 'get_time', input_schema: { type: 'object', properties: {} } },
];

function client(options: { readonly apiKey?: string; readonly maxRetries?: number } = {}): Anthropic {
  const { url, key } = setting.gateway;
  return new Anthropic({ apiKey: key, baseURL: url, maxRetries: 0, ...options });
}

function body(model: string): { model: string; max_tokens: number; messages: (typeof question)[] } {
  return { model, max_tokens: 1000, messages: [question] };
}

for (const dialect of dialects) {
  describe(`anthropic over a ${dialect} upstream`, () => {
    it('reads a text, its end and its usage', async () => {
      setting.upstreams[dialect].respond(replyIn(dialect, { text: 'Grüße 👋', input: 7, output: 3 }));
      const reply = await client().messages.create(body(dialect));
      assert.deepEqual(
        reply.content.map((block) => (block.type === 'text' ? block.text : block.type)),
        ['Grüße 👋'],
      );
      assert.equal(reply.stop_reason, 'end_turn');
      assert.equal(reply.usage.input_tokens, 7);
      assert.equal(reply.usage.output_tokens, 3);
    });

    it('streams a text, raw', async () => {
      setting.upstreams[dialect].respond(replyIn(dialect, { text: ['Grü', 'ße 👋'] }));
      const stream = await client().messages.create({ ...body(dialect), stream: true });
      let text = '';
      const types = new Set<string>();
      for await (const event of stream) {
        types.add(event.type);
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
          text += event.delta.text;
      }
      assert.equal(text, 'Grüße 👋');
      assert.deepEqual(
        [...types],
        [
          'message_start',
          'content_block_start',
          'content_block_delta',
          'content_block_stop',
          'message_delta',
          'message_stop',
        ],
      );
    });

    it('assembles a streamed text in its helper', async () => {
      setting.upstreams[dialect].respond(replyIn(dialect, { text: ['Hel', 'lo'], input: 7, output: 3 }));
      const stream = client().messages.stream(body(dialect));
      assert.equal(await stream.finalText(), 'Hello');
      const { usage } = await stream.finalMessage();
      assert.equal(usage.input_tokens, 7);
      assert.equal(usage.output_tokens, 3);
    });

    it('gets parallel calls beside text and reasoning, whole and streamed', async () => {
      setting.upstreams[dialect].respond(
        replyIn(dialect, { reasoning: 'Both.', text: 'Let me see.', tools: [WEATHER, TIME] }),
      );
      const call = { ...body(dialect), tools };
      const whole = await client().messages.create(call);
      const streamed = await client().messages.stream(call).finalMessage();
      for (const reply of [whole, streamed]) {
        assert.equal(reply.stop_reason, 'tool_use');
        assert.deepEqual(reply.content.map(said), [
          ['thinking', 'Both.'],
          ['text', 'Let me see.'],
          ['tool_use', WEATHER],
          ['tool_use', TIME],
        ]);
      }
    });

    for (const stream of [false, true]) {
      it(`runs tools by itself until there is an answer, ${stream ? 'streamed' : 'whole'}`, async () => {
        const upstream = setting.upstreams[dialect];
        const before = upstream.calls.length;
        upstream.next(
          replyIn(dialect, { reasoning: 'Look.', tools: [WEATHER] }),
          replyIn(dialect, { text: 'Sunny.' }),
        );
        const { reply, asked } = await runTools({ ...body(dialect), stream, thread: false });
        assert.deepEqual(reply.content.map(said), [['text', 'Sunny.']]);
        assert.deepEqual(asked, [{ city: 'Zürich' }]);
        assert.equal(upstream.calls.length, before + 2);
        assert.deepEqual(upstream.calls.at(-1)?.json.messages.slice(1), returned[dialect]);
      });
    }

    it('runs tools over a thread that the server is to hold: no turn is ever without its history', async () => {
      const upstream = setting.upstreams[dialect];
      const before = upstream.calls.length;
      upstream.next(
        replyIn(dialect, { reasoning: 'Look.', tools: [WEATHER] }),
        replyIn(dialect, { text: 'Sunny.' }),
      );
      const { reply } = await runTools(body(dialect));
      assert.deepEqual(reply.content.map(said), [['text', 'Sunny.']]);
      assert.equal(
        upstream.calls.length,
        before + 2,
        'an upstream that holds no threads is not bothered with them',
      );
      const last = upstream.calls.at(-1)?.json;
      // Either the upstream holds the thread itself, or it gets the whole history.
      if (last.thread === undefined) assert.deepEqual(last.messages.slice(1), returned[dialect]);
      else {
        assert.equal(dialect, 'messages');
        assert.deepEqual(last.thread, { type: 'continue', previous_message_id: 'msg_up_1' });
        assert.deepEqual(last.messages, returned[dialect].slice(1));
      }
    });

    it('sends images and documents', async () => {
      const upstream = setting.upstreams[dialect];
      upstream.respond(replyIn(dialect, { text: 'A cat.' }));
      await client().messages.create({
        ...body(dialect),
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
              {
                type: 'document',
                source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' },
              },
            ],
          },
        ],
      });
      const [image, document] = upstream.calls.at(-1)?.json.messages[0].content ?? [];
      if (dialect === 'chat') {
        assert.equal(image.image_url.url, 'data:image/png;base64,iVBORw0KGgo=');
        assert.equal(document.file.file_data, 'data:application/pdf;base64,JVBERg==');
      } else {
        assert.equal(image.source.data, 'iVBORw0KGgo=');
        assert.equal(document.source.data, 'JVBERg==');
      }
    });

    it('parses structured output, whole and streamed', async () => {
      const upstream = setting.upstreams[dialect];
      upstream.respond(replyIn(dialect, { text: '{"city":"Zürich"}' }));
      const call = {
        ...body(dialect),
        output_config: { format: zodOutputFormat(z.object({ city: z.string() })) },
      };
      const whole = await client().messages.parse(call);
      const streamed = await client().messages.stream(call).finalMessage();
      for (const reply of [whole, streamed]) assert.deepEqual(reply.parsed_output, { city: 'Zürich' });
      const sent = upstream.calls.at(-1)?.json;
      const { schema } = sent.response_format?.json_schema ?? sent.output_config.format;
      assert.deepEqual(schema.properties, { city: { type: 'string' } });
    });

    it('tries a failed upstream once, not once per retry of the client', async () => {
      const upstream = setting.upstreams[dialect];
      const before = upstream.calls.length;
      upstream.respond(json({ type: 'error', error: { message: 'It broke.', type: 'api_error' } }, 500));
      await assert.rejects(client({ maxRetries: 2 }).messages.create(body(dialect)), (error) => {
        must(error instanceof Anthropic.InternalServerError, 'The class is wrong.', error);
        assert.equal(error.status, 502);
        assert.equal(error.type, 'api_error');
        assert.equal(error.headers.get('x-should-retry'), 'false');
        return true;
      });
      assert.equal(upstream.calls.length, before + 1);
    });

    it("reports the upstream's overload as one, after a single attempt", async () => {
      const upstream = setting.upstreams[dialect];
      const before = upstream.calls.length;
      const overloaded = { type: 'error', error: { message: 'Overloaded', type: 'overloaded_error' } };
      upstream.respond(json(overloaded, dialect === 'chat' ? 503 : 529));
      await assert.rejects(client({ maxRetries: 2 }).messages.create(body(dialect)), (error) => {
        must(error instanceof Anthropic.InternalServerError, 'The class is wrong.', error);
        assert.equal(error.type, 'overloaded_error');
        assert.equal(error.status, 529);
        return true;
      });
      assert.equal(upstream.calls.length, before + 1);
    });

    for (const [how, death] of [
      ['resets the connection', reset],
      ['closes without an end', end],
      ['breaks off within a chunk', fin],
    ] as const) {
      it(`throws, raw and in its helper, when the upstream ${how} in the middle`, async () => {
        setting.upstreams[dialect].respond([sseHead(), bytes(beginning(dialect)), death]);
        let text = '';
        await assert.rejects(async () => {
          const stream = await client().messages.create({ ...body(dialect), stream: true });
          for await (const event of stream) {
            if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
              text += event.delta.text;
          }
        }, Anthropic.APIError);
        assert.equal(text, 'Hel', 'what had come is not lost');
        await assert.rejects(
          client().messages.stream(body(dialect)).finalMessage(),
          Anthropic.AnthropicError,
        );
      });
    }

    it('leaves in the middle, and the upstream is let go', async () => {
      const upstream = setting.upstreams[dialect];
      const gate = createGate();
      upstream.respond([sseHead(), bytes(beginning(dialect)), wait(gate.opened), end]);
      const at = upstream.calls.length;
      const stream = client().messages.stream(body(dialect));
      const ended = assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
      stream.on('text', () => stream.abort());
      await ended;
      await (await upstream.call(at)).aborted;
      gate.open();
    });
  });
}

describe('anthropic over an upstream that loses a thread', () => {
  it('is told so in the words its helper acts on, and sends everything again', async () => {
    const upstream = setting.upstreams.messages;
    const lost = {
      type: 'error',
      error: {
        type: 'not_found_error',
        message: 'No usable thread.',
        details: { error_code: 'thread_not_found' },
      },
    };
    upstream.next(
      replyIn('messages', { reasoning: 'Look.', tools: [WEATHER] }),
      json(lost, 404),
      replyIn('messages', { text: 'Sunny.' }),
    );
    const { reply } = await runTools(body('messages'));
    assert.deepEqual(reply.content.map(said), [['text', 'Sunny.']]);
    assert.deepEqual(upstream.calls.at(-1)?.json.messages.slice(1), returned.messages);
  });
});

describe('anthropic and the gateway itself', () => {
  it('is let in by either header', async () => {
    const { url, key } = setting.gateway;
    for (const named of [{ authToken: key }, { apiKey: key }]) {
      const reply = await new Anthropic({ ...named, baseURL: url, maxRetries: 0 }).messages.create(
        body('sim'),
      );
      assert.equal(reply.type, 'message');
    }
    const old = {
      defaultHeaders: { 'x-api-key': key, 'anthropic-version': '2023-06-01', authorization: null },
    };
    const reply = await new Anthropic({
      apiKey: 'unused',
      baseURL: url,
      maxRetries: 0,
      ...old,
    }).messages.create(body('sim'));
    assert.equal(reply.type, 'message');
  });

  it('is told about a wrong key', async () => {
    await assert.rejects(client({ apiKey: 'sk-wrong' }).messages.create(body('sim')), (error) => {
      must(error instanceof Anthropic.AuthenticationError, 'The class is wrong.', error);
      assert.equal(error.type, 'authentication_error');
      return true;
    });
  });

  it('is told about an unknown model, with near ones', async () => {
    await assert.rejects(client().messages.create(body('mesages')), (error) => {
      must(error instanceof Anthropic.NotFoundError, 'The class is wrong.', error);
      assert.equal(error.type, 'not_found_error');
      assert.match(error.message, /messages/);
      return true;
    });
  });

  it('is told which field is wrong', async () => {
    await assert.rejects(client().messages.create({ ...body('chat'), messages: [7 as never] }), (error) => {
      must(error instanceof Anthropic.BadRequestError, 'The class is wrong.', error);
      assert.match(error.message, /messages\[0\]/);
      return true;
    });
  });

  it('lists the models and finds one', async () => {
    const ids: string[] = [];
    for await (const model of client().models.list()) ids.push(model.id);
    for (const name of ['chat', 'messages', 'sim']) assert.ok(ids.includes(name), name);
    const one = await client().models.retrieve('sim');
    assert.equal(one.id, 'sim');
    assert.equal(one.type, 'model');
  });

  it('counts tokens: by the upstream where it can, by itself elsewhere', async () => {
    const { max_tokens: _, ...call } = body('messages');
    setting.upstreams.messages.respond(json({ input_tokens: 42 }));
    assert.equal((await client().messages.countTokens(call)).input_tokens, 42);
    assert.equal(setting.upstreams.messages.calls.at(-1)?.path, '/v1/messages/count_tokens');
    const before = setting.upstreams.chat.calls.length;
    const counted = await client().messages.countTokens({ ...call, model: 'chat' });
    assert.ok(counted.input_tokens > 0 && counted.input_tokens < 20, String(counted.input_tokens));
    assert.equal(
      setting.upstreams.chat.calls.length,
      before,
      'nothing is asked of an upstream that cannot count',
    );
    assert.ok((await client().messages.countTokens({ ...call, model: 'sim' })).input_tokens > 0);
  });
});

describe('anthropic over the simulated models', () => {
  it('reads the same text whole and streamed, labelled as simulated', async () => {
    const whole = await client().messages.create(body('sim'));
    const streamed = await client().messages.stream(body('sim')).finalMessage();
    assert.match(JSON.stringify(whole.content), /simulated/);
    assert.deepEqual(streamed.content, whole.content);
  });

  it('gets parallel calls', async () => {
    const reply = await client().messages.create({
      ...body('sim'),
      messages: [{ role: 'user', content: 'Please use get_weather and get_time.' }],
      tools,
    });
    const named = reply.content.flatMap((block) => (block.type === 'tool_use' ? [block.name] : []));
    assert.deepEqual(named, ['get_weather', 'get_time']);
    assert.equal(reply.stop_reason, 'tool_use');
  });

  it('parses structured output', async () => {
    const format = zodOutputFormat(z.object({ city: z.string(), size: z.number() }));
    const reply = await client().messages.parse({ ...body('sim'), output_config: { format } });
    assert.equal(typeof reply.parsed_output?.city, 'string');
  });

  it('reasons when asked to', async () => {
    const reply = await client().messages.create({
      ...body('sim'),
      max_tokens: 4000,
      thinking: { type: 'enabled', budget_tokens: 2000 },
    });
    assert.equal(reply.content[0]?.type, 'thinking');
  });
});

interface Run {
  readonly reply: Anthropic.Beta.BetaMessage;
  readonly asked: readonly unknown[];
}

async function runTools(
  fields: ReturnType<typeof body> & { readonly stream?: boolean; readonly thread?: false },
): Promise<Run> {
  const asked: unknown[] = [];
  const weather = betaZodTool({
    name: 'get_weather',
    description: 'Weather of a city.',
    inputSchema: z.object({ city: z.string() }),
    run: (input) => {
      asked.push(input);
      return '25 °C';
    },
  });
  const runner = client().beta.messages.toolRunner({ ...fields, tools: [weather] });
  return { reply: await runner.runUntilDone(), asked };
}

/** The turn a tool loop sends back, as each dialect says it. */
const returned = {
  chat: [
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'Look.',
      tool_calls: [
        {
          id: 'toolu_1',
          type: 'function',
          function: { name: 'get_weather', arguments: '{"city":"Zürich"}' },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'toolu_1', content: '25 °C' },
  ],
  messages: [
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Look.', signature: 'c2lnbmVk' },
        { type: 'tool_use', ...WEATHER },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '25 °C' }] },
  ],
};

function said(block: Anthropic.ContentBlock | Anthropic.Beta.BetaContentBlock): readonly unknown[] {
  if (block.type === 'text') return ['text', block.text];
  if (block.type === 'thinking') return ['thinking', block.thinking];
  if (block.type === 'tool_use') return ['tool_use', { id: block.id, name: block.name, input: block.input }];
  return [block.type];
}
