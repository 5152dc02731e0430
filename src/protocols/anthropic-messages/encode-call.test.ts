import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block, Message } from '../../canonical/blocks.ts';
import type { CallContent, Tool } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { decodeCall } from './decode-call.ts';
import { encodeCall } from './encode-call.ts';

const vendor: Quirks = { sealedOrigin: 'anthropic' };
const hello: Message = { role: 'user', blocks: [{ type: 'text', text: 'hi' }] };

const base: CallContent = {
  origin: 'openai-chat',
  model: 'virtual',
  stream: false,
  system: [],
  messages: [hello],
  tools: [],
  serverTools: [],
  maxTokens: 50_000,
  includeUsage: true,
  extras: {},
};

interface Encoded {
  readonly body: JsonObject;
  /** `field=outcome` of every ledger entry. */
  readonly ledger: readonly string[];
}

function encode(fields: Partial<CallContent>, options: Partial<EncodeOptions> = {}): Encoded {
  const ledger = new Ledger();
  const { body } = encodeCall(
    { ...base, ...fields },
    { model: 'claude-sonnet-5', ledger, quirks: vendor, facts: undefined, operation: 'chat', ...options },
  );
  return {
    body: JSON.parse(JSON.stringify(body)) as JsonObject,
    ledger: ledger.entries.map((entry) => `${entry.field}=${entry.outcome}`),
  };
}

function without(fields: keyof CallContent): CallContent {
  const { [fields]: _gone, ...rest } = base;
  return rest as CallContent;
}

function text(words: string): Block {
  return { type: 'text', text: words };
}
function call(id: string, input = '{}'): Block {
  return { type: 'tool_call', id, name: 'f', input };
}
function result(callId: string, ...content: Block[]): Block {
  return { type: 'tool_result', callId, content: content.length === 0 ? [text(`r${callId}`)] : content };
}
function use(id: string, input: JsonObject = {}): JsonObject {
  return { type: 'tool_use', id, name: 'f', input };
}
function answer(id: string): JsonObject {
  return { type: 'tool_result', tool_use_id: id, content: `r${id}` };
}

const tool: Tool = { name: 'f', schema: { type: 'object' } };

test('a minimal call', () => {
  const { body, ledger } = encode({});
  assert.deepEqual(body, {
    model: 'claude-sonnet-5',
    max_tokens: 50_000,
    messages: [{ role: 'user', content: 'hi' }],
  });
  assert.deepEqual(ledger, []);
});

test('our version takes sampling', () => {
  const { headers } = encodeCall(
    { ...base, temperature: 0.5 },
    { model: 'm', ledger: new Ledger(), quirks: {}, facts: undefined, operation: 'chat' },
  );
  assert.deepEqual(headers, { 'anthropic-version': '2023-06-01' });
});

test('turns', () => {
  const tools = [tool];
  const rows: readonly (readonly [why: string, messages: Message[], turns: Json, ledger: string[]])[] = [
    [
      'messages of one role in a row are one turn',
      [hello, { role: 'user', blocks: [text('there')] }],
      [{ role: 'user', content: [text('hi'), text('there')] as unknown as Json }],
      [],
    ],
    [
      'role tool never leaves, results in a row are one turn (new-api#454, higress#3517)',
      [
        hello,
        { role: 'assistant', blocks: [call('1'), call('2')] },
        { role: 'user', blocks: [result('1')] },
        { role: 'user', blocks: [result('2')] },
      ],
      [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: [use('1'), use('2')] },
        { role: 'user', content: [answer('1'), answer('2')] },
      ],
      [],
    ],
    [
      'results come first and in the order of the calls (vercel/ai#8474)',
      [
        hello,
        { role: 'assistant', blocks: [call('1'), call('2')] },
        { role: 'user', blocks: [text('and')] },
        { role: 'user', blocks: [result('2'), result('1')] },
      ],
      [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: [use('1'), use('2')] },
        { role: 'user', content: [answer('1'), answer('2'), { type: 'text', text: 'and' }] },
      ],
      [],
    ],
    [
      'an inline system message never stands between calls and results (one-api#350)',
      [
        hello,
        { role: 'assistant', blocks: [call('1')] },
        { role: 'system', blocks: [text('be brief')] },
        { role: 'user', blocks: [result('1')] },
      ],
      [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: [use('1')] },
        {
          role: 'user',
          content: [answer('1'), { type: 'text', text: '<system>\nbe brief\n</system>' }],
        },
      ],
      ['messages.system=approximated'],
    ],
    [
      'a conversation starts with the user',
      [{ role: 'assistant', blocks: [text('Welcome')] }, hello],
      [
        { role: 'user', content: '.' },
        { role: 'assistant', content: 'Welcome' },
        { role: 'user', content: 'hi' },
      ],
      ['messages=approximated'],
    ],
    [
      'empty text is left out, and with it an empty turn',
      [hello, { role: 'assistant', blocks: [text(' \n')] }, { role: 'user', blocks: [text(''), text('b')] }],
      [{ role: 'user', content: [text('hi'), text('b')] as unknown as Json }],
      ['messages.empty_text=mapped'],
    ],
    [
      'a prefill ends without white space',
      [hello, { role: 'assistant', blocks: [text('Sure: ')] }],
      [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'Sure:' },
      ],
      ['messages.prefill=mapped'],
    ],
  ];
  for (const [why, messages, turns, ledger] of rows) {
    const encoded = encode({ messages, tools });
    assert.deepEqual(encoded.body.messages, turns, why);
    assert.deepEqual(encoded.ledger, ledger, why);
  }
});

