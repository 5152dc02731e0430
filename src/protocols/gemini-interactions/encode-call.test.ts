// What becomes of each part of a call, and what the ledger says of it.
import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { Block, Message } from '../../canonical/blocks.ts';
import type { CallContent } from '../../canonical/content.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { encodeCall } from './encode-call.ts';

const hello: Message = { role: 'user', blocks: [{ type: 'text', text: 'Hello.' }] };
const tool = { name: 'get_time', schema: { type: 'object', properties: {} } };

interface Sent {
  readonly body: JsonObject;
  readonly ledger: readonly string[];
}

function send(content: Partial<CallContent>, options: Partial<EncodeOptions> = {}): Sent {
  const ledger = new Ledger();
  const whole: CallContent = {
    origin: 'openai-chat',
    model: 'm',
    stream: false,
    system: [],
    messages: [hello],
    tools: [],
    serverTools: [],
    includeUsage: false,
    extras: {},
    ...content,
  };
  const quirks: Quirks = { sealedOrigin: 'google' };
  const { body } = encodeCall(whole, {
    model: 'gemini-3-flash',
    ledger,
    quirks,
    facts: undefined,
    operation: 'chat',
    ...options,
  });
  return { body, ledger: ledger.entries.map(({ field, outcome }) => `${field}=${outcome}`) };
}

function turn(...blocks: readonly Block[]): Message {
  return { role: 'assistant', blocks };
}

function steps(...messages: readonly Message[]): Json | undefined {
  return send({ messages }).body.input;
}

const signed = { origin: 'google', value: 'c2ln' };
const call: Block = { type: 'tool_call', id: 'a', name: 'get_time', input: '{"z":1}' };
const second: Block = { type: 'tool_call', id: 'b', name: 'get_time', input: '' };
const asked = { type: 'user_input', content: [{ type: 'text', text: 'Hello.' }] };
const called = { type: 'function_call', id: 'a', name: 'get_time', arguments: { z: 1 } };
const calledTwice = { type: 'function_call', id: 'b', name: 'get_time', arguments: {} };
const thought = { type: 'thought', signature: 'c2ln' };
const unsigned = { type: 'thought', signature: 'skip_thought_signature_validator' };

test('nothing is kept by the vendor, and it is told which shape is meant', () => {
  const ledger = new Ledger();
  const content: CallContent = {
    origin: 'openai-chat',
    model: 'm',
    stream: true,
    system: [{ type: 'text', text: 'Be brief.' }],
    messages: [hello],
    tools: [],
    serverTools: [],
    includeUsage: false,
    extras: {},
  };
  const options = { model: 'gemini-x', ledger, quirks: {}, facts: undefined, operation: 'chat' } as const;
  assert.deepEqual(encodeCall(content, options), {
    body: { model: 'gemini-x', input: [asked], system_instruction: 'Be brief.', store: false, stream: true },
    headers: { 'api-revision': '2026-05-20' },
  });
  assert.deepEqual(ledger.entries, []);
});

