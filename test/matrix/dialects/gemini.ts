// Google's generateContent, asked of the Gemini API.
import { checkGenerateBody, checkGenerateStream } from '../../testkit/generate-checker.ts';
import type { JsonValue } from '../../testkit/json-value.ts';
import { json, sse } from '../../testkit/script.ts';
import type { CallCase, Dialect, ReplyCase } from './dialect.ts';

const MODEL = 'gemini-3-flash';
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const HELLO = { role: 'user', parts: [{ text: 'Hello.' }] };
const PLAIN_WEATHER = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Which city' }, unit: { enum: ['c', 'f'] } },
  required: ['city'],
  additionalProperties: false,
};
const OWN_WEATHER = {
  type: 'OBJECT',
  properties: {
    city: { type: 'STRING', description: 'Which city' },
    unit: { type: 'STRING', enum: ['c', 'f'], nullable: true },
  },
  required: ['city'],
  propertyOrdering: ['unit', 'city'],
};
const TOOLS = [
  {
    functionDeclarations: [
      { name: 'get_weather', description: 'Weather of a city.', parametersJsonSchema: PLAIN_WEATHER },
      { name: 'get_time', description: 'Time of day.' },
    ],
  },
];

function call(fields: JsonValue = {}): CallCase {
  return { body: { contents: [HELLO], ...fields } };
}

function user(...parts: readonly JsonValue[]): JsonValue {
  return { role: 'user', parts };
}

function model(...parts: readonly JsonValue[]): JsonValue {
  return { role: 'model', parts };
}

function choice(config: JsonValue): CallCase {
  return call({ tools: TOOLS, toolConfig: { functionCallingConfig: config } });
}

const calls: Readonly<Record<string, CallCase>> = {
  text: call(),
  system: call({ systemInstruction: { parts: [{ text: 'Be brief.' }] } }),
  'snake-case': call({
    system_instruction: { parts: { text: 'Be brief.' } },
    generation_config: { max_output_tokens: 64, stop_sequences: ['END'] },
  }),
  'multi-turn': call({
    contents: [user({ text: 'One?' }), model({ text: 'One.' }), user({ text: 'Two?' }, { text: 'Three?' })],
  }),
  'image-base64': call({
    contents: [user({ inlineData: { mimeType: 'image/png', data: PIXEL } }, { text: 'What?' })],
  }),
  'image-url': call({
    contents: [user({ fileData: { mimeType: 'image/png', fileUri: 'https://example.com/cat.png' } })],
  }),
  document: call({
    contents: [
      user({
        inlineData: { mimeType: 'application/pdf', data: 'JVBERi0xLjQKJSVFT0YK', displayName: 'a.pdf' },
      }),
    ],
  }),
  audio: call({ contents: [user({ inlineData: { mimeType: 'audio/wav', data: 'UklGRg==' } })] }),
  video: call({ contents: [user({ fileData: { mimeType: 'video/mp4', fileUri: 'https://youtu.be/x' } })] }),
  tools: choice({ mode: 'AUTO' }),
  'tools-of-their-own-schema': call({
    tools: [{ functionDeclarations: [{ name: 'get_weather', parameters: OWN_WEATHER }] }],
  }),
  'tool-choice-required': choice({ mode: 'ANY' }),
  'tool-choice-none': choice({ mode: 'NONE' }),
  'tool-choice-named': choice({ mode: 'ANY', allowedFunctionNames: ['get_time'] }),
  'tool-choice-allowed': choice({ mode: 'VALIDATED', allowedFunctionNames: ['get_time'] }),
  'tool-server': call({ tools: [...TOOLS, { googleSearch: {} }] }),
  'tool-results': call({
    tools: TOOLS,
    contents: [
      HELLO,
      model(
        { text: 'Let me see.' },
        {
          functionCall: { id: 'fc_1', name: 'get_weather', args: { city: 'Paris' } },
          thoughtSignature: 'c2ln',
        },
        { functionCall: { id: 'fc_2', name: 'get_time', args: {} } },
      ),
      user(
        { functionResponse: { id: 'fc_1', name: 'get_weather', response: { celsius: 18 } } },
        { functionResponse: { id: 'fc_2', name: 'get_time', response: { error: 'No clock.' } } },
        { text: 'And tomorrow?' },
      ),
    ],
  }),
  'tool-results-without-ids': call({
    contents: [
      HELLO,
      model({ functionCall: { name: 'get_time', args: {} } }),
      { role: 'function', parts: [{ functionResponse: { name: 'get_time', response: { output: 'noon' } } }] },
    ],
  }),
  'structured-output': call({
    generationConfig: { responseMimeType: 'application/json', responseJsonSchema: PLAIN_WEATHER },
  }),
  'json-object': call({ generationConfig: { responseMimeType: 'application/json' } }),
  reasoning: call({ generationConfig: { thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true } } }),
  'reasoning-budget': call({
    generationConfig: { thinkingConfig: { thinkingBudget: 2000 }, maxOutputTokens: 4000 },
  }),
  'reasoning-off': call({ generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }),
  'reasoning-before': call({
    contents: [
      HELLO,
      model({ text: 'They greet me.', thought: true }, { text: 'Hi.', thoughtSignature: 'c2ln' }),
      user({ text: 'And?' }),
    ],
  }),
  stop: call({ generationConfig: { stopSequences: ['END', 'STOP'] } }),
  'max-tokens': call({ generationConfig: { maxOutputTokens: 64 } }),
  sampling: call({
    generationConfig: {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      seed: 7,
      presencePenalty: 0.5,
      frequencyPenalty: -0.5,
    },
  }),
  'several-choices': call({ generationConfig: { candidateCount: 2 } }),
  logprobs: call({ generationConfig: { responseLogprobs: true, logprobs: 3 } }),
  'unknown-fields': call({
    safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    cachedContent: 'cachedContents/1',
    generationConfig: { mediaResolution: 'MEDIA_RESOLUTION_LOW' },
    brandNew: { a: [1, 2.5, '3'] },
  }),
};