function userContent(
  block: Block,
  fields: Partial<CallContent> = {},
): Encoded & { content: Json | undefined } {
  const encoded = encode({ messages: [{ role: 'user', blocks: [text('see'), block] }], ...fields });
  const turn = (encoded.body.messages as JsonObject[])[0]!;
  return { ...encoded, content: (turn.content as Json[])[1] };
}

test('blocks of a user', () => {
  const png = { kind: 'base64', mediaType: 'image/png', data: 'AA' } as const;
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } };
  const rows: readonly (readonly [why: string, block: Block, wire: Json | undefined, ledger: string[]])[] = [
    ['image data', { type: 'image', source: png }, image, []],
    [
      'image address',
      { type: 'image', source: { kind: 'url', url: 'https://a/b' }, detail: 'high' },
      { type: 'image', source: { type: 'url', url: 'https://a/b' } },
      ['messages.image.detail=dropped'],
    ],
    [
      'a data address is data',
      { type: 'image', source: { kind: 'url', url: 'data:image/png;base64,AA' } },
      image,
      [],
    ],
    [
      'tool results keep their images (litellm#20403)',
      result('1', text('a'), { type: 'image', source: png }),
      { type: 'tool_result', tool_use_id: '1', content: [{ type: 'text', text: 'a' }, image] },
      [],
    ],
    [
      'a failed tool',
      { type: 'tool_result', callId: '1', content: [], isError: true },
      { type: 'tool_result', tool_use_id: '1', is_error: true },
      [],
    ],
    [
      'PDF',
      { type: 'document', name: 'T', source: { kind: 'base64', mediaType: 'application/pdf', data: 'AA' } },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AA' }, title: 'T' },
      [],
    ],
    [
      'a text file is text',
      { type: 'document', source: { kind: 'base64', mediaType: 'text/markdown', data: 'aMOp' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hé' } },
      [],
    ],
    [
      'foreign extras are named one by one, whatever they are called',
      { type: 'text', text: 'a', extras: { citations: [], annotations: [] } },
      { type: 'text', text: 'a' },
      ['messages.text.citations=dropped', 'messages.text.annotations=dropped'],
    ],
    [
      'own raw blocks',
      { type: 'raw', origin: 'anthropic-messages', value: { type: 'x' } },
      { type: 'x' },
      [],
    ],
    [
      'the text of a foreign block',
      { type: 'raw', origin: 'other', value: { type: 'x', text: 'a' } },
      { type: 'text', text: 'a' },
      ['messages.x=approximated'],
    ],
  ];
  for (const [why, block, wire, ledger] of rows) {
    const encoded = userContent(block);
    const first = (encoded.body.messages as JsonObject[])[0]!.content;
    const found = block.type === 'tool_result' ? (first as Json[])[0] : encoded.content;
    assert.deepEqual(wire === undefined ? undefined : found, wire, why);
    if (wire === undefined) assert.equal(first, 'see', why);
    assert.deepEqual(encoded.ledger, ledger, why);
  }
});

test('what would change the question is refused', () => {
  const rows: readonly (readonly [why: string, fields: Partial<CallContent>])[] = [
    ['audio', { messages: [{ role: 'user', blocks: [{ type: 'audio', data: 'AA', format: 'wav' }] }] }],
    [
      'a file of another vendor',
      { messages: [{ role: 'user', blocks: [{ type: 'image', source: { kind: 'file', id: 'file-abc' } }] }] },
    ],
    [
      'a spreadsheet',
      {
        messages: [
          {
            role: 'user',
            blocks: [
              {
                type: 'document',
                source: { kind: 'base64', mediaType: 'application/vnd.ms-excel', data: '' },
              },
            ],
          },
        ],
      },
    ],
    [
      'a part that only its own dialect knows',
      {
        messages: [
          { role: 'user', blocks: [{ type: 'raw', origin: 'other', value: { type: 'video_url' } }] },
        ],
      },
    ],
    ['an image among the rules', { system: [{ type: 'image', source: { kind: 'url', url: 'https://a' } }] }],
    ['several replies', { n: 2 }],
    ['log probabilities', { logprobs: {} }],
  ];
  for (const [why, fields] of rows) {
    assert.throws(
      () => encode(fields),
      (error) => error instanceof GatewayError && error.code === 'unsupported' && error.detail.remedy !== '',
      why,
    );
  }
  const url: Message = {
    role: 'user',
    blocks: [{ type: 'image', source: { kind: 'url', url: 'https://a' } }],
  };
  assert.throws(() => encode({ messages: [url] }, { quirks: { imageUrls: false } }), GatewayError);
});

