import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { decodeCall } from './decode-call.ts';

function decode(body: object) {
  return decodeCall({ model: 'm', input: 'Hi.', ...body } as JsonObject, 'chat');
}

/** Less what only its own dialect keeps. */
function bare(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'trace' ? undefined : inner)));
}

const hi = { role: 'user', blocks: [{ type: 'text', text: 'Hi.' }] };
const user = (...content: readonly object[]) => ({ input: [{ role: 'user', content }] });
const called = (call_id: string, more: object = {}) => ({
  type: 'function_call',
  call_id,
  name: 'look',
  arguments: '{}',
  ...more,
});
const result = (call_id: string, output: unknown) => ({ type: 'function_call_output', call_id, output });

describe('input', () => {
  const rows: readonly [string, object, readonly object[]][] = [
    ['a string is a message of the user', { input: 'Hi.' }, [hi]],
    ['the easy form', { input: [{ role: 'user', content: 'Hi.' }] }, [hi]],
    [
      'the full form',
      { input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi.' }] }] },
      [hi],
    ],
    [
      'images by address and as data, in either form',
      user(
        { type: 'input_image', image_url: 'https://e.org/a.png', detail: 'low' },
        { type: 'input_image', image_url: { url: 'data:image/jpg;base64,QQ==' } },
        { type: 'input_image', file_id: 'file-1' },
      ),
      [
        {
          role: 'user',
          blocks: [
            { type: 'image', source: { kind: 'url', url: 'https://e.org/a.png' }, detail: 'low' },
            { type: 'image', source: { kind: 'base64', mediaType: 'image/jpeg', data: 'QQ==' } },
            { type: 'image', source: { kind: 'file', id: 'file-1' } },
          ],
        },
      ],
    ],
    [
      'files by data, address and id',
      user(
        { type: 'input_file', filename: 'a.txt', file_data: 'QQ==' },
        { type: 'input_file', file_url: 'https://e.org/a.pdf' },
        { type: 'input_file', file_id: 'file-1' },
      ),
      [
        {
          role: 'user',
          blocks: [
            {
              type: 'document',
              source: { kind: 'base64', mediaType: 'text/plain', data: 'QQ==' },
              name: 'a.txt',
            },
            { type: 'document', source: { kind: 'url', url: 'https://e.org/a.pdf' } },
            { type: 'document', source: { kind: 'file', id: 'file-1' } },
          ],
        },
      ],
    ],
    [
      'reasoning, words and calls are one turn, and their results the next, before what the user says',
      {
        input: [
          {
            type: 'reasoning',
            id: 'rs_1',
            summary: [{ type: 'summary_text', text: 'Hm.' }],
            encrypted_content: 'gAAA',
          },
          {
            type: 'message',
            role: 'assistant',
            content: [{ type: 'output_text', text: 'So.', annotations: [] }],
          },
          called('c1'),
          called('c2', { arguments: '' }),
          result('c1', '1'),
          result('c2', [
            { type: 'input_text', text: '2' },
            { type: 'input_image', image_url: 'https://e.org/a.png' },
          ]),
          { role: 'user', content: 'Hi.' },
        ],
      },
      [
        {
          role: 'assistant',
          blocks: [
            { type: 'reasoning', text: 'Hm.', sealed: { origin: 'openai', value: 'gAAA' } },
            { type: 'text', text: 'So.' },
            { type: 'tool_call', id: 'c1', name: 'look', input: '{}' },
            { type: 'tool_call', id: 'c2', name: 'look', input: '{}' },
          ],
        },
        {
          role: 'user',
          blocks: [
            { type: 'tool_result', callId: 'c1', content: [{ type: 'text', text: '1' }] },
            {
              type: 'tool_result',
              callId: 'c2',
              content: [
                { type: 'text', text: '2' },
                { type: 'image', source: { kind: 'url', url: 'https://e.org/a.png' } },
              ],
            },
            { type: 'text', text: 'Hi.' },
          ],
        },
      ],
    ],
    [
      'two messages of the assistant are two turns',
      {
        input: [
          { role: 'assistant', content: 'One.' },
          { role: 'assistant', content: 'Two.' },
        ],
      },
      [
        { role: 'assistant', blocks: [{ type: 'text', text: 'One.' }] },
        { role: 'assistant', blocks: [{ type: 'text', text: 'Two.' }] },
      ],
    ],
    [
      'a message between a call and its result stays in the turn of the call',
      {
        input: [
          { role: 'assistant', content: 'First.' },
          called('c1'),
          { role: 'assistant', content: 'Still at it.' },
          result('c1', 'ok'),
        ],
      },
      [
        {
          role: 'assistant',
          blocks: [
            { type: 'text', text: 'First.' },
            { type: 'tool_call', id: 'c1', name: 'look', input: '{}' },
            { type: 'text', text: 'Still at it.' },
          ],
        },
        {
          role: 'user',
          blocks: [{ type: 'tool_result', callId: 'c1', content: [{ type: 'text', text: 'ok' }] }],
        },
      ],
    ],
    [
      'a free-text call in a namespace',
      {
        input: [
          { type: 'custom_tool_call', call_id: 'c1', namespace: 'mcp__files', name: 'patch', input: '***' },
          { type: 'custom_tool_call_output', call_id: 'c1', output: 'ok' },
        ],
      },
      [
        {
          role: 'assistant',
          blocks: [{ type: 'tool_call', id: 'c1', name: 'mcp__files__patch', input: '***', custom: true }],
        },
        {
          role: 'user',
          blocks: [{ type: 'tool_result', callId: 'c1', content: [{ type: 'text', text: 'ok' }] }],
        },
      ],
    ],
    [
      'bifrost#5410: bare reasoning of what is not stored is left out',
      {
        store: false,
        input: [
          { type: 'reasoning', id: 'rs_1', summary: [] },
          { role: 'user', content: 'Hi.' },
        ],
      },
      [hi],
    ],
    [
      "shells and patches of the vendor's are calls and results like any",
      {
        input: [
          { type: 'apply_patch_call', call_id: 'c1', operation: { type: 'delete_file', path: 'a' } },
          { type: 'apply_patch_call_output', call_id: 'c1', status: 'failed', output: 'no such file' },
        ],
      },
      [
        {
          role: 'assistant',
          blocks: [
            { type: 'tool_call', id: 'c1', name: 'apply_patch', input: '{"type":"delete_file","path":"a"}' },
          ],
        },
        {
          role: 'user',
          blocks: [
            {
              type: 'tool_result',
              callId: 'c1',
              content: [{ type: 'text', text: 'no such file' }],
              isError: true,
            },
          ],
        },
      ],
    ],
  ];
  for (const [sentence, body, messages] of rows) {
    it(sentence, () => assert.deepEqual(bare(decode(body).messages), messages));
  }

  it('instructions and what developers say first are the system prompt; later it stays in place', () => {
    const { system, messages } = decode({
      instructions: 'One.',
      input: [
        { role: 'developer', content: 'Two.' },
        { role: 'user', content: 'Hi.' },
        { role: 'system', content: 'Three.' },
      ],
    });
    assert.deepEqual(bare(system), [
      { type: 'text', text: 'One.' },
      { type: 'text', text: 'Two.' },
    ]);
    assert.deepEqual(bare(messages.slice(1)), [
      { role: 'system', blocks: [{ type: 'text', text: 'Three.' }] },
    ]);
  });

  for (const type of ['web_search_call', 'mcp_call', 'code_interpreter_call', 'of_tomorrow']) {
    it(`${type} is kept for its own dialect, and others may go without`, () => {
      const item = { type, id: 'x_1', anything: [1] };
      const [message] = decode({ input: [item] }).messages;
      assert.deepEqual(message, {
        role: 'assistant',
        blocks: [{ type: 'raw', origin: 'openai-responses', value: item, spare: true }],
      });
    });
  }

  for (const item of [
    { type: 'item_reference', id: 'x' },
    { id: 'x' },
    { type: 'compaction', encrypted_content: 'g' },
  ]) {
    it(`${JSON.stringify(item)} is nothing that others may go without`, () => {
      const [block] = decode({ input: [item] }).messages[0]?.blocks ?? [];
      assert.deepEqual(block, { type: 'raw', origin: 'openai-responses', value: item });
    });
  }
});

describe('tools', () => {
  it('gateway#1953: a tool without a type is a function, nested or flat', () => {
    const { tools } = decode({
      tools: [
        { name: 'a', parameters: {} },
        { type: 'function', function: { name: 'b' } },
      ],
    });
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['a', 'b'],
    );
  });

  it('what the vendor runs itself stays as it is', () => {
    const search = { type: 'web_search', search_context_size: 'low' };
    assert.deepEqual(decode({ tools: [search] }).serverTools, [
      { origin: 'openai-responses', value: search },
    ]);
  });

  const group = {
    type: 'namespace',
    name: 'agents',
    description: 'Helpers.',
    tools: [{ type: 'function', name: 'start' }],
  };

  it('a namespace is laid flat, and introduced by its first tool', () => {
    const [tool] = decode({ tools: [group] }).tools;
    assert.deepEqual(bare(tool), {
      name: 'agents__start',
      description: 'Tools named agents…: Helpers.',
      schema: { type: 'object', properties: {} },
      namespace: { name: 'agents', tool: 'start' },
    });
  });

  it('flat names keep within what all dialects take, and stay apart', () => {
    const long = (name: string) => ({ ...group, name: 'a'.repeat(60), tools: [{ type: 'function', name }] });
    const names = decode({ tools: [long('start'), long('stop')] }).tools.map(({ name }) => name);
    assert.deepEqual(
      names.map(({ length }) => length),
      [64, 64],
    );
    assert.notEqual(names[0], names[1]);
  });

  it('two tools of one flat name are refused', () => {
    refuses({ tools: [{ type: 'function', name: 'agents__start' }, group] }, 'tools');
  });

  it('tools that an item brings are tools of the call, the later ones instead of earlier ones', () => {
    const bring = (...tools: readonly object[]) => ({ type: 'additional_tools', role: 'developer', tools });
    const exec = { type: 'custom', name: 'exec', description: 'Runs it.' };
    const { tools, system, messages } = decode({
      tools: [{ type: 'function', name: 'look', description: 'Old.' }],
      input: [
        bring({ type: 'namespace', name: 'functions', tools: [exec] }, group),
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: 'Hi.' },
        bring({ type: 'function', name: 'look', description: 'New.' }),
      ],
    });
    assert.deepEqual(
      tools.map(({ name, description, custom }) => [name, description, custom]),
      [
        ['functions__exec', 'Runs it.', {}],
        ['agents__start', 'Tools named agents…: Helpers.', undefined],
        ['look', 'New.', undefined],
      ],
    );
    assert.equal(system.length, 1);
    assert.deepEqual(messages, [hi]);
  });

  const choices: readonly [unknown, unknown, unknown][] = [
    ['required', { mode: 'required' }, {}],
    [{ type: 'function', name: 'a' }, { mode: 'tool', name: 'a' }, {}],
    [{ type: 'function', namespace: 'agents', name: 'start' }, { mode: 'tool', name: 'agents__start' }, {}],
    [{ type: 'web_search' }, undefined, { tool_choice: { type: 'web_search' } }],
    [
      {
        type: 'allowed_tools',
        mode: 'auto',
        tools: [
          { type: 'function', name: 'a' },
          { type: 'custom', name: 'b' },
        ],
      },
      { mode: 'allowed', names: ['a', 'b'], required: false },
      {},
    ],
    [
      {
        type: 'allowed_tools',
        mode: 'required',
        tools: [
          { type: 'function', name: 'a' },
          { type: 'mcp', server_label: 's' },
        ],
      },
      { mode: 'allowed', names: ['a'], required: true },
      {
        tool_choice: {
          type: 'allowed_tools',
          mode: 'required',
          tools: [
            { type: 'function', name: 'a' },
            { type: 'mcp', server_label: 's' },
          ],
        },
      },
    ],
  ];
  for (const [wire, choice, extras] of choices) {
    it(`the choice ${JSON.stringify(wire)}`, () => {
      const content = decode({ tool_choice: wire });
      assert.deepEqual(content.toolChoice, choice);
      assert.deepEqual(content.extras, extras);
    });
  }
});

