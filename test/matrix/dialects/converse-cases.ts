// Calls and replies of Converse, each once.
import { type ConverseEvent, converseStream } from '../../testkit/converse-replies.ts';
import type { JsonValue } from '../../testkit/json-value.ts';
import type { CallCase, ReplyCase } from './dialect.ts';

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PDF = 'JVBERi0xLjQKJSVFT0YK';
const HELLO = [{ role: 'user', content: [{ text: 'Hello.' }] }];
const WEATHER = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const TOOLS = [
  {
    toolSpec: {
      name: 'get_weather',
      description: 'Weather of a city.',
      inputSchema: { json: WEATHER },
      strict: true,
    },
  },
  { toolSpec: { name: 'get_time', inputSchema: { json: { type: 'object', properties: {} } } } },
];

function call(fields: JsonValue): CallCase {
  return { body: { messages: HELLO, ...fields } };
}

function turns(...messages: readonly JsonValue[]): CallCase {
  return { body: { messages: [...HELLO, ...messages] } };
}

export const calls: Readonly<Record<string, CallCase>> = {
  text: call({}),
  system: call({ system: [{ text: 'Be brief.' }] }),
  'system-cached': call({
    system: [
      { text: 'Long rules.' },
      { cachePoint: { type: 'default' } },
      { text: 'Longer rules.' },
      { cachePoint: { type: 'default', ttl: '1h' } },
    ],
  }),
  'inline-system': turns(
    { role: 'assistant', content: [{ text: 'Hi.' }] },
    { role: 'system', content: [{ text: 'From now on in French.' }] },
    { role: 'user', content: [{ text: 'And now?' }] },
  ),
  'multi-turn': turns(
    { role: 'assistant', content: [{ text: 'Hi.' }] },
    { role: 'user', content: [{ text: 'Two?' }, { text: 'Three?' }] },
  ),
  'prefilled-answer': turns({ role: 'assistant', content: [{ text: '{"answer":' }] }),
  'image-base64': turns({
    role: 'user',
    content: [
      { image: { format: 'png', source: { bytes: PIXEL } } },
      { text: 'What is this?' },
      { cachePoint: { type: 'default' } },
    ],
  }),
  document: turns({
    role: 'user',
    content: [{ document: { format: 'pdf', name: 'a pdf', source: { bytes: PDF } } }, { text: 'Sum it up.' }],
  }),
  'document-cited': turns({
    role: 'user',
    content: [
      {
        document: {
          format: 'txt',
          name: 'notes',
          source: { bytes: 'V2UgbWV0Lg==' },
          context: 'Minutes.',
          citations: { enabled: true },
        },
      },
      { text: 'Sum it up.' },
    ],
  }),
  guarded: turns({ role: 'user', content: [{ guardContent: { text: { text: 'Is this fine?' } } }] }),
  audio: turns({ role: 'user', content: [{ audio: { format: 'wav', source: { bytes: 'UklGRg==' } } }] }),
  video: turns({
    role: 'user',
    content: [{ video: { format: 'mp4', source: { s3Location: { uri: 's3://bucket/a.mp4' } } } }],
  }),
  tools: call({ toolConfig: { tools: TOOLS, toolChoice: { auto: {} } } }),
  'tools-cached': call({ toolConfig: { tools: [...TOOLS, { cachePoint: { type: 'default' } }] } }),
  'tool-choice-required': call({ toolConfig: { tools: TOOLS, toolChoice: { any: {} } } }),
  'tool-choice-named': call({ toolConfig: { tools: TOOLS, toolChoice: { tool: { name: 'get_time' } } } }),
  'tool-server': call({ toolConfig: { tools: [...TOOLS, { systemTool: { name: 'nova_grounding' } }] } }),
  'tool-results': {
    body: {
      toolConfig: { tools: TOOLS },
      messages: [
        ...HELLO,
        {
          role: 'assistant',
          content: [
            { text: 'Let me see.' },
            { toolUse: { toolUseId: 'tooluse_1', name: 'get_weather', input: { city: 'Paris' } } },
            { toolUse: { toolUseId: 'tooluse_2', name: 'get_time', input: {} } },
          ],
        },
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 'tooluse_1', content: [{ json: { degrees: 18 } }] } },
            { toolResult: { toolUseId: 'tooluse_2', content: [{ text: 'No clock.' }], status: 'error' } },
            { text: 'And tomorrow?' },
          ],
        },
      ],
    },
  },
  'tool-result-image': {
    body: {
      toolConfig: { tools: TOOLS },
      messages: [
        ...HELLO,
        {
          role: 'assistant',
          content: [{ toolUse: { toolUseId: 'tooluse_1', name: 'get_weather', input: { city: 'Paris' } } }],
        },
        {
          role: 'user',
          content: [
            {
              toolResult: {
                toolUseId: 'tooluse_1',
                content: [{ text: 'A map:' }, { image: { format: 'png', source: { bytes: PIXEL } } }],
                status: 'success',
              },
            },
          ],
        },
      ],
    },
  },
  'structured-output': call({
    outputConfig: {
      textFormat: {
        type: 'json_schema',
        structure: {
          jsonSchema: { schema: JSON.stringify(WEATHER), name: 'weather', description: 'A place.' },
        },
      },
    },
  }),
  reasoning: call({
    inferenceConfig: { maxTokens: 4000 },
    additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2000 } },
  }),
  'reasoning-effort': call({ outputConfig: { effort: 'high' } }),
  'reasoning-before': turns(
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'They greet me.', signature: 'c2lnbmVk' } } },
        { reasoningContent: { redactedContent: 'c2VhbGVk' } },
        { text: 'Hi.' },
      ],
    },
    { role: 'user', content: [{ text: 'And?' }] },
  ),
  sampling: call({
    inferenceConfig: { maxTokens: 100, temperature: 0.5, stopSequences: ['END', 'STOP'] },
    additionalModelRequestFields: { top_k: 40, anthropic_beta: ['context-1m-2025-08-07'] },
  }),
  'own-fields': call({
    guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1', trace: 'enabled' },
    performanceConfig: { latency: 'optimized' },
    requestMetadata: { team: 'search' },
    serviceTier: { type: 'priority' },
    additionalModelResponseFieldPaths: ['/stop_sequence'],
    promptVariables: { name: { text: 'Anna' } },
  }),
};