function assistantContent(block: Block, options: Partial<EncodeOptions> = {}): Encoded & { content: Json } {
  const messages: Message[] = [hello, { role: 'assistant', blocks: [text('so'), block] }, hello];
  const encoded = encode({ messages, tools: [tool] }, options);
  const { content } = (encoded.body.messages as JsonObject[])[1]!;
  return { ...encoded, content: typeof content === 'string' ? null : ((content as Json[])[1] ?? null) };
}

test('blocks of the assistant', () => {
  const own = { origin: 'anthropic', value: 'sig' };
  const rows: readonly (readonly [why: string, block: Block, wire: Json, ledger: string[]])[] = [
    ['arguments become an object', call('1', '{"a":1}'), use('1', { a: 1 }), []],
    ['no arguments are an empty object (openclaude#1259)', call('1', ''), use('1'), []],
    [
      'broken arguments are wrapped',
      call('1', '{"a":'),
      use('1', { input: '{"a":' }),
      ['messages.tool_call.input=approximated'],
    ],
    [
      'a list of arguments is wrapped',
      call('1', '[1]'),
      use('1', { input: '[1]' }),
      ['messages.tool_call.input=approximated'],
    ],
    ['ids are mapped', call('a:1'), use('a_x3a_1'), []],
    [
      'free text is wrapped and marked (copilot-api#242)',
      { type: 'tool_call', id: '1', name: 'apply_patch', input: '*** Begin', custom: true },
      { type: 'tool_use', id: '1', name: 'apply_patch__freetext', input: { input: '*** Begin' } },
      [],
    ],
    [
      'own reasoning goes back word for word',
      { type: 'reasoning', text: ' t ', sealed: own },
      { type: 'thinking', thinking: ' t ', signature: 'sig' },
      [],
    ],
    [
      'signed reasoning without text too (litellm#38809)',
      { type: 'reasoning', text: '', sealed: own },
      { type: 'thinking', thinking: '', signature: 'sig' },
      [],
    ],
    [
      'redacted reasoning too',
      { type: 'reasoning', text: '', sealed: own, redacted: true },
      { type: 'redacted_thinking', data: 'sig' },
      [],
    ],
    [
      'foreign reasoning is lost and named',
      { type: 'reasoning', text: 't', sealed: { origin: 'google', value: 's' } },
      null,
      ['messages.reasoning=dropped'],
    ],
    ['unsigned reasoning too', { type: 'reasoning', text: 't' }, null, ['messages.reasoning=dropped']],
    ['a refusal is text', { type: 'refusal', text: 'no' }, { type: 'text', text: 'no' }, []],
    [
      'an image of the assistant',
      { type: 'image', source: { kind: 'url', url: 'https://a' } },
      null,
      ['messages.assistant.image=dropped'],
    ],
    [
      'a foreign seal on a call is named',
      { ...call('1'), sealed: { origin: 'google', value: 's' } } as Block,
      use('1'),
      ['messages.tool_call.signature=dropped'],
    ],
  ];
  for (const [why, block, wire, ledger] of rows) {
    const encoded = assistantContent(block);
    assert.deepEqual(encoded.content, wire, why);
    assert.deepEqual(encoded.ledger, ledger, why);
  }
});

test('sealed reasoning goes only to whoever sealed it; engines read its words', () => {
  const sealed = { origin: 'anthropic', value: 'sig' };
  const unsigned = { type: 'thinking', thinking: 't', signature: '' };
  const rows: readonly (readonly [why: string, block: Block, wire: Json, ledger: string[]])[] = [
    ['signed', { type: 'reasoning', text: 't', sealed }, unsigned, ['messages.reasoning.signature=dropped']],
    ['unsigned', { type: 'reasoning', text: 't' }, unsigned, []],
    ['silent', { type: 'reasoning', text: '', sealed }, null, ['messages.reasoning=dropped']],
    [
      'redacted',
      { type: 'reasoning', text: '', sealed, redacted: true },
      null,
      ['messages.reasoning=dropped'],
    ],
  ];
  for (const sealedOrigin of [undefined, 'other']) {
    const quirks = sealedOrigin === undefined ? {} : { sealedOrigin };
    for (const [why, block, wire, ledger] of rows) {
      const elsewhere = assistantContent(block, { quirks });
      assert.deepEqual([elsewhere.content, elsewhere.ledger], [wire, ledger], why);
    }
  }
});

