// The openai package speaking Chat Completions.
import { CITY, gather, PIXEL_URL, PROMPT, RESULTS, TOOLS } from '../ask.js';
import { openaiClient, openaiFault, openaiModels } from './openai-client.js';

const question = { role: 'user', content: PROMPT };
const tools = TOOLS.map(({ name, description, schema }) => ({
  type: 'function',
  function: { name, description, parameters: schema },
}));
const format = { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: CITY } };

export function openaiChat(name, { OpenAI, zodResponseFormat, place }) {
  const completions = (at) => openaiClient(OpenAI, at).chat.completions;
  const body = (at, more = {}) => ({ model: at.model, messages: [question], ...more });

  async function read(at, fields, { stream = false, signal, onText } = {}) {
    if (!stream) return wholeOf(await completions(at).create(body(at, fields), { signal }));
    const asked = { ...body(at, fields), stream: true, stream_options: { include_usage: true } };
    const seen = { text: '', reasoning: '', calls: [], usage: undefined, finish: undefined };
    await gather(await completions(at).create(asked, { signal }), (chunk) => {
      seen.usage = chunk.usage ?? seen.usage;
      const [choice] = chunk.choices;
      seen.finish = choice?.finish_reason ?? seen.finish;
      seen.reasoning += choice?.delta.reasoning_content ?? '';
      for (const { index, id, function: said } of choice?.delta.tool_calls ?? []) {
        seen.calls[index] ??= { id, type: 'function', function: { name: said.name, arguments: '' } };
        seen.calls[index].function.arguments += said.arguments ?? '';
      }
      const words = choice?.delta.content ?? '';
      seen.text += words;
      if (words !== '') onText?.(words);
    });
    return seen;
  }

  return {
    name,
    face: 'chat',
    text: async (at, how) => replyOf(await read(at, {}, how)),
    think: async (at, how) => replyOf(await read(at, { reasoning_effort: 'high' }, how)),
    image: async (at) => {
      const parts = [
        { type: 'text', text: 'What is it?' },
        { type: 'image_url', image_url: { url: PIXEL_URL } },
      ];
      return replyOf(await read(at, { messages: [{ role: 'user', content: parts }] }));
    },
    tools: async (at, how) => {
      const first = await read(at, { tools }, how);
      const turn = {
        role: 'assistant',
        content: first.text || null,
        tool_calls: first.calls,
        ...(first.reasoning && { reasoning_content: first.reasoning }),
      };
      const results = first.calls.map(({ id, function: { name: called } }) => ({
        role: 'tool',
        tool_call_id: id,
        content: RESULTS[called],
      }));
      const last = await read(at, { tools, messages: [question, turn, ...results] }, how);
      return { ...replyOf(last), calls: callsOf(first), before: replyOf(first) };
    },
    structured: async (at, { stream }) => {
      const asked = body(at, { response_format: zodResponseFormat?.(place, 'place') ?? format });
      const reply = stream
        ? await completions(at).stream(asked).finalChatCompletion()
        : await completions(at).parse(asked);
      return reply.choices[0].message.parsed;
    },
    embed: async (at, input) => {
      const { data } = await openaiClient(OpenAI, at).embeddings.create({ model: at.model, input });
      return data.map(({ embedding }) => embedding);
    },
    models: openaiModels(OpenAI),
    fault: openaiFault,
    /** Ways to read a stream, for upstreams that die in it. */
    ways: {
      stream: (at) => read(at, {}, { stream: true }),
      'stream()': (at) => completions(at).stream(body(at)).finalChatCompletion(),
    },
    client: (at) => openaiClient(OpenAI, at),
    body,
  };
}

function wholeOf(reply) {
  const [{ message, finish_reason: finish }] = reply.choices;
  const { content, reasoning_content: reasoning = '', tool_calls: calls = [] } = message;
  return { text: content ?? '', reasoning, calls, usage: reply.usage, finish };
}

function replyOf({ text, reasoning, usage, finish }) {
  return {
    text,
    reasoning,
    finish,
    usage: usage && { input: usage.prompt_tokens, output: usage.completion_tokens },
  };
}

function callsOf({ calls }) {
  return calls.map(({ function: { name, arguments: text } }) => ({ name, input: JSON.parse(text) }));
}
