import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Block } from '../../canonical/blocks.ts';
import { type CallContent, refuseElsewhere } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { Operation } from '../../canonical/protocol.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { decodeCall } from './decode-call.ts';
import { encodeCall } from './encode-call.ts';

const openai: Quirks = {
  sealedOrigin: 'openai',
  developerRole: true,
  reasoningField: 'none',
  cacheBreakpoints: true,
};
const engine: Quirks = { customTools: false, developerRole: false, reasoningField: 'reasoning', topK: true };

const foreign: CallContent = {
  origin: 'openai-chat',
  model: 'm',
  stream: false,
  system: [],
  messages: [{ role: 'user', blocks: [{ type: 'text', text: 'Hi.' }] }],
  tools: [],
  serverTools: [],
  includeUsage: true,
  extras: {},
};

function encode(content: CallContent, quirks: Quirks = {}, operation: Operation = 'chat') {
  const ledger = new Ledger();
  const { body } = encodeCall(content, { model: 'up', ledger, quirks, facts: undefined, operation });
  return { body, notes: ledger.entries.map(({ outcome, field }) => `${outcome} ${field}`) };
}

function own(body: object, quirks: Quirks = {}) {
  return encode(decodeCall({ model: 'm', ...body } as JsonObject, 'chat'), quirks);
}

function assistant(...blocks: readonly Block[]): CallContent {
  return { ...foreign, messages: [...foreign.messages, { role: 'assistant', blocks }] };
}

describe('calls of our own dialect go back word for word', () => {
  const bodies: readonly object[] = [
    { input: [{ type: 'message', role: 'user', content: 'Hi.' }] },
    {
      instructions: 'One.',
      input: [
        { type: 'message', role: 'developer', content: 'Two.' },
        { type: 'message', role: 'system', content: 'Three.' },
        { type: 'message', role: 'user', content: 'Hi.' },
      ],
    },
    {
      store: false,
      include: ['reasoning.encrypted_content'],
      stream_options: { include_obfuscation: false },
      input: [
        { type: 'message', role: 'user', content: 'Hi.' },
        {
          type: 'reasoning',
          id: 'rs_1',
          status: 'completed',
          summary: [
            { type: 'summary_text', text: 'a' },
            { type: 'summary_text', text: 'b' },
          ],
          encrypted_content: 'gAAA',
        },
        {
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'So.', annotations: [{ type: 'url_citation', url: 'u' }] }],
          id: 'msg_1',
          status: 'completed',
          phase: 'commentary',
        },
        {
          type: 'function_call',
          call_id: 'c1',
          name: 'start',
          namespace: 'agents',
          arguments: '{}',
          id: 'fc_1',
        },
        { type: 'custom_tool_call', call_id: 'c2', name: 'patch', input: '*', status: 'completed' },
        { type: 'shell_call', call_id: 'c3', action: { commands: ['ls'] }, status: 'completed' },
        { type: 'function_call_output', call_id: 'c1', output: 'ok', status: 'completed' },
        {
          type: 'custom_tool_call_output',
          call_id: 'c2',
          output: [
            { type: 'input_text', text: 'a' },
            { type: 'input_image', image_url: 'u', detail: 'low' },
          ],
        },
        { type: 'shell_call_output', call_id: 'c3', output: [{ stdout: 'a' }] },
        { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search' } },
        { type: 'compaction', encrypted_content: 'gAAA' },
        { type: 'mcp_approval_response', approval_request_id: 'x', approve: true },
        { type: 'item_reference', id: 'msg_0' },
      ],
      tools: [
        { type: 'function', name: 'look', parameters: { type: 'object' }, strict: true, defer_loading: true },
        {
          type: 'custom',
          name: 'patch',
          description: 'p',
          format: { type: 'grammar', syntax: 'lark', definition: 'x' },
        },
        {
          type: 'namespace',
          name: 'agents',
          description: 'Helpers.',
          tools: [
            { type: 'function', name: 'start', description: 's', parameters: { type: 'object' } },
            { type: 'custom', name: 'note' },
          ],
        },
        { type: 'web_search' },
      ],
      tool_choice: { type: 'function', namespace: 'agents', name: 'start' },
      parallel_tool_calls: false,
      max_output_tokens: 5,
      top_p: 0.5,
      text: { format: { type: 'text' }, verbosity: 'low' },
      reasoning: { effort: 'high', summary: 'auto', context: 'auto' },
      safety_identifier: 's',
      user: 'u',
      metadata: { a: 'b' },
      service_tier: 'flex',
      truncation: 'auto',
      max_tool_calls: 3,
      tomorrow: true,
      stream: true,
    },
    { previous_response_id: 'resp_0', prompt: { id: 'p' } },
  ];
  for (const body of bodies) {
    it(JSON.stringify(body).slice(0, 70), () => {
      const { body: encoded, notes } = own(body, { ...openai, sharedFiles: true });
      assert.deepEqual(encoded, { model: 'up', ...body });
      assert.deepEqual(notes, []);
    });
  }

  it('a result whose call is further back keeps its kind', () => {
    const output = { type: 'custom_tool_call_output', call_id: 'c1', output: 'ok' };
    assert.deepEqual(own({ input: [output] }, openai).body.input, [output]);
    assert.deepEqual(own({ input: [output] }, engine).body.input, [
      { ...output, type: 'function_call_output' },
    ]);
  });
});

