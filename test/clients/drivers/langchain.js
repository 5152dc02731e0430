// LangChain's chat models; `modelFor` makes one of where to ask.
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { CITY, gather, PIXEL_URL, PROMPT, RESULTS, TOOLS } from '../ask.js';

const tools = TOOLS.map(({ name, description, schema }) =>
  tool(() => RESULTS[name], { name, description, schema }),
);
const question = new HumanMessage(PROMPT);

export function langchain(name, { face, modelFor, embedderFor, thinking, structure = {} }) {
  async function read(model, input, { stream = false, signal, onText } = {}) {
    if (!stream) return model.invoke(input, { signal });
    let reply;
    await gather(await model.stream(input, { signal }), (chunk) => {
      reply = reply === undefined ? chunk : reply.concat(chunk);
      if (chunk.text !== '') onText?.(chunk.text);
    });
    return reply;
  }

  return {
    name,
    face,
    modelFor,
    boundTools: tools,
    text: async (at, how) => replyOf(await read(modelFor(at), [question], how)),
    think: async (at, how) => replyOf(await read(modelFor(at, thinking), [question], how)),
    image: async (at) => {
      const content = [
        { type: 'text', text: 'What is it?' },
        { type: 'image_url', image_url: { url: PIXEL_URL } },
      ];
      return replyOf(await read(modelFor(at), [new HumanMessage({ content })]));
    },
    tools: async (at, how) => {
      const model = modelFor(at).bindTools(tools);
      const first = await read(model, [question], how);
      const results = [];
      for (const call of first.tool_calls) {
        results.push(await tools.find((one) => one.name === call.name).invoke(call));
      }
      if (!results.every((result) => result instanceof ToolMessage)) throw new Error('No results of tools.');
      const turn = stream(how) ? new AIMessage(first) : first;
      const last = await read(model, [question, turn, ...results], how);
      const calls = first.tool_calls.map((call) => ({ name: call.name, input: call.args }));
      return { ...replyOf(last), calls, before: replyOf(first) };
    },
    structured: async (at, how) => {
      const model = modelFor(at).withStructuredOutput(CITY, { name: 'place', ...structure });
      if (!stream(how)) return model.invoke([question]);
      let last;
      await gather(await model.stream([question]), (value) => {
        last = value;
      });
      return last;
    },
    embed: embedderFor && ((at, texts) => embedderFor(at).embedDocuments(texts)),
    fault: (error) => ({ kind: error.constructor.name, status: error.status, message: error.message }),
    ways: {
      'stream()': (at) => read(modelFor(at), [question], { stream: true }),
    },
  };
}

const stream = (how) => how?.stream === true;

function replyOf(message) {
  const { usage_metadata: usage, response_metadata: about = {} } = message;
  const reasons = [
    about.finish_reason,
    about.stop_reason,
    message.additional_kwargs?.stop_reason,
    about.status,
  ];
  const reason = reasons.find((one) => one !== undefined && one !== null);
  return {
    text: message.text,
    reasoning: reasoningOf(message),
    finish: { end_turn: 'stop', completed: 'stop' }[reason] ?? reason,
    usage: usage && { input: usage.input_tokens, output: usage.output_tokens },
  };
}

function reasoningOf({ contentBlocks, additional_kwargs: more }) {
  const blocks = contentBlocks.filter((block) => block.type === 'reasoning').map((block) => block.reasoning);
  return blocks.join('') || (more.reasoning_content ?? '');
}