test('a call of this dialect goes to an engine without what is for the vendor alone', () => {
  const wire: JsonObject = {
    model: 'm',
    max_tokens: 10,
    system: [
      { type: 'text', text: 'x-anthropic-billing-header: a' },
      { type: 'text', text: 'S' },
    ],
    messages: [
      { role: 'user', content: 'a' },
      {
        role: 'assistant',
        content: [
          { type: 'redacted_thinking', data: 'd' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'user', content: 'c' },
    ],
    own_field: 1,
  };
  const { body, ledger } = encode(decodeCall(wire, 'chat'), { model: 'm', quirks: {} });
  assert.deepEqual(body, {
    ...wire,
    system: 'S',
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'user', content: 'c' },
    ],
  });
  assert.deepEqual(ledger, ['system=mapped', 'messages.reasoning=dropped']);
});

test('inline system messages stay in place where the model takes them', () => {
  const rule: Message = { role: 'system', blocks: [text('R')] };
  const said: Message = { role: 'assistant', blocks: [text('b')] };
  const roles = (model: string, messages: readonly Message[], quirks = vendor) => {
    const { body, ledger } = encode({ messages }, { model, quirks });
    return [(body.messages as JsonObject[]).map(({ role }) => String(role)[0]).join(''), ledger.join()];
  };
  const folded = 'messages.system=approximated';
  const rows: readonly (readonly [why: string, found: Json, expected: Json])[] = [
    ['at the end', roles('claude-opus-4-8', [hello, rule]), ['us', '']],
    ['before an answer', roles('claude-opus-5', [hello, rule, rule, said, hello]), ['usau', '']],
    ['older', roles('claude-opus-4-7', [hello, rule]), ['u', folded]],
    ['another family', roles('claude-sonnet-5', [hello, rule]), ['u', folded]],
    ['an engine', roles('qwen3', [hello, rule]), ['u', folded]],
    [
      'declared away',
      roles('claude-opus-5', [hello, rule], { ...vendor, inlineSystem: false }),
      ['u', folded],
    ],
    ['before more of the user', roles('claude-opus-5', [hello, rule, hello]), ['u', folded]],
    ['after an answer', roles('claude-opus-5', [hello, said, rule]), ['uau', folded]],
  ];
  for (const [why, found, expected] of rows) assert.deepEqual(found, expected, why);
});

test('tools', () => {
  const rows: readonly (readonly [why: string, tool: Tool, wire: JsonObject, ledger: string[]])[] = [
    [
      'a function',
      { name: 'a', description: 'A', schema: { type: 'object', properties: {} }, strict: true },
      { name: 'a', description: 'A', input_schema: { type: 'object', properties: {} }, strict: true },
      [],
    ],
    [
      'a schema says it is an object',
      { name: 'a', schema: {} },
      { name: 'a', input_schema: { type: 'object', properties: {} } },
      [],
    ],
    [
      'a free-text tool is a function of one string (sub2api#3390)',
      { name: 'p', description: 'P', schema: {}, custom: {} },
      {
        name: 'p__freetext',
        description: 'P',
        input_schema: {
          type: 'object',
          properties: {
            input: { type: 'string', description: 'The whole input of the tool, as free text.' },
          },
          required: ['input'],
          additionalProperties: false,
        },
      },
      ['tools.custom=mapped'],
    ],
  ];
  for (const [why, declared, wire, ledger] of rows) {
    const encoded = encode({ tools: [declared] });
    assert.deepEqual(encoded.body.tools, [wire], why);
    assert.deepEqual(encoded.ledger, ledger, why);
  }
});

test('a grammar becomes part of the description', () => {
  const custom = { format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } };
  const { body, ledger } = encode({ tools: [{ name: 'p', description: 'P', schema: {}, custom }] });
  const declared = (body.tools as JsonObject[])[0];
  assert.equal(declared?.description, 'P\n\nThe input must match this grammar:\nstart: "x"');
  assert.deepEqual(ledger, ['tools.custom=approximated']);
});

test('server tools stay with their vendor', () => {
  const value = { type: 'web_search_20250305', name: 'web_search' };
  const serverTools = [
    { origin: 'anthropic-messages', value },
    { origin: 'openai-responses', value: { type: 'file_search' } },
  ];
  const { body, ledger } = encode({ serverTools });
  assert.deepEqual(body.tools, [value]);
  assert.deepEqual(ledger, ['tools.file_search=dropped']);
});

