// What callers of Responses ask.
import type { JsonValue } from '../../testkit/json-value.ts';
import type { CallCase } from './dialect.ts';

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PDF = 'JVBERi0xLjQKJSVFT0YK';
const WEATHER = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Which city' }, unit: { enum: ['c', 'f'] } },
  required: ['city'],
  additionalProperties: false,
};
const TOOLS = [
  {
    type: 'function',
    name: 'get_weather',
    description: 'Weather of a city.',
    parameters: WEATHER,
    strict: true,
  },
  { type: 'function', name: 'get_time', description: 'Time of day.', parameters: null, strict: false },
];
const PATCH = {
  type: 'custom',
  name: 'apply_patch',
  description: 'Takes a patch.',
  format: { type: 'text' },
};
const AGENTS = {
  type: 'namespace',
  name: 'agents',
  description: 'Helpers of yours.',
  tools: [
    { type: 'function', name: 'start', description: 'Starts one.', parameters: WEATHER },
    { type: 'function', name: 'stop', parameters: null },
  ],
};

function user(...content: readonly JsonValue[]): JsonValue {
  return { role: 'user', content };
}

function said(text: string): JsonValue {
  return {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [] }],
  };
}

function called(name: string, args: string, fields: JsonValue = {}): JsonValue {
  return { type: 'function_call', call_id: 'call_1', name, arguments: args, ...fields };
}

function result(output: JsonValue, call_id = 'call_1'): JsonValue {
  return { type: 'function_call_output', call_id, output };
}