describe('for engines that know functions only', () => {
  const agents = {
    type: 'namespace',
    name: 'agents',
    description: 'Helpers.',
    tools: [{ type: 'function', name: 'start', parameters: {} }],
  };
  const body = {
    input: [
      { role: 'developer', content: 'Be brief.' },
      { type: 'custom_tool_call', call_id: 'c1', name: 'patch', input: 'a\nb', id: 'ctc_1' },
      { type: 'custom_tool_call_output', call_id: 'c1', output: 'ok' },
      { type: 'function_call', call_id: 'c2', namespace: 'agents', name: 'start', arguments: '{}' },
    ],
    tools: [{ type: 'custom', name: 'patch' }, agents],
    tool_choice: { type: 'custom', name: 'patch' },
  };

  it('CLIProxyAPI#5753, sub2api#3390: free text travels as a function, namespaces lie flat', () => {
    const { body: encoded, notes } = own(body, engine);
    assert.deepEqual(encoded.input, [
      { type: 'message', role: 'system', content: 'Be brief.' },
      { type: 'function_call', call_id: 'c1', name: 'patch__freetext', arguments: '{"input":"a\\nb"}' },
      { type: 'function_call_output', call_id: 'c1', output: 'ok' },
      { type: 'function_call', call_id: 'c2', name: 'agents__start', arguments: '{}' },
    ]);
    const names = (encoded.tools as readonly JsonObject[]).map(({ type, name }) => [type, name]);
    assert.deepEqual(names, [
      ['function', 'patch__freetext'],
      ['function', 'agents__start'],
    ]);
    assert.deepEqual(encoded.tool_choice, { type: 'function', name: 'patch__freetext' });
    assert.deepEqual(notes, ['mapped messages[0].content[0]', 'mapped tools.patch']);
  });

  it('an engine that ignores the choice is offered only what may be chosen', () => {
    const allowed = { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'b' }] };
    const tools = ['a', 'b'].map((name) => ({ type: 'function', name, parameters: {} }));
    const { body: encoded } = own({ input: 'x', tools, tool_choice: allowed }, { toolChoice: 'none' });
    assert.deepEqual([encoded.tools, encoded.tool_choice], [[tools[1]], undefined]);
  });
});

