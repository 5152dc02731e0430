// OpenAI's own client, helpers included, against every upstream dialect and the simulated models.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import type { ChatCompletionTool } from 'openai/resources/chat/completions';
import { z } from 'zod';
import { must } from '../testkit/reply-summary.ts';
import { bytes, createGate, end, fin, json, reset, sseHead, wait } from '../testkit/script.ts';
import { beginning, dialects, replyIn, useSetting } from './setting.ts';

const setting = useSetting();
const question = { role: 'user', content: 'Hello.' } as const;
const WEATHER = { id: 'call_1', name: 'get_weather', input: { city: 'Zürich' } };
const TIME = { id: 'call_2', name: 'get_time', input: {} };
const tools: ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
  { type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: {} } } },
];

function client(options: { readonly apiKey?: string; readonly maxRetries?: number } = {}): OpenAI {
  const { url, key } = setting.gateway;
  return new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0, ...options });
}

for (const dialect of dialects) {
  describe(`openai over a ${dialect} upstream`, () => {
    it('reads a text, its end and its usage', async () => {
      setting.upstreams[dialect].respond(replyIn(dialect, { text: 'Grüße 👋', input: 7, output: 3 }));
      const reply = await client().chat.completions.create({ model: dialect, messages: [question] });
      assert.equal(reply.choices[0]?.message.content, 'Grüße 👋');
      assert.equal(reply.choices[0]?.finish_reason, 'stop');
      assert.equal(reply.usage?.prompt_tokens, 7);
      assert.equal(reply.usage?.completion_tokens, 3);
    });

    it('streams a text, with usage only when asked for', async () => {
      setting.upstreams[dialect].respond(replyIn(dialect, { text: ['Grü', 'ße 👋'] }));
      for (const include_usage of [true, false]) {
        const stream = await client().chat.completions.create({
          model: dialect,
          messages: [question],
          stream: true,
          stream_options: { include_usage },
        });
        let text = '';
        let usage = 0;
        for await (const chunk of stream) {
          text += chunk.choices[0]?.delta.content ?? '';
          usage += chunk.usage?.total_tokens ?? 0;
        }
        assert.equal(text, 'Grüße 👋');
        assert.equal(usage, include_usage ? 15 : 0);
      }
    });

    it('assembles a streamed text in its helper', async () => {
      setting.upstreams[dialect].respond(replyIn(dialect, { text: ['Hel', 'lo'] }));
      const stream = client().chat.completions.stream({ model: dialect, messages: [question] });
      const seen: string[] = [];
      stream.on('content', (delta) => seen.push(delta));
      const reply = await stream.finalChatCompletion();
      assert.equal(reply.choices[0]?.message.content, 'Hello');
      assert.equal(seen.filter((delta) => delta !== '').join(''), 'Hello');
    });

    it('gets one call of a tool, whole and streamed', async () => {
      setting.upstreams[dialect].respond(replyIn(dialect, { tools: [WEATHER] }));
      const body = { model: dialect, messages: [question], tools };
      const whole = await client().chat.completions.create(body);
      const streamed = await client().chat.completions.stream(body).finalChatCompletion();
      for (const reply of [whole, streamed]) {
        const [choice] = reply.choices;
        assert.equal(choice?.finish_reason, 'tool_calls');
        assert.deepEqual(calls(choice), [{ ...WEATHER, input: JSON.stringify(WEATHER.input) }]);
      }
    });

    it('gets parallel calls beside text and reasoning, whole and streamed', async () => {
      setting.upstreams[dialect].respond(
        replyIn(dialect, { reasoning: 'Both.', text: 'Let me see.', tools: [WEATHER, TIME] }),
      );
      const body = { model: dialect, messages: [question], tools };
      const whole = await client().chat.completions.create(body);
      const streamed = await client().chat.completions.stream(body).finalChatCompletion();
      for (const reply of [whole, streamed]) {
        const [choice] = reply.choices;
        assert.equal(choice?.message.content, 'Let me see.');
        assert.equal(reasoningOf(choice?.message), 'Both.');
        assert.deepEqual(
          calls(choice),
          [WEATHER, TIME].map((tool) => ({ ...tool, input: JSON.stringify(tool.input) })),
        );
      }
    });

    for (const stream of [false, true]) {
      it(`runs tools by itself until there is an answer, ${stream ? 'streamed' : 'whole'}`, async () => {
        const upstream = setting.upstreams[dialect];
        const before = upstream.calls.length;
        upstream.next(replyIn(dialect, { tools: [WEATHER] }), replyIn(dialect, { text: 'Sunny.' }));
        const asked: unknown[] = [];
        const run = {
          model: dialect,
          messages: [question],
          tools: [
            {
              type: 'function' as const,
              function: {
                name: 'get_weather',
                description: 'Weather of a city.',
                parameters: { type: 'object', properties: { city: { type: 'string' } } } as const,
                parse: (text: string): object => JSON.parse(text),
                function: (input: object): string => {
                  asked.push(input);
                  return '25 °C';
                },
              },
            },
          ],
        };
        const runner = stream
          ? client().chat.completions.runTools({ ...run, stream: true })
          : client().chat.completions.runTools(run);
        assert.equal(await runner.finalContent(), 'Sunny.');
        assert.deepEqual(asked, [{ city: 'Zürich' }]);
        assert.equal(upstream.calls.length, before + 2);
        const sent = upstream.calls.at(-1)?.json.messages.slice(1);
        // No words are null in one of the helpers and '' in the other.
        if (dialect === 'chat') sent[0].content = null;
        assert.deepEqual(sent, returned[dialect]);
      });
    }

    it('sends images', async () => {
      const upstream = setting.upstreams[dialect];
      upstream.respond(replyIn(dialect, { text: 'A cat.' }));
      await client().chat.completions.create({
        model: dialect,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is it?' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
            ],
          },
        ],
      });
      assert.deepEqual(
        upstream.calls.at(-1)?.json.messages[0].content[1],
        {
          chat: { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
          messages: {
            type: 'image',
            source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
          },
        }[dialect],
      );
    });

    it('parses structured output, whole and streamed', async () => {
      const upstream = setting.upstreams[dialect];
      upstream.respond(replyIn(dialect, { text: '{"city":"Zürich"}' }));
      const body = {
        model: dialect,
        messages: [question],
        response_format: zodResponseFormat(z.object({ city: z.string() }), 'place'),
      };
      const whole = await client().chat.completions.parse(body);
      const streamed = await client().chat.completions.stream(body).finalChatCompletion();
      for (const reply of [whole, streamed]) {
        assert.deepEqual(reply.choices[0]?.message.parsed, { city: 'Zürich' });
      }
      const sent = upstream.calls.at(-1)?.json;
      const { schema } = sent.response_format?.json_schema ?? sent.output_config.format;
      assert.deepEqual(schema.properties, { city: { type: 'string' } });
    });

    it('tries a failed upstream once, not once per retry of the client', async () => {
      const upstream = setting.upstreams[dialect];
      const before = upstream.calls.length;
      upstream.respond(json({ error: { message: 'It broke.', type: 'api_error' } }, 500));
      await assert.rejects(
        client({ maxRetries: 2 }).chat.completions.create({ model: dialect, messages: [question] }),
        (error) => {
          must(error instanceof OpenAI.InternalServerError, 'The class is wrong.', error);
          assert.equal(error.status, 502);
          assert.equal(error.code, 'upstream_fault');
          assert.equal(error.headers.get('x-should-retry'), 'false');
          assert.match(error.message, /It broke|upstream/);
          return true;
        },
      );
      assert.equal(upstream.calls.length, before + 1);
    });

    it("reports the upstream's rate limit as one, with the wait it was told, and leaves the waiting to the caller", async () => {
      const limit = json({ error: { message: 'Slow down.', type: 'rate_limit_error' } }, 429, {
        'retry-after': '7',
      });
      setting.upstreams[dialect].respond(limit);
      const asked = client({ maxRetries: 0 }).chat.completions.create({
        model: dialect,
        messages: [question],
      });
      await assert.rejects(asked, (error) => {
        must(error instanceof OpenAI.RateLimitError, 'The class is wrong.', error);
        assert.equal(error.headers.get('retry-after'), '7');
        assert.equal(error.headers.get('x-should-retry'), null);
        return true;
      });
    });

    it('is asked once when the upstream is limiting and nobody knows for how long', async () => {
      const upstream = setting.upstreams[dialect];
      const before = upstream.calls.length;
      upstream.respond(json({ error: { message: 'Slow down.', type: 'rate_limit_error' } }, 429));
      await assert.rejects(
        client({ maxRetries: 2 }).chat.completions.create({ model: dialect, messages: [question] }),
        (error) => {
          must(error instanceof OpenAI.RateLimitError, 'The class is wrong.', error);
          return true;
        },
      );
      assert.equal(upstream.calls.length, before + 1);
    });

    for (const [how, death] of [
      ['resets the connection', reset],
      ['closes without an end', end],
      ['breaks off within a chunk', fin],
    ] as const) {
      it(`throws, raw and in its helper, when the upstream ${how} in the middle`, async () => {
        setting.upstreams[dialect].respond([sseHead(), bytes(beginning(dialect)), death]);
        const body = { model: dialect, messages: [question] };
        let text = '';
        await assert.rejects(async () => {
          const stream = await client().chat.completions.create({ ...body, stream: true });
          for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
        }, OpenAI.APIError);
        assert.equal(text, 'Hel', 'what had come is not lost');
        await assert.rejects(
          client().chat.completions.stream(body).finalChatCompletion(),
          OpenAI.OpenAIError,
        );
      });
    }

    it('leaves in the middle, and the upstream is let go', async () => {
      const upstream = setting.upstreams[dialect];
      const gate = createGate();
      upstream.respond([sseHead(), bytes(beginning(dialect)), wait(gate.opened), end]);
      const at = upstream.calls.length;
      const stream = await client().chat.completions.create({
        model: dialect,
        messages: [question],
        stream: true,
      });
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content === 'Hel') break;
      stream.controller.abort();
      await (await upstream.call(at)).aborted;
      gate.open();
    });

    it('leaves before the first token, and the upstream is let go', async () => {
      const upstream = setting.upstreams[dialect];
      const gate = createGate();
      upstream.respond([wait(gate.opened), sseHead(), end]);
      for (const stream of [true, false]) {
        const at = upstream.calls.length;
        const controller = new AbortController();
        const asked = client().chat.completions.create(
          { model: dialect, messages: [question], stream },
          { signal: controller.signal },
        );
        const refused = assert.rejects(asked, OpenAI.APIUserAbortError);
        const call = await upstream.call(at);
        controller.abort();
        await refused;
        await call.aborted;
      }
      gate.open();
    });
  });
}