const bodies: Readonly<Record<string, JsonValue>> = {
  text: { input: 'Hello.' },
  stream: { input: 'Hello.', stream: true },
  system: {
    instructions: 'Be brief.',
    input: [
      { role: 'developer', content: 'Answer in German.' },
      user({ type: 'input_text', text: 'Hello.' }),
    ],
  },
  'inline-system': {
    input: [
      { role: 'user', content: 'One?' },
      said('One.'),
      { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Now in French.' }] },
      { role: 'user', content: 'Two?' },
    ],
  },
  'multi-turn': {
    input: [
      { role: 'user', content: 'One?' },
      { ...said('One.'), id: 'msg_1', status: 'completed', phase: 'final_answer' },
      { role: 'assistant', content: 'And more.' },
      { role: 'user', content: 'Two?' },
    ],
  },
  'refused-before': {
    input: [
      { role: 'user', content: 'Do it.' },
      {
        type: 'message',
        id: 'msg_1',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'refusal', refusal: 'I will not.' }],
      },
      { role: 'user', content: 'Why?' },
    ],
  },
  'image-url': {
    input: [
      user(
        { type: 'input_text', text: 'What is it?' },
        { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' },
      ),
    ],
  },
  'image-base64': {
    input: [user({ type: 'input_image', image_url: `data:image/png;base64,${PIXEL}` })],
  },
  document: {
    input: [
      user(
        { type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` },
        { type: 'input_text', text: 'Sum it up.' },
      ),
    ],
  },
  'document-url': { input: [user({ type: 'input_file', file_url: 'https://example.com/a.pdf' })] },
  'document-id': { input: [user({ type: 'input_file', file_id: 'file-1' })] },
  tools: { input: 'Hello.', tools: TOOLS },
  'tools-one-at-a-time': { input: 'Hello.', tools: TOOLS, parallel_tool_calls: false },
  'tool-choice-required': { input: 'Hello.', tools: TOOLS, tool_choice: 'required' },
  'tool-choice-none': { input: 'Hello.', tools: TOOLS, tool_choice: 'none' },
  'tool-choice-named': { input: 'Hello.', tools: TOOLS, tool_choice: { type: 'function', name: 'get_time' } },
  'tool-choice-allowed': {
    input: 'Hello.',
    tools: TOOLS,
    parallel_tool_calls: false,
    tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'get_time' }] },
  },
  'tool-custom': {
    tools: [PATCH],
    tool_choice: { type: 'custom', name: 'apply_patch' },
    input: [
      { role: 'user', content: 'Mend it.' },
      { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_1', name: 'apply_patch', input: '*** Begin' },
      { type: 'custom_tool_call_output', call_id: 'call_1', output: 'Done.' },
    ],
  },
  'tool-namespace': {
    tools: [TOOLS[1], AGENTS],
    tool_choice: { type: 'function', namespace: 'agents', name: 'stop' },
    input: [
      { role: 'user', content: 'Start one.' },
      called('start', '{"city":"Bern"}', { namespace: 'agents', id: 'fc_1' }),
      result('Started.'),
    ],
  },
  'tool-server': {
    input: 'News?',
    tools: [...TOOLS, { type: 'web_search' }],
    include: ['web_search_call.results'],
  },
  'tool-results': {
    tools: TOOLS,
    input: [
      { role: 'user', content: 'Weather and time?' },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Both.' }] },
      called('get_weather', '{"city":"Paris"}', { id: 'fc_1', status: 'completed' }),
      called('get_time', '', { id: 'fc_2', call_id: 'call_2' }),
      result('25 °C'),
      result([{ type: 'input_text', text: 'Noon.' }], 'call_2'),
      { role: 'user', content: 'And?' },
    ],
  },
  'tool-result-image': {
    tools: TOOLS,
    input: [
      { role: 'user', content: 'Look.' },
      called('get_time', '{}'),
      result([
        { type: 'input_text', text: 'A clock:' },
        { type: 'input_image', image_url: `data:image/png;base64,${PIXEL}`, detail: 'auto' },
      ]),
    ],
  },
  'tools-of-the-vendor-before': {
    input: [
      { role: 'user', content: 'List it, and search.' },
      {
        type: 'shell_call',
        id: 'sh_1',
        call_id: 'call_1',
        action: { commands: ['ls'] },
        status: 'completed',
      },
      { type: 'shell_call_output', call_id: 'call_1', output: [{ stdout: 'a.txt', stderr: '' }] },
      { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'a' } },
      said('Found.'),
      { role: 'user', content: 'Good.' },
    ],
  },
  'item-reference': {
    input: [
      { type: 'item_reference', id: 'msg_nobody' },
      { role: 'user', content: 'More.' },
    ],
  },
  compaction: {
    input: [
      { type: 'compaction', encrypted_content: 'gAAAall' },
      { role: 'user', content: 'More.' },
    ],
  },
  continued: { previous_response_id: 'resp_0', input: 'And then?' },
  template: { prompt: { id: 'pmpt_1', variables: { city: 'Bern' } } },
  'structured-output': {
    input: 'Hello.',
    text: {
      format: {
        type: 'json_schema',
        name: 'weather',
        schema: WEATHER,
        strict: true,
        description: 'A place.',
      },
      verbosity: 'low',
    },
  },
  'json-object': { input: 'Hello, as JSON.', text: { format: { type: 'json_object' } } },
  reasoning: { input: 'Hello.', reasoning: { effort: 'high', summary: 'auto' } },
  'reasoning-off': { input: 'Hello.', reasoning: { effort: 'none' } },
  'reasoning-sealed': {
    store: false,
    include: ['reasoning.encrypted_content'],
    input: [
      { role: 'user', content: 'Hello.' },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'A greeting.' }],
        encrypted_content: 'gAAAsealed',
      },
      called('get_time', '{}'),
      result('Noon.'),
    ],
    tools: TOOLS,
  },
  'reasoning-sealed-elsewhere': {
    store: false,
    input: [
      { role: 'user', content: 'Hello.' },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'A greeting.' }],
        encrypted_content: 'signalbox:anthropic:signature::c2lnbmVk',
      },
      called('get_time', '{}'),
      result('Noon.'),
    ],
    tools: TOOLS,
  },
  'reasoning-bare-not-stored': {
    store: false,
    input: [
      { role: 'user', content: 'Hello.' },
      { type: 'reasoning', id: 'rs_1', summary: [] },
      said('Hi.'),
      { role: 'user', content: 'More.' },
    ],
  },
  'max-tokens': { input: 'Hello.', max_output_tokens: 100 },
  sampling: { input: 'Hello.', temperature: 0.5, top_p: 0.9, truncation: 'auto', max_tool_calls: 3 },
  logprobs: { input: 'Hello.', include: ['message.output_text.logprobs'], top_logprobs: 3 },
  identity: {
    input: 'Hello.',
    safety_identifier: 'anna@example.com',
    prompt_cache_key: 'thread-7',
    metadata: { team: 'blue' },
    service_tier: 'flex',
  },
  'unknown-fields': {
    input: 'Hello.',
    moderation: { model: 'omni' },
    stream_options: { include_obfuscation: false },
  },
};

export const calls: Readonly<Record<string, CallCase>> = Object.fromEntries(
  Object.entries(bodies).map(([name, body]) => [name, { body }]),
);