const USAGE = { inputTokens: 10, outputTokens: 5, totalTokens: 15 };

function reply(
  content: readonly JsonValue[],
  events: readonly ConverseEvent[],
  fields: JsonValue = {},
): ReplyCase {
  const { stopReason = 'end_turn', additionalModelResponseFields, ...rest } = fields;
  const stop = {
    stopReason,
    ...(additionalModelResponseFields === undefined ? {} : { additionalModelResponseFields }),
  };
  const measured = { usage: USAGE, metrics: { latencyMs: 7 }, ...rest };
  return {
    body: { output: { message: { role: 'assistant', content } }, ...stop, ...measured },
    stream: converseStream(
      ['messageStart', { role: 'assistant' }],
      ...events,
      ['messageStop', stop],
      ['metadata', measured],
    ),
  };
}

function delta(at: number, fields: JsonValue): ConverseEvent {
  return ['contentBlockDelta', { contentBlockIndex: at, delta: fields }];
}

function stop(at: number): ConverseEvent {
  return ['contentBlockStop', { contentBlockIndex: at }];
}

function use(at: number, id: string, name: string): ConverseEvent {
  return ['contentBlockStart', { contentBlockIndex: at, start: { toolUse: { toolUseId: id, name } } }];
}

const HI = { text: 'Hi.' };
const CITATION = {
  title: 'notes',
  source: 'notes',
  sourceContent: [{ text: 'We met.' }],
  location: { documentChar: { documentIndex: 0, start: 0, end: 7 } },
};