describe('openai and the gateway itself', () => {
  it('is told about a wrong key', async () => {
    await assert.rejects(
      client({ apiKey: 'sk-wrong' }).chat.completions.create({ model: 'sim', messages: [question] }),
      (error) => {
        must(error instanceof OpenAI.AuthenticationError, 'The class is wrong.', error);
        assert.equal(error.code, 'invalid_api_key');
        return true;
      },
    );
  });

  it('is told about an unknown model, with near ones', async () => {
    await assert.rejects(
      client().chat.completions.create({ model: 'mesages', messages: [question] }),
      (error) => {
        must(error instanceof OpenAI.NotFoundError, 'The class is wrong.', error);
        assert.equal(error.code, 'model_not_found');
        assert.equal(error.param, 'model');
        assert.match(error.message, /messages/);
        return true;
      },
    );
  });

  it('is told which field is wrong', async () => {
    await assert.rejects(
      client().chat.completions.create({
        model: 'messages',
        messages: [{ role: 'user', content: 7 as never }],
      }),
      (error) => {
        must(error instanceof OpenAI.BadRequestError, 'The class is wrong.', error);
        assert.match(String(error.param), /^messages\[0\]/);
        return true;
      },
    );
  });

  it('lists the models and finds one', async () => {
    const ids: string[] = [];
    for await (const model of client().models.list()) ids.push(model.id);
    for (const name of ['chat', 'messages', 'sim']) assert.ok(ids.includes(name), name);
    const one = await client().models.retrieve('sim');
    assert.equal(one.id, 'sim');
    assert.equal(one.object, 'model');
  });
});