describe('a turn of the model', () => {
  const rows: readonly (readonly [why: string, blocks: readonly Block[], expected: readonly JsonObject[]])[] =
    [
      [
        "its own thoughts go back with the vendor's signature, and their words",
        [
          { type: 'reasoning', text: 'Hm.', sealed: signed },
          { type: 'text', text: 'Hi.' },
        ],
        [
          { ...thought, summary: [{ type: 'text', text: 'Hm.' }] },
          { type: 'model_output', content: [{ type: 'text', text: 'Hi.' }] },
        ],
      ],
      ['a thought without a word is one', [{ type: 'reasoning', text: '', sealed: signed }], [thought]],
      [
        "a call's signature is that of the thought before it",
        [{ ...call, sealed: signed } as Block],
        [thought, called],
      ],
      [
        'which stood before what was said on the way',
        [{ type: 'text', text: 'So.' }, { ...call, sealed: signed } as Block, second],
        [thought, { type: 'model_output', content: [{ type: 'text', text: 'So.' }] }, called, calledTwice],
      ],
      [
        'and is not there twice',
        [{ type: 'reasoning', text: '', sealed: signed }, { ...call, sealed: signed } as Block],
        [thought, called],
      ],
      [
        'a second thought stands before its own call',
        [
          { ...call, sealed: signed } as Block,
          { ...second, sealed: { origin: 'google', value: 'bW9y' } } as Block,
        ],
        [thought, called, { type: 'thought', signature: 'bW9y' }, calledTwice],
      ],
      [
        "a text that was signed in the vendor's other dialect was thought of before",
        [{ type: 'text', text: 'Hi.', extras: { thoughtSignature: 'c2ln' } }],
        [thought, { type: 'model_output', content: [{ type: 'text', text: 'Hi.' }] }],
      ],
      ['a call whose signature is lost says so', [call], [unsigned, called]],
      [
        'neighbouring words are one step',
        [
          { type: 'text', text: 'A' },
          { type: 'refusal', text: 'B' },
        ],
        [
          {
            type: 'model_output',
            content: [
              { type: 'text', text: 'A' },
              { type: 'text', text: 'B' },
            ],
          },
        ],
      ],
      ['of nothing is nothing', [{ type: 'text', text: '' }], []],
    ];
  for (const [why, blocks, expected] of rows) {
    it(why, () => assert.deepEqual(steps(hello, turn(...blocks)), [asked, ...expected]));
  }

  test('what others sealed stays away from the vendor', () => {
    const foreign = { origin: 'anthropic', value: 'xyz' };
    const blocks: Block[] = [
      { type: 'reasoning', text: 'Hm.', sealed: foreign },
      { type: 'reasoning', text: 'Plain.' },
      { ...call, sealed: foreign } as Block,
    ];
    const { body, ledger } = send({ messages: [hello, turn(...blocks)] });
    assert.deepEqual(body.input, [asked, unsigned, called]);
    assert.doesNotMatch(JSON.stringify(body), /xyz|Plain/);
    assert.deepEqual(ledger, [
      'messages.reasoning=dropped',
      'messages.tool_call.signature=dropped',
      'messages.tool_call=approximated',
    ]);
  });

  test('a signature that the caller lost is the one we remember', () => {
    const seals = { keep: () => {}, find: (id: string) => (id === 'a' ? signed : undefined) };
    const { body, ledger } = send({ messages: [hello, turn(call)] }, { seals });
    assert.deepEqual(body.input, [asked, thought, called]);
    assert.deepEqual(ledger, []);
  });

  test('models before 3 need no signature', () => {
    const { body } = send({ messages: [hello, turn(call)] }, { model: 'gemini-2.5-flash' });
    assert.deepEqual(body.input, [asked, called]);
  });
});

describe('results', () => {
  const result = (callId: string, ...content: readonly Block[]): Block => ({
    type: 'tool_result',
    callId,
    content,
  });
  const picture: Block = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'iVBO' } };
  const wirePicture = { type: 'image', data: 'iVBO', mime_type: 'image/png' };

  test('come in the order of the calls, before anything else', () => {
    const answer: Message = {
      role: 'user',
      blocks: [
        { type: 'text', text: 'Well?' },
        { type: 'tool_result', callId: 'b', content: [{ type: 'text', text: 'No.' }], isError: true },
        result('a', { type: 'text', text: '1' }, { type: 'text', text: '2' }),
      ],
    };
    assert.deepEqual(steps(hello, turn(call, second), answer), [
      asked,
      unsigned,
      called,
      calledTwice,
      { type: 'function_result', call_id: 'a', name: 'get_time', result: '1\n2' },
      { type: 'function_result', call_id: 'b', name: 'get_time', result: 'No.', is_error: true },
      { type: 'user_input', content: [{ type: 'text', text: 'Well?' }] },
    ]);
  });

  test('hold their pictures', () => {
    const answer: Message = { role: 'user', blocks: [result('a', { type: 'text', text: 'See:' }, picture)] };
    const { body, ledger } = send({ messages: [hello, turn({ ...call, sealed: signed } as Block), answer] });
    assert.deepEqual((body.input as readonly Json[]).at(-1), {
      type: 'function_result',
      call_id: 'a',
      name: 'get_time',
      result: [{ type: 'text', text: 'See:' }, wirePicture],
    });
    assert.deepEqual(ledger, []);
  });

  test('of models before 3 have their pictures behind them', () => {
    const answer: Message = { role: 'user', blocks: [result('a', picture)] };
    const { body, ledger } = send({ messages: [hello, turn(call), answer] }, { model: 'gemini-2.5-flash' });
    assert.deepEqual((body.input as readonly Json[]).slice(2), [
      {
        type: 'function_result',
        call_id: 'a',
        name: 'get_time',
        result: '[attachment 1: behind the results]',
      },
      { type: 'user_input', content: [wirePicture] },
    ]);
    assert.deepEqual(ledger, ['messages[2].content[0].content[0]=approximated']);
  });

  test('of a call that is not there name none', () => {
    const { body, ledger } = send({ messages: [{ role: 'user', blocks: [result('z')] }] });
    assert.deepEqual(body.input, [{ type: 'function_result', call_id: 'z', result: '' }]);
    assert.deepEqual(ledger, ['messages[0].content[0]=approximated']);
  });
});