describe('fields', () => {
  const rows: readonly [string, object, object][] = [
    ['the bound', { max_output_tokens: 7 }, { maxTokens: 7 }],
    [
      'effort and summary',
      { reasoning: { effort: 'low', summary: 'auto' } },
      { reasoning: { effort: 'low', display: 'auto' } },
    ],
    [
      'efforts and modes of single vendors stay theirs',
      { reasoning: { effort: 'extreme', context: 'auto' } },
      { extras: { reasoning: { effort: 'extreme', context: 'auto' } } },
    ],
    [
      'a schema, and how many words',
      { text: { format: { type: 'json_schema', name: 'n', schema: {}, strict: true }, verbosity: 'low' } },
      { format: { type: 'schema', name: 'n', schema: {}, strict: true }, verbosity: 'low' },
    ],
    ['log probabilities that are included', { include: ['message.output_text.logprobs'] }, { logprobs: {} }],
    ['log probabilities that are counted', { top_logprobs: 2 }, { logprobs: { top: 2 } }],
    ['none of them', { top_logprobs: 0 }, { logprobs: undefined }],
    [
      'what others have to tell that this one cannot',
      { include: ['file_search_call.results'] },
      { extras: { include: ['file_search_call.results'] } },
    ],
    [
      'what goes without saying',
      { include: ['reasoning.encrypted_content'], store: false, truncation: 'disabled', background: false },
      { extras: {} },
    ],
    ['truncation that is asked for', { truncation: 'auto' }, { extras: { truncation: 'auto' } }],
    ['both identities', { safety_identifier: 's', user: 'u' }, { user: 's', extras: { user: 'u' } }],
    ['a field of tomorrow', { tomorrow: 1 }, { extras: { tomorrow: 1 } }],
    [
      'null is absent',
      { temperature: null, tools: null, text: null, reasoning: null, metadata: null },
      { extras: {} },
    ],
    ['a reply to go on from', { previous_response_id: 'resp_0' }, { continues: { previous: 'resp_0' } }],
    ['a conversation', { conversation: { id: 'conv_1' } }, { continues: { conversation: 'conv_1' } }],
    ['a template', { prompt: { id: 'p' } }, { bound: ['prompt'], extras: { prompt: { id: 'p' } } }],
  ];
  for (const [sentence, body, expected] of rows) {
    it(sentence, () => {
      const content = decode(body) as unknown as Record<string, unknown>;
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(content[name], value);
    });
  }
});