describe('calls of other dialects', () => {
  it('bifrost#7348: allowed tools and one call at a time arrive', () => {
    const tools = ['a', 'b'].map((name) => ({ name, schema: { type: 'object' } }));
    const { body } = encode({
      ...foreign,
      tools,
      toolChoice: { mode: 'allowed', names: ['b'], required: true },
      parallelToolCalls: false,
    });
    assert.deepEqual(body.tool_choice, {
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'function', name: 'b' }],
    });
    assert.equal(body.parallel_tool_calls, false);
  });

  it('a schema nobody called strict is not enforced, although this dialect would', () => {
    const { body } = encode({ ...foreign, tools: [{ name: 'a', schema: { type: 'object' } }] });
    assert.deepEqual(body.tools, [
      { type: 'function', name: 'a', parameters: { type: 'object' }, strict: false },
    ]);
  });

  it('are not stored', () => assert.equal(encode(foreign).body.store, false));

  it('the system prompt goes into the instructions, and into a message where parts of it are marked', () => {
    const system: Block[] = [
      { type: 'text', text: 'One.' },
      { type: 'text', text: 'Two.', cache: {} },
    ];
    assert.equal(encode({ ...foreign, system }).body.instructions, 'One.\n\nTwo.');
    const { body } = encode({ ...foreign, system }, openai);
    assert.deepEqual((body.input as readonly JsonObject[])[0], {
      type: 'message',
      role: 'developer',
      content: [
        { type: 'input_text', text: 'One.' },
        { type: 'input_text', text: 'Two.', prompt_cache_breakpoint: { mode: 'explicit' } },
      ],
    });
  });

  it('ids of calls longer than 64 letters become the same short ones, in calls and results', () => {
    const id = 'x'.repeat(65);
    const { body } = encode({
      ...foreign,
      messages: [
        { role: 'assistant', blocks: [{ type: 'tool_call', id, name: 'a', input: '{}' }] },
        { role: 'user', blocks: [{ type: 'tool_result', callId: id, content: [] }] },
      ],
    });
    const ids = (body.input as readonly { call_id: string }[]).map(({ call_id }) => call_id);
    assert.equal(ids[0], ids[1]);
    assert.match(ids[0] ?? '', /^call_[0-9a-f]{32}$/);
  });

  const thoughts: readonly [string, Block, Quirks, JsonObject | undefined, readonly string[]][] = [
    [
      'litellm#18094: what OpenAI sealed goes to OpenAI',
      { type: 'reasoning', text: 'Hm.', sealed: { origin: 'openai', value: 'gAAA' } },
      openai,
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: 'gAAA' },
      [],
    ],
    [
      'new-api#3240: … and to nobody else',
      { type: 'reasoning', text: '', sealed: { origin: 'openai', value: 'gAAA' }, redacted: true },
      engine,
      undefined,
      ['dropped reasoning.redacted'],
    ],
    [
      'what others sealed does not go to OpenAI, nor do its words',
      { type: 'reasoning', text: 'Hm.', sealed: { origin: 'anthropic', value: 'x' } },
      openai,
      undefined,
      ['dropped reasoning.signature', 'dropped messages[1].content[0]'],
    ],
    [
      'engines read the words, and want a summary, be it empty',
      { type: 'reasoning', text: 'Hm.', sealed: { origin: 'anthropic', value: 'x' } },
      engine,
      { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hm.' }] },
      ['dropped reasoning.signature'],
    ],
  ];
  for (const [sentence, block, quirks, expected, lost] of thoughts) {
    it(sentence, () => {
      const { body, notes } = encode(assistant(block), quirks);
      const item = (body.input as readonly JsonObject[])[1];
      if (expected === undefined) assert.equal(item, undefined);
      else {
        const { id, ...rest } = item ?? {};
        assert.match(String(id), /^rs_/);
        assert.deepEqual(rest, expected);
      }
      assert.deepEqual(notes, lost);
    });
  }

  it('reasoning that OpenAI was told not to keep is not pointed to', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }] };
    const input = [item, { type: 'message', role: 'user', content: 'Hi.' }];
    assert.deepEqual(own({ store: false, input }, openai).body.input, [input[1]]);
    assert.deepEqual(own({ input }, openai).body.input, input);
  });

  const losses: readonly [string, Partial<CallContent>, Quirks, readonly string[], JsonObject][] = [
    ['stop strings', { stop: ['END'] }, {}, ['dropped stop'], {}],
    ['empty stop strings stop nothing', { stop: [''] }, {}, [], {}],
    ['a seed', { seed: 1 }, {}, ['dropped seed'], {}],
    [
      'penalties, unless an engine takes them',
      { presencePenalty: 1, topK: 4 },
      {},
      ['dropped top_k', 'dropped presence_penalty'],
      {},
    ],
    ['an engine takes them', { presencePenalty: 1, topK: 4 }, engine, [], { presence_penalty: 1, top_k: 4 }],
    ['a penalty of zero is none', { frequencyPenalty: 0 }, {}, [], {}],
    [
      'a bound that OpenAI would refuse',
      { maxTokens: 5 },
      openai,
      ['approximated max_tokens'],
      { max_output_tokens: 16 },
    ],
    ['a bound for others', { maxTokens: 5 }, {}, [], { max_output_tokens: 5 }],
    [
      'log probabilities',
      { logprobs: { top: 2 } },
      {},
      [],
      { top_logprobs: 2, include: ['message.output_text.logprobs'] },
    ],
    ['metadata of what is not stored', { metadata: { a: 'b' } }, {}, ['dropped metadata'], {}],
    [
      'another tier',
      { serviceTier: 'standard_only' },
      {},
      ['mapped service_tier'],
      { service_tier: 'default' },
    ],
    ['how many words, to OpenAI', { verbosity: 'low' }, openai, [], { text: { verbosity: 'low' } }],
    ['how many words, to others', { verbosity: 'low' }, {}, ['dropped verbosity'], {}],
    [
      'that reasoning is shown',
      { reasoning: { effort: 'low', display: 'summarized' } },
      {},
      [],
      { reasoning: { effort: 'low', summary: 'auto' } },
    ],
    ['fields of other dialects', { extras: { odd: 1 } }, {}, ['dropped odd'], {}],
  ];
  for (const [sentence, part, quirks, notes, fields] of losses) {
    it(`${sentence}: ${notes.join(', ') || 'said'}`, () => {
      const { body, notes: got } = encode({ ...foreign, ...part }, quirks);
      assert.deepEqual(got, notes);
      const { model: _, input: __, store: ___, ...rest } = body;
      assert.deepEqual(rest, fields);
    });
  }

  const refusals: readonly [string, Partial<CallContent>, Quirks, string][] = [
    ['several replies', { n: 2 }, {}, 'n'],
    [
      'audio',
      { messages: [{ role: 'user', blocks: [{ type: 'audio', data: 'x', format: 'wav' }] }] },
      {},
      'messages[0].content[0]',
    ],
    [
      'an address of a picture that the engine does not fetch',
      {
        messages: [
          { role: 'user', blocks: [{ type: 'image', source: { kind: 'url', url: 'https://e.org' } }] },
        ],
      },
      { imageUrls: false },
      'messages[0].content[0]',
    ],
    [
      "another vendor's file",
      {
        messages: [{ role: 'user', blocks: [{ type: 'document', source: { kind: 'file', id: 'file_1' } }] }],
      },
      {},
      'messages[0].content[0]',
    ],
  ];
  for (const [sentence, part, quirks, param] of refusals) {
    it(`${sentence} is refused`, () => {
      assert.throws(
        () => encode({ ...foreign, ...part }, quirks),
        (error) =>
          error instanceof GatewayError && error.code === 'unsupported' && error.detail.param === param,
      );
    });
  }
});

it('litellm#26167: a call that goes on from a stored reply is refused where nothing is stored, not answered without its history', () => {
  for (const [body, param] of [
    [{ input: 'x', previous_response_id: 'resp_0' }, 'previous_response_id'],
    [{ input: 'x', conversation: 'conv_1' }, 'conversation'],
    [{ prompt: { id: 'p' } }, 'prompt'],
  ] as const) {
    const content = decodeCall({ model: 'm', ...body } as JsonObject, 'chat');
    refuseElsewhere(content, 'openai-responses');
    assert.throws(
      () => refuseElsewhere(content, 'openai-chat'),
      (error) => error instanceof GatewayError && error.detail.param === param,
    );
  }
});

it('a call whose tokens are counted has the fields that count', () => {
  const { body } = encode({ ...foreign, stream: true, maxTokens: 9, temperature: 1 }, {}, 'count');
  assert.deepEqual(Object.keys(body), ['model', 'input']);
});