test('tool choice', () => {
  const two = [tool, { ...tool, name: 'g' }];
  const both = ['f', 'g'];
  const one = { disable_parallel_tool_use: true };
  const rows: readonly (readonly [
    why: string,
    Partial<CallContent>,
    choice: Json | undefined,
    names: string[],
  ])[] = [
    ['unsaid', {}, undefined, both],
    ['auto', { toolChoice: { mode: 'auto' } }, { type: 'auto' }, both],
    ['required', { toolChoice: { mode: 'required' } }, { type: 'any' }, both],
    ['none', { toolChoice: { mode: 'none' }, parallelToolCalls: false }, { type: 'none' }, both],
    ['one', { toolChoice: { mode: 'tool', name: 'g' } }, { type: 'tool', name: 'g' }, both],
    ['serial alone', { parallelToolCalls: false }, { type: 'auto', ...one }, both],
    ['parallel is the default', { parallelToolCalls: true }, undefined, both],
    [
      'allowed tools and serial calls both survive (bifrost#7348)',
      { toolChoice: { mode: 'allowed', names: ['g'], required: true }, parallelToolCalls: false },
      { type: 'any', ...one },
      ['g'],
    ],
    [
      'allowed but not required',
      { toolChoice: { mode: 'allowed', names: ['f'], required: false } },
      { type: 'auto' },
      ['f'],
    ],
  ];
  for (const [why, fields, choice, names] of rows) {
    const { body } = encode({ tools: two, ...fields });
    assert.deepEqual(body.tool_choice, choice, why);
    assert.deepEqual(
      (body.tools as JsonObject[]).map((declared) => declared.name),
      names,
      why,
    );
  }
  const none = encode({ toolChoice: { mode: 'required' } });
  assert.equal(none.body.tool_choice, undefined, 'a choice without tools is refused');
  assert.deepEqual(none.ledger, ['tool_choice=dropped']);
});

test('where the choice is ignored, only "none" can be kept', () => {
  const quirks = { toolChoice: 'none' } as const;
  const none = encode({ tools: [tool], toolChoice: { mode: 'none' } }, { quirks });
  assert.deepEqual(
    [none.body.tools, none.body.tool_choice, none.ledger],
    [undefined, undefined, ['tool_choice=mapped']],
  );
  const forced = encode({ tools: [tool], toolChoice: { mode: 'required' } }, { quirks });
  assert.deepEqual([forced.body.tool_choice, forced.ledger], [undefined, ['tool_choice=dropped']]);
});

test('history with calls but a call without tools still declares them (pentagi#196)', () => {
  const messages: Message[] = [
    hello,
    { role: 'assistant', blocks: [call('1')] },
    { role: 'user', blocks: [result('1')] },
  ];
  const { body, ledger } = encode({ messages });
  assert.deepEqual(body.tools, [{ name: 'f', input_schema: { type: 'object', properties: {} } }]);
  assert.deepEqual(body.tool_choice, { type: 'none' });
  assert.deepEqual(ledger, ['tools=mapped']);
});

test('reasoning, as each model understands it', () => {
  const rows: readonly (readonly [
    why: string,
    model: string,
    fields: Partial<CallContent>,
    thinking: Json | undefined,
    effort: string | undefined,
    ledger: string[],
  ])[] = [
    ['nothing asked', 'claude-opus-4-8', {}, undefined, undefined, []],
    [
      'effort, newest',
      'claude-opus-4-8',
      { reasoning: { effort: 'high' } },
      { type: 'adaptive' },
      'high',
      [],
    ],
    [
      'minimal is low',
      'claude-opus-5',
      { reasoning: { effort: 'minimal' } },
      { type: 'adaptive' },
      'low',
      ['reasoning_effort=approximated'],
    ],
    ['none is off', 'claude-opus-5', { reasoning: { effort: 'none' } }, { type: 'disabled' }, undefined, []],
    [
      'effort, with a budget',
      'claude-sonnet-4-5-20250929',
      { reasoning: { effort: 'low' } },
      { type: 'enabled', budget_tokens: 2048 },
      undefined,
      ['reasoning_effort=mapped'],
    ],
    [
      'a budget stays below max_tokens',
      'claude-sonnet-4-20250514',
      { reasoning: { effort: 'high' }, maxTokens: 3000 },
      { type: 'enabled', budget_tokens: 2999 },
      undefined,
      ['reasoning_effort=mapped'],
    ],
    [
      'no room for a budget',
      'claude-sonnet-4-20250514',
      { reasoning: { effort: 'high' }, maxTokens: 1000 },
      undefined,
      undefined,
      ['reasoning_effort=mapped', 'reasoning=approximated'],
    ],
    [
      'a model that does not reason',
      'claude-3-5-haiku-20241022',
      { reasoning: { effort: 'high' } },
      undefined,
      undefined,
      ['reasoning=dropped'],
    ],
    [
      'a budget where budgets are refused',
      'claude-opus-4-7',
      { reasoning: { budgetTokens: 4000 } },
      { type: 'adaptive' },
      undefined,
      ['reasoning.budget_tokens=approximated'],
    ],
    [
      'a model that is no Claude keeps the budget',
      'qwen3',
      { reasoning: { budgetTokens: 4000 } },
      { type: 'enabled', budget_tokens: 4000 },
      undefined,
      [],
    ],
    [
      'a summary in words of others',
      'claude-opus-5',
      { reasoning: { effort: 'low', display: 'auto' } },
      { type: 'adaptive', display: 'summarized' },
      'low',
      ['reasoning.summary=mapped'],
    ],
  ];
  for (const [why, model, fields, thinking, effort, ledger] of rows) {
    const { body, ledger: named } = encode(fields, { model });
    assert.deepEqual(body.thinking, thinking, why);
    assert.deepEqual(body.output_config, effort === undefined ? undefined : { effort }, why);
    assert.deepEqual(named, ledger, why);
  }
});