describe('openai over the simulated models', () => {
  const body = { model: 'sim', messages: [question] };

  it('reads the same text whole and streamed, labelled as simulated', async () => {
    const whole = await client().chat.completions.create(body);
    const streamed = await client().chat.completions.stream(body).finalChatCompletion();
    const text = whole.choices[0]?.message.content;
    assert.match(text ?? '', /simulated/);
    assert.equal(streamed.choices[0]?.message.content, text);
  });

  it('gets parallel calls', async () => {
    const reply = await client().chat.completions.create({
      model: 'sim',
      messages: [{ role: 'user', content: 'Please use get_weather and get_time.' }],
      tools,
    });
    assert.deepEqual(
      calls(reply.choices[0]).map(({ name }) => name),
      ['get_weather', 'get_time'],
    );
  });

  it('parses structured output', async () => {
    const format = zodResponseFormat(z.object({ city: z.string(), size: z.number() }), 'place');
    const reply = await client().chat.completions.parse({ ...body, response_format: format });
    const parsed = reply.choices[0]?.message.parsed;
    assert.equal(typeof parsed?.city, 'string');
    assert.equal(typeof parsed?.size, 'number');
  });

  it('reasons when asked to', async () => {
    const reply = await client().chat.completions.create({ ...body, reasoning_effort: 'high' });
    assert.notEqual(reasoningOf(reply.choices[0]?.message), undefined);
    assert.ok((reply.usage?.completion_tokens_details?.reasoning_tokens ?? 0) > 0);
  });

  it('gets several choices', async () => {
    const reply = await client().chat.completions.create({ ...body, n: 2 });
    assert.equal(reply.choices.length, 2);
  });
});

/** The turn a tool loop sends back, as each dialect says it. */
const returned = {
  chat: [
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Zürich"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '25 °C' },
  ],
  messages: [
    { role: 'assistant', content: [{ type: 'tool_use', ...WEATHER }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: '25 °C' }] },
  ],
};

function calls(
  choice: OpenAI.ChatCompletion.Choice | undefined,
): { id: string; name: string; input: string }[] {
  return (choice?.message.tool_calls ?? []).map((call) => {
    assert.equal(call.type, 'function');
    return { id: call.id, name: call.function.name, input: call.function.arguments };
  });
}

/** Not in OpenAI's types: their API does not show it, others do. */
function reasoningOf(message: object | undefined): unknown {
  return (message as { reasoning_content?: unknown } | undefined)?.reasoning_content;
}