describe('content', () => {
  const rows: readonly (readonly [why: string, block: Block, expected: JsonObject])[] = [
    [
      'an address of a picture',
      { type: 'image', source: { kind: 'url', url: 'https://example.com/a.webp' }, detail: 'high' },
      { type: 'image', uri: 'https://example.com/a.webp', mime_type: 'image/webp', resolution: 'high' },
    ],
    [
      'a document',
      { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' } },
      { type: 'document', data: 'JVBE', mime_type: 'application/pdf' },
    ],
    [
      'a film sent as a file',
      { type: 'document', source: { kind: 'base64', mediaType: 'video/mp4', data: 'AAAA' } },
      { type: 'video', data: 'AAAA', mime_type: 'video/mp4' },
    ],
    [
      "a film in the words of the vendor's other dialect",
      {
        type: 'raw',
        origin: 'gemini-generate',
        value: { fileData: { mimeType: 'video/mp4', fileUri: 'https://youtu.be/x' } },
      },
      { type: 'video', uri: 'https://youtu.be/x', mime_type: 'video/mp4' },
    ],
    [
      'sound',
      { type: 'audio', data: 'UklG', format: 'wav' },
      { type: 'audio', data: 'UklG', mime_type: 'audio/wav' },
    ],
    [
      'what has words for the model',
      {
        type: 'raw',
        origin: 'anthropic-messages',
        value: { type: 'search_result', title: 'T', content: 'Words.' },
      },
      { type: 'text', text: 'T\n\nWords.' },
    ],
  ];
  for (const [why, block, expected] of rows) {
    it(why, () => {
      assert.deepEqual(steps({ role: 'user', blocks: [block] }), [
        { type: 'user_input', content: [expected] },
      ]);
    });
  }

  const refusals: readonly (readonly [why: string, content: Partial<CallContent>, message: RegExp])[] = [
    [
      "another vendor's file",
      { messages: [{ role: 'user', blocks: [{ type: 'image', source: { kind: 'file', id: 'file-1' } }] }] },
      /another vendor's file id \(`messages\[0\]\.content\[0\]`\)/,
    ],
    [
      'a file of the account that all callers share',
      {
        messages: [{ role: 'user', blocks: [{ type: 'document', source: { kind: 'file', id: 'files/x' } }] }],
      },
      /files\/x .* would be read with the gateway's own rights/,
    ],
    [
      'a film of that account',
      {
        messages: [
          {
            role: 'user',
            blocks: [
              {
                type: 'raw',
                origin: 'gemini-generate',
                value: { fileData: { mimeType: 'video/mp4', fileUri: 'gs://bucket/x.mp4' } },
              },
            ],
          },
        ],
      },
      /gs:\/\/bucket\/x\.mp4 .* would be read with the gateway's own rights/,
    ],
    [
      'content nobody can say here',
      {
        messages: [
          { role: 'user', blocks: [{ type: 'raw', origin: 'x', value: { type: 'container_upload' } }] },
        ],
      },
      /content of type container_upload/,
    ],
    [
      'a picture in the system prompt',
      { system: [{ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'iVBO' } }] },
      /no image in its system prompt \(`system\[0\]`\)/,
    ],
    ['several answers', { n: 2 }, /more than one answer per call \(`n`\)/],
    ['log probabilities', { logprobs: { top: 2 } }, /\(`logprobs`\)/],
    [
      "a vendor's tool that must be used",
      {
        toolChoice: { mode: 'tool', name: 'bash' },
        serverTools: [{ origin: 'anthropic-messages', value: { type: 'bash_1', name: 'bash' } }],
      },
      /no tool "bash" \(`tool_choice`\)/,
    ],
  ];
  for (const [why, content, message] of refusals) {
    it(`${why} is refused, by its name`, () => assert.throws(() => send(content), message));
  }
});