test('in this dialect effort alone changes no mode', () => {
  const wire = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'a' }] };
  const content = decodeCall({ ...wire, output_config: { effort: 'high' } }, 'chat');
  const options = { model: 'claude-opus-5', ledger: new Ledger(), quirks: {}, facts: undefined };
  const { body } = encodeCall({ ...content }, { ...options, operation: 'chat' });
  assert.equal(body.thinking, undefined);
  assert.deepEqual(body.output_config, { effort: 'high' });
});

test('a forced tool and a budget exclude each other (litellm#8901)', () => {
  const fields: Partial<CallContent> = {
    tools: [tool],
    toolChoice: { mode: 'required' },
    reasoning: { effort: 'high' },
  };
  const manual = encode(fields, { model: 'claude-sonnet-4-5' });
  assert.deepEqual(manual.body.tool_choice, { type: 'auto' });
  assert.ok(manual.ledger.includes('tool_choice=approximated'));
  assert.deepEqual(encode(fields, { model: 'claude-sonnet-5' }).body.tool_choice, { type: 'any' });
  const schema: Partial<CallContent> = {
    reasoning: { effort: 'high' },
    format: { type: 'schema', name: 'x', schema: { type: 'object', additionalProperties: false } },
  };
  const structured = encode(schema, { model: 'claude-sonnet-4-5' });
  assert.equal(structured.body.tools, undefined, 'a schema is no forced tool');
  assert.deepEqual(structured.body.output_config, {
    format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } },
  });
});

test('with a budget, a tool turn whose reasoning was lost turns thinking off', () => {
  const turn = (...blocks: Block[]): Message[] => [
    hello,
    { role: 'assistant', blocks: [...blocks, call('1')] },
    { role: 'user', blocks: [result('1')] },
  ];
  const wish: Partial<CallContent> = { tools: [tool], reasoning: { effort: 'low' } };
  const options = { model: 'claude-sonnet-4-5' };
  const lost = encode({ ...wish, messages: turn({ type: 'reasoning', text: 't' }) }, options);
  assert.equal(lost.body.thinking, undefined);
  assert.ok(lost.ledger.includes('reasoning=approximated'));
  const sealed = { origin: 'anthropic', value: 's' };
  const kept = encode({ ...wish, messages: turn({ type: 'reasoning', text: 't', sealed }) }, options);
  assert.deepEqual(kept.body.thinking, { type: 'enabled', budget_tokens: 2048 });
});

test('sampling', () => {
  const rows: readonly (readonly [
    why: string,
    fields: Partial<CallContent>,
    sent: Partial<Record<'temperature' | 'top_p' | 'top_k', number>>,
    ledger: string[],
  ])[] = [
    ['as it is', { temperature: 0.5, topK: 3 }, { temperature: 0.5, top_k: 3 }, []],
    ['clamped', { temperature: 1.5 }, { temperature: 1 }, ['temperature=approximated']],
    ['top_p alone', { topP: 0.5 }, { top_p: 0.5 }, []],
    ['never both', { temperature: 0.5, topP: 0.5 }, { temperature: 0.5 }, ['top_p=dropped']],
    ['no bound is no loss', { temperature: 0.5, topP: 1 }, { temperature: 0.5 }, []],
    [
      'not while thinking',
      { temperature: 0.5, topK: 3, topP: 0.5, reasoning: { mode: 'adaptive' } },
      {},
      ['temperature=dropped', 'top_p=dropped', 'top_k=dropped'],
    ],
    [
      '1 is allowed while thinking',
      { temperature: 1, reasoning: { mode: 'adaptive' } },
      { temperature: 1 },
      [],
    ],
    [
      'what has no counterpart is named',
      { seed: 1, logitBias: { '5': 1 }, presencePenalty: 0.5, frequencyPenalty: 0.5, metadata: { a: 'b' } },
      {},
      [
        'seed=dropped',
        'logit_bias=dropped',
        'presence_penalty=dropped',
        'frequency_penalty=dropped',
        'metadata=dropped',
      ],
    ],
    [
      'what changes nothing is no loss',
      { logitBias: {}, presencePenalty: 0, frequencyPenalty: 0, n: 1 },
      {},
      [],
    ],
  ];
  for (const [why, fields, sent, ledger] of rows) {
    const { body, ledger: named } = encode(fields);
    const { temperature, top_p, top_k } = body;
    assert.deepEqual(JSON.parse(JSON.stringify({ temperature, top_p, top_k })), sent, why);
    assert.deepEqual(named, ledger, why);
  }
  const old = encode({ temperature: 0.5, topP: 0.5 }, { model: 'claude-3-7-sonnet-20250219' });
  assert.deepEqual([old.body.temperature, old.body.top_p], [0.5, 0.5], 'older models take both');
});

