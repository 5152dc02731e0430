// Clients × failures: wherever and however an upstream dies before its answer is whole, the vendors' own clients throw.
// None of them may take the half for the whole. Clients of other makers are in test/clients.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { type Dialect, dialects, eventsIn } from '../testkit/dialects.ts';
import { createFaultUpstream, REPLY } from '../testkit/fault-upstream.ts';
import type { ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

const DEATHS = ['rst', 'fin', 'end', 'stall', 'error', 'garbage'] as const;
/** From here on an answer is whole, whatever follows. */
const REASON =
  /"finish_reason":"|"stop_reason":"|response\.completed|"done":true|"finishReason":"|messageStop/;
const PROVIDERS: Readonly<Record<Dialect, string>> = {
  chat: 'provider: openai-compatible',
  messages: 'provider: anthropic, secret: sk-ant-upstream',
  responses: 'provider: openai, secret: sk-upstream, protocols: [openai-responses]',
  ollama: 'provider: ollama',
  gemini: 'provider: gemini, secret: upstream-key',
  converse:
    'provider: bedrock, secret: upstream-key, protocols: [bedrock-converse], options: { region: eu-central-1 }',
};

let upstream: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await createFaultUpstream();
  const entries = dialects.map(
    (dialect) => `  ${dialect}: { ${PROVIDERS[dialect]}, url: ${upstream.url}, health: off }`,
  );
  gateway = await startGateway(`
upstreams:
${entries.join('\n')}
timeouts: { idle: 300ms }
`);
});

after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await upstream.close();
});

interface Way {
  readonly name: string;
  readonly own: Dialect;
  readonly stream: boolean;
  /** Reads an answer to its end; what it says. */
  readonly read: (model: string) => Promise<string>;
}

const question = { role: 'user', content: 'Hello.' } as const;
const openai = (): OpenAI => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
const anthropic = (): Anthropic =>
  new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });

const ways: readonly Way[] = [
  {
    name: 'openai, chat, raw',
    own: 'chat',
    stream: true,
    read: async (model) => {
      let text = '';
      const stream = await openai().chat.completions.create({ model, messages: [question], stream: true });
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
      return text;
    },
  },
  {
    name: 'openai, chat, .stream()',
    own: 'chat',
    stream: true,
    read: async (model) => {
      const final = await openai()
        .chat.completions.stream({ model, messages: [question] })
        .finalChatCompletion();
      return final.choices[0]?.message.content ?? '';
    },
  },
  {
    name: 'openai, chat, whole',
    own: 'chat',
    stream: false,
    read: async (model) => {
      const whole = await openai().chat.completions.create({ model, messages: [question] });
      return whole.choices[0]?.message.content ?? '';
    },
  },
  {
    name: 'openai, responses, raw',
    own: 'responses',
    stream: true,
    read: async (model) => {
      let text = '';
      for await (const event of await openai().responses.create({ model, input: 'Hello.', stream: true })) {
        if (event.type === 'response.output_text.delta') text += event.delta;
      }
      return text;
    },
  },
  {
    name: 'openai, responses, .stream()',
    own: 'responses',
    stream: true,
    read: async (model) => {
      const final = await openai().responses.stream({ model, input: 'Hello.' }).finalResponse();
      return final.output_text;
    },
  },
  {
    name: 'openai, responses, whole',
    own: 'responses',
    stream: false,
    read: async (model) => (await openai().responses.create({ model, input: 'Hello.' })).output_text,
  },
  {
    name: 'anthropic, raw',
    own: 'messages',
    stream: true,
    read: async (model) => {
      let text = '';
      const messages = [question];
      for await (const event of await anthropic().messages.create({
        model,
        max_tokens: 100,
        messages,
        stream: true,
      })) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
          text += event.delta.text;
      }
      return text;
    },
  },
  {
    name: 'anthropic, .stream()',
    own: 'messages',
    stream: true,
    read: (model) =>
      anthropic()
        .messages.stream({ model, max_tokens: 100, messages: [question] })
        .finalText(),
  },
  {
    name: 'anthropic, whole',
    own: 'messages',
    stream: false,
    read: async (model) => {
      const whole = await anthropic().messages.create({ model, max_tokens: 100, messages: [question] });
      return whole.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    },
  },
];

/** Every event is a place to die at; some deaths are looked at in few of them. */
const EVERYWHERE: readonly string[] = ['end', 'rst'];

/** The faults to ask for: how it dies, after how many events of a stream or bytes of a body. */
function faultsFor(dialect: Dialect, { own, stream }: Way): readonly string[] {
  if (!stream) return ['rst', 'fin', 'stall'].map((death) => `${death}-after-60`);
  const events = eventsIn(dialect, REPLY);
  const whole = events.findIndex((event) => REASON.test(event.toString('latin1')));
  assert.ok(whole > 0);
  const first = events.findIndex((event) => event.includes('All ')) + 1;
  return DEATHS.flatMap((death) => {
    const all = dialect === own && EVERYWHERE.includes(death);
    const places = all ? Array.from({ length: whole + 1 }, (_, n) => n) : [first];
    return places.map((n) => `${death}-after-${n}`);
  });
}

describe('whatever becomes of an upstream before its answer is whole', () => {
  for (const way of ways) {
    it(`${way.name}: throws`, async () => {
      const before = gateway.receipts().length;
      const cases = dialects.flatMap((dialect) =>
        faultsFor(dialect, way).map((fault) => `${dialect}/fault-${fault}`),
      );
      await Promise.all(
        cases.map((model) =>
          assert.rejects(
            () => way.read(model),
            (error) => error instanceof OpenAI.OpenAIError || error instanceof Anthropic.AnthropicError,
            `${model} passes for a whole answer`,
          ),
        ),
      );
      await gateway.quiet();
      const receipts = gateway.receipts().slice(before);
      assert.equal(receipts.length, cases.length);
      for (const { outcome } of receipts) assert.match(outcome, /^upstream_/);
    });

    it(`${way.name}: and reads to the end what is whole`, async () => {
      for (const dialect of dialects) {
        assert.equal(await way.read(`${dialect}/any`), REPLY.text.join(''), dialect);
      }
      await gateway.quiet();
    });
  }
});