function refuses(body: object, param: string, code = 'bad_request'): void {
  assert.throws(
    () => decodeCall({ model: 'm', ...body } as JsonObject, 'chat'),
    (error) => {
      assert.ok(error instanceof GatewayError);
      assert.deepEqual([error.code, error.detail.param], [code, param]);
      // A sentence that says what must be there is its own remedy.
      assert.ok(error.detail.remedy !== undefined || error.message.includes(' must be '));
      return true;
    },
  );
}

describe('what makes no sense is refused, with its place', () => {
  const rows: readonly [object, string, string?][] = [
    [{}, 'input'],
    [{ input: [] }, 'input'],
    [{ input: 7 }, 'input'],
    [{ input: [7] }, 'input[0]'],
    [{ input: [{ content: 'x' }] }, 'input[0].role'],
    [{ input: [{ role: 'robot', content: 'x' }] }, 'input[0].role'],
    [{ input: [{ role: 'user', content: 7 }] }, 'input[0].content'],
    [{ input: [{ role: 'user', content: [{ text: 'x' }] }] }, 'input[0].content[0].type'],
    [{ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'input[0].content[0].text'],
    [{ input: [{ role: 'user', content: [{ type: 'input_image' }] }] }, 'input[0].content[0]'],
    [{ input: [{ role: 'user', content: [{ type: 'input_file' }] }] }, 'input[0].content[0]'],
    [{ input: [{ type: 'function_call', name: 'a' }] }, 'input[0].call_id'],
    [{ input: [{ type: 'function_call_output', output: 'a' }] }, 'input[0].call_id'],
    [{ input: [{ type: 'reasoning', summary: 'x' }] }, 'input[0].summary'],
    [{ input: [{ type: 'mesage', role: 'user', content: 'x' }] }, 'input[0].type'],
    [{ input: [{ type: 'wholly_unheard_of', output: 'x' }] }, 'input[0].type'],
    [{ input: 'x', instructions: ['y'] }, 'instructions'],
    [{ input: 'x', max_output_tokens: 0 }, 'max_output_tokens'],
    [{ input: 'x', include: 'all' }, 'include'],
    [{ input: 'x', tools: [{ type: 'function' }] }, 'tools[0].name'],
    [{ input: 'x', tool_choice: 'perhaps' }, 'tool_choice'],
    [{ input: 'x', text: { format: { type: 'xml' } } }, 'text.format.type'],
    [{ input: 'x', background: true }, 'background', 'unsupported'],
  ];
  for (const [body, param, code] of rows) {
    it(`${JSON.stringify(body)}: ${param}`, () => refuses(body, param, code));
  }
});

it('a mistyped type of an item is told the one that was meant', () => {
  const input = [{ type: 'mesage', role: 'user', content: 'x' }];
  assert.throws(
    () => decodeCall({ model: 'm', input } as JsonObject, 'chat'),
    (error) => {
      assert.ok(error instanceof GatewayError);
      assert.equal(error.detail.remedy, 'Did you mean "message"?');
      return true;
    },
  );
});