test('max_tokens', () => {
  const facts = { id: 'x', maxOutput: 8000 };
  const unbounded = without('maxTokens');
  const run = (content: CallContent, options: Partial<EncodeOptions>) => {
    const ledger = new Ledger();
    const all = {
      model: 'claude-sonnet-4-5',
      ledger,
      quirks: {},
      facts: undefined,
      operation: 'chat' as const,
    };
    const { body } = encodeCall(content, { ...all, ...options });
    return [body.max_tokens, ledger.entries.map((entry) => `${entry.field}=${entry.outcome}`).join()];
  };
  const approximated = 'max_tokens=approximated';
  assert.deepEqual(run(unbounded, {}), [4096, approximated], 'required, so chosen');
  assert.deepEqual(run(unbounded, { facts }), [8000, approximated], 'the catalogue knows');
  assert.deepEqual(run({ ...base, maxTokens: 9000 }, { facts }), [8000, approximated], 'too many');
  assert.deepEqual(
    run({ ...unbounded, reasoning: { budgetTokens: 10_000 } }, {}),
    [14_096, approximated],
    'room for the reply beside the budget',
  );
  assert.deepEqual(
    run({ ...unbounded, reasoning: { effort: 'high' } }, { model: 'claude-sonnet-5' }),
    [16_384, approximated],
    'room for thoughts',
  );
});

test('stop strings of white space are refused, so they are not sent', () => {
  const rows: readonly (readonly [stop: string[], sent: string[] | undefined, ledger: string[]])[] = [
    [['a', '\n'], ['a'], ['stop=dropped']],
    [['a', ''], ['a'], ['stop=mapped']],
    [[''], undefined, ['stop=mapped']],
    [['a'], ['a'], []],
  ];
  for (const [stop, sent, ledger] of rows) {
    const encoded = encode({ stop });
    assert.deepEqual(encoded.body.stop_sequences, sent);
    assert.deepEqual(encoded.ledger, ledger);
  }
});

test('a foreign identity is hashed, however long; our own goes back as it was (litellm#37623)', () => {
  const long = 'user@example.com/'.repeat(40);
  const { body, ledger } = encode({ user: long });
  assert.match((body.metadata as JsonObject).user_id as string, /^[0-9a-f]{64}$/);
  assert.deepEqual(ledger, ['user=mapped']);
});

test('structured output', () => {
  const schema: JsonObject = { type: 'object', properties: { a: { type: 'string' } } };
  const format = { type: 'schema', name: 'x', schema } as const;
  const enforced = encode({ format });
  assert.deepEqual(enforced.body.output_config, {
    format: { type: 'json_schema', schema: { ...schema, additionalProperties: false } },
  });
  assert.deepEqual(enforced.ledger, ['response_format=approximated']);

  const map: JsonObject = { type: 'object', additionalProperties: { type: 'number' } };
  const described = encode({ format: { ...format, schema: map } });
  assert.equal(described.body.output_config, undefined);
  assert.match(String(described.body.system), /matches this schema/);
  assert.deepEqual(described.ledger, ['response_format=approximated']);
  const own = encode({ origin: 'anthropic-messages', format: { ...format, schema: map } });
  assert.deepEqual(own.body.output_config, { format: { type: 'json_schema', schema: map } }, 'own words');

  const told = encode({ format, system: [text('S')] }, { model: 'claude-3-haiku-20240307' });
  assert.equal(told.body.output_config, undefined);
  assert.match(String((told.body.system as JsonObject[])[1]?.text), /matches this schema/);

  const json = encode({ format: { type: 'json' } });
  assert.equal(json.body.system, 'Reply with one JSON object and nothing else.');
  assert.deepEqual(json.ledger, ['response_format=approximated']);
  assert.deepEqual(encode({ format: { type: 'text' } }).ledger, []);
});

test('cache marks', () => {
  const marked: Block = { type: 'text', text: 'a', cache: { ttl: '1h' } };
  const { body } = encode({ system: [marked], tools: [{ ...tool, cache: {} }] });
  assert.deepEqual(body.system, [
    { type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } },
  ]);
  assert.deepEqual((body.tools as JsonObject[])[0]?.cache_control, { type: 'ephemeral' });

  const many = encode({
    system: [marked, marked],
    messages: [{ role: 'user', blocks: [marked, marked, marked] }],
  });
  assert.equal((many.body.system as JsonObject[])[0]?.cache_control, undefined, 'the shortest prefix goes');
  assert.equal(JSON.stringify(many.body).split('cache_control').length - 1, 4);
  assert.deepEqual(many.ledger, ['cache_control=dropped']);

  const both = encode({ system: [marked], cacheKey: 'k' });
  assert.equal(JSON.stringify(both.body).split('cache_control').length - 1, 1, 'own marks are enough');

  const keyed = encode({ system: [text('s')], cacheKey: 'k' });
  const ephemeral = { cache_control: { type: 'ephemeral' } };
  assert.deepEqual(keyed.body.system, [{ type: 'text', text: 's', ...ephemeral }]);
  assert.deepEqual(keyed.body.messages, [
    { role: 'user', content: [{ type: 'text', text: 'hi', ...ephemeral }] },
  ]);
  assert.deepEqual(keyed.ledger, ['prompt_cache_key=mapped']);
});

