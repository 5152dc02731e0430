// The @anthropic-ai/sdk package: Messages.
import { CITY, gather, PIXEL, PROMPT, RESULTS, TOOLS } from '../ask.js';

const question = { role: 'user', content: PROMPT };
const tools = TOOLS.map(({ name, description, schema }) => ({ name, description, input_schema: schema }));

export function anthropic(name, { Anthropic, zodOutputFormat, place }) {
  const client = ({ url, key, retries = 0 }) =>
    new Anthropic({ apiKey: key, baseURL: url, maxRetries: retries });
  const body = (at, more = {}) => ({ model: at.model, max_tokens: 2000, messages: [question], ...more });

  async function read(at, fields, { stream = false, signal, onText } = {}) {
    const { messages } = client(at);
    if (!stream) return messages.create(body(at, fields), { signal });
    const reply = { content: [] };
    const take = {
      message_start: ({ message }) => Object.assign(reply, message),
      content_block_start: ({ index, content_block: block }) => {
        reply.content[index] = { ...block };
      },
      content_block_delta: ({ index, delta }) => {
        append(reply.content[index], delta);
        if (delta.type === 'text_delta') onText?.(delta.text);
      },
      message_delta: ({ delta, usage }) => {
        Object.assign(reply, delta, { usage: { ...reply.usage, ...usage } });
      },
    };
    await gather(await messages.create({ ...body(at, fields), stream: true }, { signal }), (event) =>
      take[event.type]?.(event),
    );
    for (const block of reply.content) {
      if (block.json !== undefined) block.input = JSON.parse(block.json);
      delete block.json;
    }
    return reply;
  }

  return {
    name,
    face: 'messages',
    text: async (at, how) => replyOf(await read(at, {}, how)),
    think: async (at, how) =>
      replyOf(await read(at, { thinking: { type: 'enabled', budget_tokens: 1024 } }, how)),
    image: async (at) => {
      const content = [
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
        { type: 'text', text: 'What is it?' },
      ];
      return replyOf(await read(at, { messages: [{ role: 'user', content }] }));
    },
    tools: async (at, how) => {
      const first = await read(at, { tools }, how);
      const used = first.content.filter((block) => block.type === 'tool_use');
      const results = used.map(({ id, name: called }) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: RESULTS[called],
      }));
      const turns = [
        question,
        { role: 'assistant', content: first.content },
        { role: 'user', content: results },
      ];
      const last = await read(at, { tools, messages: turns }, how);
      const calls = used.map((block) => ({ name: block.name, input: block.input }));
      return { ...replyOf(last), calls, before: replyOf(first) };
    },
    structured: async (at, { stream }) => {
      const format = zodOutputFormat?.(place) ?? { type: 'json_schema', schema: CITY };
      const asked = body(at, { output_config: { format } });
      const { messages } = client(at);
      const reply = stream ? await messages.stream(asked).finalMessage() : await messages.parse(asked);
      return reply.parsed_output;
    },
    models: async (at) => {
      const ids = [];
      for await (const { id } of client(at).models.list()) ids.push(id);
      return ids;
    },
    fault: (error) => ({
      kind: error.constructor.name,
      status: error.status,
      code: error.type ?? error.error?.error?.type,
      message: error.message,
    }),
    ways: {
      stream: (at) => read(at, {}, { stream: true }),
      'stream()': (at) => client(at).messages.stream(body(at)).finalMessage(),
    },
    client,
    body,
  };
}

function append(block, delta) {
  if (delta.type === 'text_delta') block.text += delta.text;
  if (delta.type === 'thinking_delta') block.thinking += delta.thinking;
  if (delta.type === 'signature_delta') block.signature = delta.signature;
  if (delta.type === 'input_json_delta') block.json = (block.json ?? '') + delta.partial_json;
}

function replyOf({ content, usage, stop_reason: stop }) {
  const said = (type, field) =>
    content.flatMap((block) => (block.type === type ? [block[field]] : [])).join('');
  return {
    text: said('text', 'text'),
    reasoning: said('thinking', 'thinking'),
    finish: { end_turn: 'stop', tool_use: 'tool_calls' }[stop] ?? stop,
    usage: usage && { input: usage.input_tokens, output: usage.output_tokens },
  };
}