describe('wishes', () => {
  const rows: readonly (readonly [
    why: string,
    content: Partial<CallContent>,
    expected: JsonObject,
    ledger: readonly string[],
  ])[] = [
    [
      'bounds and sampling',
      { maxTokens: 64, temperature: 0.5, topP: 0.9, topK: 40, seed: 7, stop: ['END'] },
      {
        generation_config: {
          max_output_tokens: 64,
          temperature: 0.5,
          top_p: 0.9,
          top_k: 40,
          stop_sequences: ['END'],
          seed: 7,
        },
      },
      [],
    ],
    [
      'penalties, which are refused as unknown',
      { presencePenalty: 1, frequencyPenalty: 1, logitBias: { '1': 2 }, user: 'u', metadata: { a: 'b' } },
      {},
      [
        'presence_penalty=dropped',
        'frequency_penalty=dropped',
        'logit_bias=dropped',
        'user=dropped',
        'metadata=dropped',
      ],
    ],
    ['a tier it has', { serviceTier: 'flex' }, { service_tier: 'flex' }, []],
    ['a tier it has not', { serviceTier: 'scale' }, {}, ['service_tier=dropped']],
    [
      'an effort, shown',
      { reasoning: { effort: 'medium' } },
      { generation_config: { thinking_level: 'medium', thinking_summaries: 'auto' } },
      [],
    ],
    [
      'an effort above the most, not shown',
      { reasoning: { effort: 'max', display: 'omitted' } },
      { generation_config: { thinking_level: 'high', thinking_summaries: 'none' } },
      ['reasoning_effort=approximated'],
    ],
    [
      'a budget, which is an effort here',
      { reasoning: { mode: 'enabled', budgetTokens: 9000 } },
      { generation_config: { thinking_level: 'medium', thinking_summaries: 'auto' } },
      ['thinking.budget_tokens=approximated'],
    ],
    [
      'none at all, which it cannot',
      { reasoning: { mode: 'disabled' } },
      { generation_config: { thinking_level: 'minimal', thinking_summaries: 'none' } },
      ['reasoning_effort=approximated'],
    ],
    [
      'its own choice',
      { reasoning: { mode: 'adaptive' } },
      { generation_config: { thinking_summaries: 'auto' } },
      ['thinking=mapped'],
    ],
    [
      'JSON',
      { format: { type: 'json' } },
      { response_format: { type: 'text', mime_type: 'application/json' } },
      [],
    ],
    [
      'JSON of a shape',
      { format: { type: 'schema', name: 'x', schema: { $schema: 's', type: 'object', required: [] } } },
      { response_format: { type: 'text', mime_type: 'application/json', schema: { type: 'object' } } },
      [],
    ],
    ['a field nobody else knows', { extras: { brand_new: 1 } }, {}, ['brand_new=dropped']],
  ];
  for (const [why, content, expected, ledger] of rows) {
    it(why, () => {
      const sent = send(content);
      const { model: _, input: __, store: ___, ...rest } = sent.body;
      assert.deepEqual(rest, expected);
      assert.deepEqual(sent.ledger, ledger);
    });
  }

  test('a shape together with tools is told in words to models before 3', () => {
    const format = { type: 'schema', name: 'x', schema: { type: 'object' } } as const;
    const { body, ledger } = send({ format, tools: [tool] }, { model: 'gemini-2.5-flash' });
    assert.equal(body.response_format, undefined);
    assert.match(String(body.system_instruction), /JSON Schema:\n\{"type":"object"\}$/);
    assert.deepEqual(ledger, ['response_format=approximated']);
  });

  test('models that do not reason are not asked to', () => {
    const { body, ledger } = send({ reasoning: { effort: 'low' } }, { model: 'gemini-2.0-flash' });
    assert.equal(body.generation_config, undefined);
    assert.deepEqual(ledger, ['reasoning=dropped']);
  });
});

