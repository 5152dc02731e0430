// The ai package over any of its provider packages; `modelFor` makes a language model of where to ask.
import {
  embedMany,
  generateObject,
  generateText,
  isStepCount,
  jsonSchema,
  streamObject,
  streamText,
  tool,
} from 'ai';
import { CITY, gather, PIXEL, PROMPT, RESULTS, TOOLS } from '../ask.js';

const tools = Object.fromEntries(
  TOOLS.map(({ name, description, schema }) => [
    name,
    tool({ description, inputSchema: jsonSchema(schema), execute: () => RESULTS[name] }),
  ]),
);
const schema = jsonSchema(CITY, { validate: (value) => ({ success: true, value }) });

export const signedIn = ({ url, key }) => ({ baseURL: `${url}/v1`, apiKey: key });

/** It does not know x-should-retry; what breaks a stream it says by its own means and does not throw. */
export const sdkOwn = {
  ignoresShouldRetry: true,
  failsBy: { textStream: 'tells onError', text: 'finishes with error', fullStream: 'error part' },
};

export function aiSdk(name, { face, modelFor, embedderFor, thinking, structure }) {
  const body = (at, more = {}) => ({
    model: modelFor(at),
    maxRetries: at.retries ?? 0,
    prompt: PROMPT,
    ...more,
  });

  async function read(at, fields, { stream = false, signal, onText } = {}) {
    const asked = body(at, { ...fields, abortSignal: signal });
    if (!stream) return generateText(asked);
    const result = streamText({ ...asked, onError: () => {} });
    await gather(result.fullStream, (part) => {
      if (part.type === 'error') throw part.error;
      if (part.type === 'text-delta') onText?.(part.text);
    });
    return settled(result);
  }

  return {
    name,
    face,
    text: async (at, how) => replyOf(await read(at, {}, how)),
    think: async (at, how) => replyOf(await read(at, { providerOptions: thinking }, how)),
    image: async (at) => {
      const content = [
        { type: 'text', text: 'What is it?' },
        { type: 'file', data: Buffer.from(PIXEL, 'base64'), mediaType: 'image/png' },
      ];
      return replyOf(await read(at, { prompt: [{ role: 'user', content }] }));
    },
    /** It calls the tools by itself, and goes on. */
    tools: async (at, how) => {
      const reply = await read(at, { tools, stopWhen: isStepCount(4) }, how);
      const [first] = reply.steps;
      const calls = first.toolCalls.map((call) => ({ name: call.toolName, input: call.input }));
      return { ...replyOf(reply), calls, before: replyOf(first) };
    },
    structured: async (at, { stream }) => {
      const asked = body(at, { schema, providerOptions: structure });
      if (!stream) return (await generateObject(asked)).object;
      const { partialObjectStream, object } = streamObject(asked);
      await gather(partialObjectStream, () => {});
      return object;
    },
    embed:
      embedderFor &&
      (async (at, values) => (await embedMany({ model: embedderFor(at), values, maxRetries: 0 })).embeddings),
    fault: (error) => {
      const { statusCode, message, responseBody } = error.lastError ?? error;
      return { kind: error.name, status: statusCode, message, body: responseBody };
    },
    ways: {
      textStream: async (at) => {
        let told = 'silent';
        const onError = () => {
          told = 'tells onError';
        };
        await gather(streamText(body(at, { onError })).textStream, () => {});
        return told;
      },
      text: async (at) => {
        const result = streamText(body(at, { onError: () => {} }));
        await result.text;
        return `finishes with ${await result.finishReason}`;
      },
      fullStream: async (at) => {
        let told = 'silent';
        await gather(streamText(body(at, { onError: () => {} })).fullStream, (part) => {
          if (part.type === 'error') told = 'error part';
        });
        return told;
      },
      'streamObject()': (at) => streamObject(body(at, { schema, onError: () => {} })).object,
    },
    body,
  };
}

async function settled(result) {
  const [text, steps, usage, reasoningText, finishReason] = await Promise.all([
    result.text,
    result.steps,
    result.usage,
    result.reasoningText,
    result.finishReason,
  ]);
  return { text, steps, usage, reasoningText, finishReason };
}

function replyOf({ text, usage, reasoningText = '', finishReason }) {
  return {
    text,
    reasoning: reasoningText,
    finish: finishReason,
    usage: { input: usage.inputTokens, output: usage.outputTokens },
  };
}
