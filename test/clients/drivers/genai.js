// Google's @google/genai package.
import { FunctionCallingConfigMode } from '@google/genai';
import { CITY, gather, PIXEL, PROMPT, RESULTS, TOOLS } from '../ask.js';

const question = { role: 'user', parts: [{ text: PROMPT }] };
const functionDeclarations = TOOLS.map(({ name, description, schema }) => ({
  name,
  description,
  parametersJsonSchema: schema,
}));
const toolConfig = { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } };

export function genai(name, { GoogleGenAI }) {
  const client = ({ url, key, retries = 0 }) =>
    new GoogleGenAI({
      apiKey: key,
      httpOptions: { baseUrl: url, ...(retries > 0 && { retryOptions: { attempts: retries + 1 } }) },
    });
  const body = (at, config, contents = [question]) => ({ model: at.model, contents, config });

  async function read(at, config, { stream = false, signal, onText } = {}, contents = [question]) {
    const asked = body(at, { ...config, abortSignal: signal }, contents);
    const { models } = client(at);
    if (!stream) return models.generateContent(asked);
    const parts = [];
    let last;
    await gather(await models.generateContentStream(asked), (chunk) => {
      const [candidate] = chunk.candidates ?? [];
      parts.push(...(candidate?.content?.parts ?? []));
      last = { ...chunk, candidates: [{ ...candidate, content: { role: 'model', parts } }] };
      const words = wordsOf(candidate?.content?.parts ?? [], false);
      if (words !== '') onText?.(words);
    });
    return last;
  }

  return {
    name,
    face: 'gemini',
    text: async (at, how) => replyOf(await read(at, {}, how)),
    think: async (at, how) =>
      replyOf(await read(at, { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } }, how)),
    image: async (at) => {
      const parts = [{ text: 'What is it?' }, { inlineData: { mimeType: 'image/png', data: PIXEL } }];
      return replyOf(await read(at, {}, {}, [{ role: 'user', parts }]));
    },
    tools: async (at, how) => {
      const config = { tools: [{ functionDeclarations }], toolConfig };
      const first = await read(at, config, how);
      const said = first.candidates[0].content;
      const called = said.parts.flatMap((part) => part.functionCall ?? []);
      const results = called.map(({ id, name: tool }) => ({
        functionResponse: { id, name: tool, response: { output: RESULTS[tool] } },
      }));
      const last = await read(at, config, how, [question, said, { role: 'user', parts: results }]);
      const calls = called.map((call) => ({ name: call.name, input: call.args }));
      return { ...replyOf(last), calls, before: replyOf(first) };
    },
    structured: async (at, how) => {
      const config = { responseMimeType: 'application/json', responseJsonSchema: CITY };
      return JSON.parse(replyOf(await read(at, config, how)).text);
    },
    embed: async (at, contents) => {
      const { embeddings } = await client(at).models.embedContent({ model: at.model, contents });
      return embeddings.map(({ values }) => values);
    },
    fault: ({ name: kind, status, message }) => ({ kind, status, message }),
    ways: {
      generateContentStream: (at) => read(at, {}, { stream: true }),
      'chats.sendMessageStream': async (at) => {
        const chat = client(at).chats.create({ model: at.model });
        await gather(await chat.sendMessageStream({ message: PROMPT }), () => {});
      },
    },
    client,
    body,
  };
}

function wordsOf(parts, thought) {
  return parts.map((part) => ((part.thought ?? false) === thought ? (part.text ?? '') : '')).join('');
}

function replyOf({ candidates: [{ content, finishReason }], usageMetadata: usage }) {
  return {
    text: wordsOf(content.parts, false),
    reasoning: wordsOf(content.parts, true),
    finish: finishReason === 'STOP' ? 'stop' : finishReason,
    usage: usage && { input: usage.promptTokenCount, output: usage.candidatesTokenCount },
  };
}