const HEAD = { modelVersion: MODEL, responseId: 'r-up-1' };
const USAGE = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 };

/** One candidate, whole and as the vendor streams it: a part per chunk, the reason in the last. */
function reply(
  parts: readonly JsonValue[],
  ending: JsonValue = {},
  usageMetadata: JsonValue = USAGE,
): ReplyCase {
  const end = { finishReason: 'STOP', index: 0, ...ending };
  const content = joined(parts);
  const whole = {
    candidates: [{ content: { parts: content, role: 'model' }, ...end }],
    usageMetadata,
    ...HEAD,
  };
  const chunks = parts.map((part) => ({
    candidates: [{ content: { parts: [part], role: 'model' }, index: 0 }],
    ...HEAD,
  }));
  const last = {
    candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, ...end }],
    usageMetadata,
    ...HEAD,
  };
  return { body: whole, stream: [...chunks, last].map(eventOf).join('') };
}

/** Pieces of a text are one part of a body. */
function joined(parts: readonly JsonValue[]): readonly JsonValue[] {
  const out: JsonValue[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    const goesOn =
      typeof part.text === 'string' && typeof last?.text === 'string' && part.thought === last.thought;
    if (goesOn && last.thoughtSignature === undefined)
      Object.assign(last, part, { text: last.text + part.text });
    else out.push({ ...part });
  }
  return out;
}

function eventOf(chunk: JsonValue): string {
  return `data: ${JSON.stringify(chunk)}\r\n\r\n`;
}

function both(body: JsonValue): ReplyCase {
  return { body, stream: eventOf(body) };
}

function functionCall(id: string, name: string, args: JsonValue, more: JsonValue = {}): JsonValue {
  return { functionCall: { id, name, args }, ...more };
}

const token = { token: 'Hi', logProbability: -0.1 };

const replies: Readonly<Record<string, ReplyCase>> = {
  text: reply([{ text: 'Hello ' }, { text: 'wörld 👋' }]),
  reasoning: reply(
    [{ text: 'A greeting.', thought: true }, { text: 'Hello.' }],
    {},
    {
      ...USAGE,
      thoughtsTokenCount: 7,
      totalTokenCount: 22,
    },
  ),
  length: reply([{ text: 'Hel' }], { finishReason: 'MAX_TOKENS' }),
  'length-within-a-call': reply([functionCall('fc_1', 'get_time', { zone: 'UTC' })], {
    finishReason: 'MAX_TOKENS',
  }),
  tool: reply([functionCall('fc_1', 'get_time', {})]),
  'tools-in-parallel': reply([
    { text: 'Both.', thought: true },
    { text: 'Let me see.' },
    functionCall('fc_1', 'get_weather', { city: 'Zürich', unit: 'c' }, { thoughtSignature: 'c2ln' }),
    functionCall('fc_2', 'get_time', { zone: 'UTC' }),
  ]),
  'signed-text': reply([{ text: 'Hi.' }, { text: '', thoughtSignature: 'c2ln' }]),
  'content-filter': reply([{ text: 'Once' }], { finishReason: 'SAFETY', finishMessage: 'It was unsafe.' }),
  'blocked-prompt': both({
    promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 0, totalTokenCount: 10 },
    ...HEAD,
  }),
  'usage-with-cache': reply(
    [{ text: 'Hi.' }],
    {},
    {
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 8,
      totalTokenCount: 128,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 100 }],
    },
  ),
  grounded: reply([{ text: 'Hi.' }], { groundingMetadata: { webSearchQueries: ['hi'] } }),
  code: reply([{ executableCode: { language: 'PYTHON', code: '1' } }, { text: 'One.' }]),
  logprobs: both({
    candidates: [
      {
        content: { parts: [{ text: 'Hi' }], role: 'model' },
        finishReason: 'STOP',
        index: 0,
        logprobsResult: { chosenCandidates: [token], topCandidates: [{ candidates: [token] }] },
      },
    ],
    usageMetadata: USAGE,
    ...HEAD,
  }),
};

export const gemini: Dialect = {
  name: 'gemini',
  protocol: 'gemini-generate',
  calls,
  replies,
  face: {
    path: (name, stream) =>
      `/v1beta/models/${name}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    named: (_model, body) => body,
    question: () => ({ contents: [HELLO] }),
    checkBody: checkGenerateBody,
    checkStream: checkGenerateStream,
  },
  upstream: {
    config: (url) =>
      `{ provider: gemini, url: ${url}, secret: AIza-upstream, options: { shared_files: true } }`,
    model: MODEL,
    answer: ({ path }) => {
      const { body, stream } = reply([{ text: 'Hi.' }]);
      return path.includes(':stream') ? sse(stream) : json(body);
    },
    whole: json,
    streamed: sse,
    spliced: (_name, body) => JSON.stringify(body),
  },
};