test('service tiers', () => {
  const rows: readonly (readonly [tier: string, sent: string | undefined, ledger: string[]])[] = [
    ['auto', 'auto', []],
    ['standard_only', 'standard_only', []],
    ['default', 'standard_only', ['service_tier=mapped']],
    ['flex', undefined, ['service_tier=dropped']],
  ];
  for (const [serviceTier, sent, ledger] of rows) {
    const encoded = encode({ serviceTier });
    assert.equal(encoded.body.service_tier, sent);
    assert.deepEqual(encoded.ledger, ledger);
  }
});

test('the extras of a call of this dialect go back, those of others are named one by one', () => {
  const extras = { container: 'c', verbosity: 'low', model: 'no' };
  const own = encode({ origin: 'anthropic-messages', extras });
  assert.equal(own.body.container, 'c');
  assert.equal(own.body.verbosity, 'low');
  assert.equal(own.body.model, 'claude-sonnet-5', 'what the body states stays');
  assert.deepEqual(own.ledger, []);
  const foreign = encode({ extras });
  assert.deepEqual(foreign.body, encode({}).body);
  assert.deepEqual(foreign.ledger, ['container=dropped', 'verbosity=dropped', 'model=dropped']);
});

test('a count carries the prompt and nothing else', () => {
  const { body, ledger } = encode(
    { stream: true, temperature: 2, n: 3, user: 'u', stop: ['a'], system: [text('S')], tools: [tool] },
    { operation: 'count' },
  );
  assert.deepEqual(body, {
    model: 'claude-sonnet-5',
    system: 'S',
    messages: [{ role: 'user', content: 'hi' }],
    tools: [{ name: 'f', input_schema: { type: 'object' } }],
  });
  assert.deepEqual(ledger, []);
});

test('a call of this dialect comes back as it went in', () => {
  const wire: JsonObject = {
    model: 'claude-opus-4-6',
    max_tokens: 4000,
    system: [
      { type: 'text', text: 'x-anthropic-billing-header: a' },
      { type: 'text', text: 'S', cache_control: { type: 'ephemeral', ttl: '1h' } },
    ],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a', citations: [{ type: 'char_location' }] },
          {
            type: 'image',
            source: { type: 'file', file_id: 'abc', new_field: 1 },
            transformations: { oversized_image: 'error' },
          },
          { type: 'document', source: { type: 'url', url: 'https://a' }, title: 'T', context: 'C' },
          { type: 'document', source: { type: 'content', content: 'x' } },
          { type: 'container_upload', file_id: 'f' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: '', signature: 's' },
          { type: 'redacted_thinking', data: 'd' },
          { type: 'text', text: 'b' },
          { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'q' } },
          { type: 'web_search_tool_result', tool_use_id: 's1', content: [] },
          { type: 'tool_use', id: 't1', name: 'f', input: { a: [1] }, caller: { type: 'direct' } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 't1',
            content: [
              { type: 'text', text: 'r' },
              { type: 'image', source: { type: 'url', url: 'https://b' } },
            ],
            is_error: false,
            cache_control: { type: 'ephemeral' },
          },
        ],
      },
    ],
    tools: [
      { name: 'f', description: 'F', input_schema: { type: 'object', properties: {} }, defer_loading: true },
      { type: 'web_search_20250305', name: 'web_search', max_uses: 2 },
    ],
    tool_choice: { type: 'auto', disable_parallel_tool_use: true, new_field: 1 },
    thinking: { type: 'adaptive', display: 'omitted', new_field: 1 },
    output_config: {
      task_budget: { total: 5 },
      effort: 'medium',
      format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } },
    },
    stop_sequences: ['x'],
    metadata: { user_id: '{"device":"…"}' },
    service_tier: 'auto',
    stream: true,
    context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
    container: 'c',
    some_new_field: { a: 1 },
  };
  const ledger = new Ledger();
  const { body } = encodeCall(decodeCall(wire, 'chat'), {
    model: 'claude-opus-4-6',
    ledger,
    quirks: vendor,
    facts: undefined,
    operation: 'chat',
  });
  assert.deepEqual(JSON.parse(JSON.stringify(body)), wire);
  assert.deepEqual(ledger.entries, []);
});