describe('tools', () => {
  const other = { name: 'b-1', schema: { type: 'object' }, custom: {} };
  const choices: readonly (readonly [
    why: string,
    content: Partial<CallContent>,
    choice: Json | undefined,
  ])[] = [
    ['auto', { toolChoice: { mode: 'auto' } }, 'auto'],
    ['none', { toolChoice: { mode: 'none' } }, 'none'],
    ['required', { toolChoice: { mode: 'required' } }, 'any'],
    [
      'one of them, under its name on the wire',
      { toolChoice: { mode: 'tool', name: 'b-1' } },
      { allowed_tools: { mode: 'any', tools: ['b-1__freetext'] } },
    ],
    [
      'some of them',
      { toolChoice: { mode: 'allowed', names: ['get_time'], required: true } },
      { allowed_tools: { mode: 'any', tools: ['get_time'] } },
    ],
    ['of none', { tools: [], toolChoice: { mode: 'required' } }, undefined],
  ];
  for (const [why, content, choice] of choices) {
    it(`the choice ${why}`, () => {
      const config = send({ tools: [tool, other], ...content }).body.generation_config as
        | JsonObject
        | undefined;
      assert.deepEqual(config?.tool_choice, choice);
    });
  }

  test('that may but need not be used are the only ones offered', () => {
    const toolChoice = { mode: 'allowed', names: ['get_time'], required: false } as const;
    const { body, ledger } = send({ tools: [tool, other], toolChoice });
    assert.deepEqual(
      (body.tools as readonly JsonObject[]).map(({ name }) => name),
      ['get_time'],
    );
    assert.deepEqual(ledger, ['tool_choice=mapped']);
  });

  test('one at a time is a wish the vendor does not know: named, as the tools are allowed', () => {
    assert.deepEqual(send({ tools: [tool], parallelToolCalls: false }).ledger, [
      'parallel_tool_calls=dropped',
    ]);
  });

  test('empty lists of required fields and names of schemas, which are refused, are left out', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        $comment: { type: 'string', $comment: 'A field of that name.' },
        list: { type: 'array', items: { type: 'object', required: [] }, default: [{ required: [] }] },
        either: { anyOf: [{ $comment: 'x', type: 'null' }, { enum: ['$schema'] }] },
      },
      required: [],
      $defs: { required: { type: 'object', required: ['a'] } },
    };
    const [wire] = send({ tools: [{ name: 'x', schema }] }).body.tools as readonly JsonObject[];
    assert.deepEqual(wire?.parameters, {
      type: 'object',
      properties: {
        $comment: { type: 'string' },
        list: { type: 'array', items: { type: 'object' }, default: [{ required: [] }] },
        either: { anyOf: [{ type: 'null' }, { enum: ['$schema'] }] },
      },
      $defs: { required: { type: 'object', required: ['a'] } },
    });
  });

  test("of the vendor's own go along, as this dialect calls them; those of others are named", () => {
    const { body, ledger } = send({
      origin: 'gemini-generate',
      serverTools: [
        { origin: 'gemini-generate', value: { googleSearch: { timeRangeFilter: {} } } },
        { origin: 'gemini-generate', value: { urlContext: {} } },
        { origin: 'gemini-generate', value: { enterpriseWebSearch: {} } },
        { origin: 'openai-responses', value: { type: 'web_search' } },
      ],
    });
    assert.deepEqual(body.tools, [{ type: 'google_search' }, { type: 'url_context' }]);
    assert.deepEqual(ledger, [
      'tools.googleSearch.timeRangeFilter=dropped',
      'tools.enterpriseWebSearch=dropped',
      'tools.web_search=dropped',
    ]);
  });
});

describe('the prompt', () => {
  test('inline system messages stay where they are', () => {
    const { body, ledger } = send({
      messages: [hello, { role: 'system', blocks: [{ type: 'text', text: 'In French.' }] }],
    });
    assert.deepEqual(body.input, [
      {
        type: 'user_input',
        content: [
          { type: 'text', text: 'Hello.' },
          { type: 'text', text: '<system>\nIn French.\n</system>' },
        ],
      },
    ]);
    assert.deepEqual(ledger, ['messages[1]=approximated']);
  });

  test('begins with the user', () => {
    const { body, ledger } = send({ messages: [turn({ type: 'text', text: 'Hi.' })] });
    assert.deepEqual((body.input as readonly Json[])[0], {
      type: 'user_input',
      content: [{ type: 'text', text: '.' }],
    });
    assert.deepEqual(ledger, ['messages=approximated']);
  });

  test("a billing note that changes with every call does not change the prompt's beginning", () => {
    const { body } = send({
      system: [
        { type: 'text', text: 'x-anthropic-billing-header: cc_version=1; cch=1;' },
        { type: 'text', text: 'Be brief.' },
      ],
    });
    assert.equal(body.system_instruction, 'Be brief.');
  });
});
