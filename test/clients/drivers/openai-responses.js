// The openai package speaking Responses: items go back as they came, as agents do that keep nothing on the server.
import { gather, PIXEL_URL, PROMPT, RESULTS, TOOLS } from '../ask.js';
import { openaiClient, openaiFault, openaiModels } from './openai-client.js';

const question = { role: 'user', content: PROMPT };
const tools = TOOLS.map(({ name, description, schema }) => ({
  type: 'function',
  name,
  description,
  parameters: schema,
  strict: true,
}));
const STATELESS = { store: false, include: ['reasoning.encrypted_content'] };

export function openaiResponses(name, { OpenAI, zodTextFormat, place }) {
  const responses = (at) => openaiClient(OpenAI, at).responses;
  const body = (at, more = {}) => ({ model: at.model, input: [question], ...STATELESS, ...more });

  async function read(at, fields, { stream = false, signal, onText } = {}) {
    if (!stream) return responses(at).create(body(at, fields), { signal });
    let final;
    const seen = [];
    await gather(await responses(at).create({ ...body(at, fields), stream: true }, { signal }), (event) => {
      if (event.type === 'response.output_item.done') seen.push(event.item);
      if (event.type === 'response.output_text.delta') onText?.(event.delta);
      if (event.type === 'response.completed') final = event.response;
    });
    // What agents read is the items that were done on the way, not the list at the end.
    return { ...final, output: seen };
  }

  return {
    name,
    face: 'responses',
    text: async (at, how) => replyOf(await read(at, {}, how)),
    think: async (at, how) =>
      replyOf(await read(at, { reasoning: { effort: 'high', summary: 'auto' } }, how)),
    image: async (at) => {
      const content = [
        { type: 'input_text', text: 'What is it?' },
        { type: 'input_image', image_url: PIXEL_URL, detail: 'auto' },
      ];
      return replyOf(await read(at, { input: [{ role: 'user', content }] }));
    },
    tools: async (at, how) => {
      const first = await read(at, { tools }, how);
      const results = callItems(first).map(({ call_id, name: called }) => ({
        type: 'function_call_output',
        call_id,
        output: RESULTS[called],
      }));
      const last = await read(at, { tools, input: [question, ...first.output, ...results] }, how);
      const calls = callItems(first).map((item) => ({ name: item.name, input: JSON.parse(item.arguments) }));
      return { ...replyOf(last), calls, before: replyOf(first) };
    },
    structured: async (at, { stream }) => {
      const asked = body(at, { text: { format: zodTextFormat(place, 'place') } });
      const reply = stream
        ? await responses(at).stream(asked).finalResponse()
        : await responses(at).parse(asked);
      return reply.output_parsed;
    },
    models: openaiModels(OpenAI),
    fault: openaiFault,
    ways: {
      stream: (at) => read(at, {}, { stream: true }),
      'stream()': (at) => responses(at).stream(body(at)).finalResponse(),
    },
    client: (at) => openaiClient(OpenAI, at),
    body,
  };
}

const callItems = ({ output }) => output.filter((item) => item.type === 'function_call');

function replyOf({ output = [], usage, status, incomplete_details: why }) {
  const parts = (type, field) => output.flatMap((item) => (item.type === type ? item[field] : []));
  const said = (all) => all.map((part) => part.text ?? '').join('');
  return {
    text: said(parts('message', 'content')),
    reasoning: said([...parts('reasoning', 'summary'), ...parts('reasoning', 'content')].filter(Boolean)),
    finish: status === 'completed' ? 'stop' : why?.reason,
    usage: usage && { input: usage.input_tokens, output: usage.output_tokens },
  };
}
