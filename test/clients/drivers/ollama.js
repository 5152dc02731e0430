// Ollama's own JavaScript package.
import { CITY, gather, PIXEL, PROMPT, RESULTS, TOOLS } from '../ask.js';

const question = { role: 'user', content: PROMPT };
const tools = TOOLS.map(({ name, description, schema }) => ({
  type: 'function',
  function: { name, description, parameters: schema },
}));

export function ollama(name, { Ollama }) {
  const client = ({ url, key }) => new Ollama({ host: url, headers: { authorization: `Bearer ${key}` } });
  const body = (at, more = {}) => ({ model: at.model, messages: [question], ...more });

  /** The package's only way out is `abort` of the client as a whole, which ends streams that have begun. */
  async function read(at, fields, { stream = false, signal, onText } = {}) {
    const one = client(at);
    signal?.addEventListener('abort', () => one.abort());
    if (!stream) return one.chat(body(at, fields));
    const seen = { content: '', thinking: '', tool_calls: [] };
    let last;
    await gather(await one.chat(body(at, { ...fields, stream: true })), (part) => {
      last = part;
      seen.content += part.message.content;
      seen.thinking += part.message.thinking ?? '';
      seen.tool_calls.push(...(part.message.tool_calls ?? []));
      if (part.message.content !== '') onText?.(part.message.content);
    });
    return { ...last, message: { role: 'assistant', ...seen } };
  }

  return {
    name,
    face: 'ollama',
    leavesOnlyStreams: true,
    text: async (at, how) => replyOf(await read(at, {}, how)),
    think: async (at, how) => replyOf(await read(at, { think: true }, how)),
    image: async (at) => {
      const images = [new Uint8Array(Buffer.from(PIXEL, 'base64'))];
      return replyOf(await read(at, { messages: [{ role: 'user', content: 'What is it?', images }] }));
    },
    tools: async (at, how) => {
      const first = await read(at, { tools }, how);
      const called = first.message.tool_calls.map((call) => call.function);
      const results = called.map(({ name: tool_name }) => ({
        role: 'tool',
        tool_name,
        content: RESULTS[tool_name],
      }));
      const last = await read(at, { tools, messages: [question, first.message, ...results] }, how);
      const calls = called.map((call) => ({ name: call.name, input: call.arguments }));
      return { ...replyOf(last), calls, before: replyOf(first) };
    },
    structured: async (at, how) => JSON.parse(replyOf(await read(at, { format: CITY }, how)).text),
    embed: async (at, input) => (await client(at).embed({ model: at.model, input })).embeddings,
    models: async (at) => (await client(at).list()).models.map((model) => model.name),
    fault: (error) => ({ kind: error.name, status: error.status_code, message: error.message }),
    ways: { 'chat()': (at) => read(at, {}, { stream: true }) },
    client,
    body,
  };
}

function replyOf({ message, done_reason: finish, prompt_eval_count: input, eval_count: output }) {
  return { text: message.content, reasoning: message.thinking ?? '', finish, usage: { input, output } };
}