export const replies: Readonly<Record<string, ReplyCase>> = {
  text: reply([{ text: 'Grüße 👋' }], [delta(0, { text: 'Grü' }), delta(0, { text: 'ße 👋' }), stop(0)]),
  length: reply([HI], [delta(0, HI), stop(0)], { stopReason: 'max_tokens' }),
  tools: reply(
    [
      { text: 'Let me see.' },
      { toolUse: { toolUseId: 'tooluse_1', name: 'get_weather', input: { city: 'Zürich' } } },
      { toolUse: { toolUseId: 'tooluse_2', name: 'get_time', input: {} } },
    ],
    [
      delta(0, { text: 'Let me see.' }),
      stop(0),
      use(1, 'tooluse_1', 'get_weather'),
      delta(1, { toolUse: { input: '' } }),
      delta(1, { toolUse: { input: '{"city":' } }),
      delta(1, { toolUse: { input: '"Zürich"}' } }),
      stop(1),
      use(2, 'tooluse_2', 'get_time'),
      stop(2),
    ],
    { stopReason: 'tool_use' },
  ),
  reasoning: reply(
    [{ reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2lnbmVk' } } }, HI],
    [
      delta(0, { reasoningContent: { text: 'Hm.' } }),
      delta(0, { reasoningContent: { signature: 'c2lnbmVk' } }),
      stop(0),
      delta(1, HI),
      stop(1),
    ],
  ),
  'redacted-reasoning': reply(
    [{ reasoningContent: { redactedContent: 'c2VhbGVk' } }, HI],
    [delta(0, { reasoningContent: { redactedContent: 'c2VhbGVk' } }), stop(0), delta(1, HI), stop(1)],
  ),
  cited: reply(
    [{ citationsContent: { content: [HI], citations: [CITATION] } }],
    [delta(0, HI), delta(0, { citation: CITATION }), stop(0)],
  ),
  'server-tool': reply(
    [
      {
        toolUse: { toolUseId: 't1', name: 'nova_grounding', type: 'server_tool_use', input: { query: 'hi' } },
      },
      { toolResult: { toolUseId: 't1', status: 'success', content: [{ text: 'Found.' }] } },
      HI,
    ],
    [
      [
        'contentBlockStart',
        {
          contentBlockIndex: 0,
          start: { toolUse: { toolUseId: 't1', name: 'nova_grounding', type: 'server_tool_use' } },
        },
      ],
      delta(0, { toolUse: { input: '{"query":"hi"}' } }),
      stop(0),
      [
        'contentBlockStart',
        { contentBlockIndex: 1, start: { toolResult: { toolUseId: 't1', status: 'success' } } },
      ],
      delta(1, { toolResult: [{ text: 'Found.' }] }),
      stop(1),
      delta(2, HI),
      stop(2),
    ],
  ),
  picture: reply(
    [{ image: { format: 'png', source: { bytes: PIXEL } } }],
    [
      ['contentBlockStart', { contentBlockIndex: 0, start: { image: { format: 'png' } } }],
      delta(0, { image: { source: { bytes: PIXEL } } }),
      stop(0),
    ],
  ),
  guarded: reply([{ text: 'Sorry.' }], [delta(0, { text: 'Sorry.' }), stop(0)], {
    stopReason: 'guardrail_intervened',
    trace: { guardrail: { actionReason: 'Guardrail blocked.' } },
  }),
  filtered: reply([HI], [delta(0, HI), stop(0)], { stopReason: 'content_filtered' }),
  'stop-string': reply([HI], [delta(0, HI), stop(0)], {
    stopReason: 'stop_sequence',
    additionalModelResponseFields: { stop_sequence: 'END' },
  }),
  'context-full': reply([HI], [delta(0, HI), stop(0)], { stopReason: 'model_context_window_exceeded' }),
  'usage-with-cache': reply([HI], [delta(0, HI), stop(0)], {
    usage: {
      inputTokens: 10,
      outputTokens: 5,
      totalTokens: 105,
      cacheReadInputTokens: 60,
      cacheWriteInputTokens: 30,
      cacheDetails: [{ ttl: '5m', inputTokens: 30 }],
    },
  }),
};
