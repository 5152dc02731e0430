import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CallContent } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { decodeCall } from './decode-call.ts';
import { decodeSchema } from './decode-schema.ts';

const hello = { role: 'user', parts: [{ text: 'hi' }] };

function decode(body: JsonObject): CallContent {
  return decodeCall({ contents: [hello], ...body }, 'chat');
}

function parts(...given: readonly JsonObject[]): JsonObject {
  return { contents: [{ role: 'user', parts: given }] };
}

describe('parts', () => {
  for (const [why, part, block] of [
    ['text', { text: 'a' }, { type: 'text', text: 'a' }],
    [
      'a picture',
      { inlineData: { mimeType: 'image/PNG', data: 'aa' } },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aa' } },
    ],
    [
      'a picture in the vendor’s other spelling',
      { inline_data: { mime_type: 'image/png', data: 'aa' } },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aa' } },
    ],
    [
      'a document with a name',
      { inlineData: { mimeType: 'application/pdf', data: 'aa', displayName: 'a.pdf' } },
      {
        type: 'document',
        source: { kind: 'base64', mediaType: 'application/pdf', data: 'aa' },
        name: 'a.pdf',
      },
    ],
    [
      'sound',
      { inlineData: { mimeType: 'audio/mpeg', data: 'aa' } },
      { type: 'audio', data: 'aa', format: 'mp3' },
    ],
    [
      'a film stays as it is',
      { inlineData: { mimeType: 'video/mp4', data: 'aa' }, videoMetadata: { fps: 1 } },
      {
        type: 'raw',
        origin: 'gemini-generate',
        value: { inlineData: { mimeType: 'video/mp4', data: 'aa' }, videoMetadata: { fps: 1 } },
      },
    ],
    [
      'a picture by its address',
      { fileData: { fileUri: 'https://a.example/b', mimeType: 'image/png' } },
      {
        type: 'image',
        source: { kind: 'url', url: 'https://a.example/b' },
        extras: { fileData: { mimeType: 'image/png' } },
      },
    ],
    [
      'a document of the vendor’s own store',
      { fileData: { fileUri: 'gs://b/a.pdf', mimeType: 'application/pdf' } },
      {
        type: 'document',
        source: { kind: 'file', id: 'gs://b/a.pdf' },
      },
    ],
    [
      'a thought with its signature',
      { text: 'Hm', thought: true, thoughtSignature: 's' },
      { type: 'reasoning', text: 'Hm', sealed: { origin: 'google', value: 's' } },
    ],
    [
      'signed text',
      { text: 'a', thoughtSignature: 's' },
      { type: 'text', text: 'a', extras: { thoughtSignature: 's' } },
    ],
    [
      'a signature alone',
      { thoughtSignature: 's' },
      { type: 'text', text: '', extras: { thoughtSignature: 's' } },
    ],
    [
      'code',
      { executableCode: { code: '1', language: 'PYTHON' } },
      {
        type: 'raw',
        origin: 'gemini-generate',
        value: { executableCode: { code: '1', language: 'PYTHON' } },
      },
    ],
  ] as const) {
    test(why, () => assert.deepEqual(decode(parts(part)).messages, [{ role: 'user', blocks: [block] }]));
  }
});

describe('calls and results', () => {
  const model = (...given: readonly JsonObject[]) => ({ role: 'model', parts: given });
  const user = (...given: readonly JsonObject[]) => ({ role: 'user', parts: given });
  const call = (name: string, args: JsonObject, id?: string) => ({
    functionCall: { name, args, ...(id === undefined ? {} : { id }) },
  });
  const result = (name: string, response: JsonObject, id?: string) => ({
    functionResponse: { name, response, ...(id === undefined ? {} : { id }) },
  });
  const pairs = (...contents: readonly JsonObject[]): readonly string[] => {
    const calls = new Map<string, string>();
    const found: string[] = [];
    for (const { blocks } of decode({ contents: [hello, ...contents] }).messages) {
      for (const block of blocks) {
        if (block.type === 'tool_call') calls.set(block.id, `${block.name}${block.input}`);
        if (block.type === 'tool_result') {
          const said = block.content.map((inner) => (inner.type === 'text' ? inner.text : inner.type));
          found.push(`${calls.get(block.callId)} → ${said.join()}${block.isError === true ? '!' : ''}`);
        }
      }
    }
    return found;
  };

  test('belong together by id, in whatever order they come', () => {
    const asked = model(call('f', { a: 1 }, 'x'), call('f', { a: 2 }, 'y'));
    const answers = user(result('f', { output: '2' }, 'y'), result('f', { output: '1' }, 'x'));
    assert.deepEqual(pairs(asked, answers), ['f{"a":2} → 2', 'f{"a":1} → 1']);
  });

  test('without ids by name, and among those of one name by order', () => {
    const asked = model(call('f', { a: 1 }), call('g', {}), call('f', { a: 2 }));
    const answers = user(
      result('g', { output: 'g' }),
      result('f', { output: '1' }),
      result('f', { output: '2' }),
    );
    assert.deepEqual(pairs(asked, answers), ['g{} → g', 'f{"a":1} → 1', 'f{"a":2} → 2']);
  });

  test('the same call twice in one turn is two calls', () => {
    const asked = model(call('f', {}), call('f', {}));
    assert.deepEqual(pairs(asked, user(result('f', { output: '1' }), result('f', { output: '2' }))), [
      'f{} → 1',
      'f{} → 2',
    ]);
    const ids = decode({ contents: [hello, asked] }).messages[1]?.blocks.map((block) =>
      block.type === 'tool_call' ? block.id : '',
    );
    assert.equal(new Set(ids).size, 2);
  });

  test('a result of nobody’s call is refused, and its place is named', () => {
    assert.throws(() => pairs(user(result('f', {}))), refusal('contents[1].parts[0].functionResponse'));
  });

  for (const [why, response, expected] of [
    ['words', { output: 'ok' }, 'ok'],
    ['words of an error', { error: 'no' }, 'no!'],
    ['data', { temperature: 20 }, '{"temperature":20}'],
    ['data in an error', { error: { code: 1 } }, '{"error":{"code":1}}!'],
    ['nothing', {}, ''],
  ] as const) {
    test(`a result of ${why}`, () => {
      assert.deepEqual(pairs(model(call('f', {}, 'x')), user(result('f', response, 'x'))), [
        `f{} → ${expected}`,
      ]);
    });
  }

  test('vercel/ai#8474: results come first in their turn', () => {
    const answers = user({ text: 'and' }, result('f', { output: '1' }, 'x'));
    const [, , last] = decode({ contents: [hello, model(call('f', {}, 'x')), answers] }).messages;
    assert.deepEqual(
      last?.blocks.map(({ type }) => type),
      ['tool_result', 'text'],
    );
  });

  test('a result may hold pictures', () => {
    const picture = { inlineData: { mimeType: 'image/png', data: 'aa' } };
    const answer = {
      functionResponse: { id: 'x', name: 'f', response: { output: 'see' }, parts: [picture] },
    };
    assert.deepEqual(pairs(model(call('f', {}, 'x')), user(answer)), ['f{} → see,image']);
  });

  test('a signature stays with its call', () => {
    const asked = model({ ...call('f', {}, 'x'), thoughtSignature: 's' });
    const [, turn] = decode({ contents: [hello, asked] }).messages;
    assert.deepEqual(turn?.blocks, [
      { type: 'tool_call', id: 'x', name: 'f', input: '{}', sealed: { origin: 'google', value: 's' } },
    ]);
  });
});

describe('tools', () => {
  test('schemas of both kinds are JSON Schema, other tools are the vendor’s own', () => {
    const { tools, serverTools } = decode({
      tools: [
        {
          functionDeclarations: [
            { name: 'a', description: 'A.', parametersJsonSchema: { $schema: 'x', type: 'object' } },
            { name: 'b', parameters: { type: 'OBJECT', properties: { c: { type: 'STRING' } } } },
            { name: 'd', behavior: 'NON_BLOCKING' },
          ],
          googleSearch: {},
        },
        { code_execution: {} },
      ],
    });
    assert.deepEqual(tools, [
      { name: 'a', description: 'A.', schema: { $schema: 'x', type: 'object' } },
      { name: 'b', schema: { type: 'object', properties: { c: { type: 'string' } } } },
      { name: 'd', schema: { type: 'object', properties: {} }, extras: { behavior: 'NON_BLOCKING' } },
    ]);
    assert.deepEqual(
      serverTools.map(({ value }) => value),
      [{ googleSearch: {} }, { code_execution: {} }],
    );
  });

  for (const [config, choice] of [
    [{ mode: 'AUTO' }, { mode: 'auto' }],
    [{ mode: 'none' }, { mode: 'none' }],
    [{ mode: 'ANY' }, { mode: 'required' }],
    [
      { mode: 'ANY', allowedFunctionNames: ['a'] },
      { mode: 'tool', name: 'a' },
    ],
    [
      { mode: 'ANY', allowedFunctionNames: ['a', 'b'] },
      { mode: 'allowed', names: ['a', 'b'], required: true },
    ],
    [
      { mode: 'VALIDATED', allowedFunctionNames: ['a'] },
      { mode: 'allowed', names: ['a'], required: false },
    ],
  ] as const) {
    test(`the choice ${JSON.stringify(config)}`, () => {
      assert.deepEqual(decode({ toolConfig: { functionCallingConfig: config } }).toolChoice, choice);
    });
  }
});

describe('the vendor’s schemas', () => {
  for (const [why, wire, schema] of [
    [
      'types in capitals',
      { type: 'ARRAY', items: { type: 'INTEGER' } },
      { type: 'array', items: { type: 'integer' } },
    ],
    ['null allowed', { type: 'STRING', nullable: true }, { type: ['string', 'null'] }],
    [
      'null allowed among given words',
      { type: 'STRING', enum: ['a'], nullable: true },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [
      'null allowed beside others',
      { anyOf: [{ type: 'STRING' }], nullable: true },
      { anyOf: [{ anyOf: [{ type: 'string' }] }, { type: 'null' }] },
    ],
    ['counts as text', { type: 'ARRAY', minItems: '2' }, { type: 'array', minItems: 2 }],
    [
      'an order of properties',
      { properties: { a: {}, b: {} }, property_ordering: ['b', 'a'] },
      { properties: { b: {}, a: {} } },
    ],
    [
      'properties called like keywords',
      { properties: { type: { type: 'STRING' } } },
      { properties: { type: { type: 'string' } } },
    ],
    [
      'references',
      { ref: '#/$defs/A', defs: { A: { type: 'STRING' } } },
      { $ref: '#/$defs/A', $defs: { A: { type: 'string' } } },
    ],
    ['an example', { type: 'STRING', example: 'x' }, { type: 'string', examples: ['x'] }],
    ['no type at all', { type: 'TYPE_UNSPECIFIED' }, {}],
  ] as const) {
    test(why, () => assert.equal(JSON.stringify(decodeSchema(wire)), JSON.stringify(schema)));
  }
});

describe('generationConfig', () => {
  for (const [config, expected] of [
    [{ maxOutputTokens: 5 }, { maxTokens: 5 }],
    [{ max_output_tokens: 5 }, { maxTokens: 5 }],
    [
      { temperature: 0.5, topP: 0.4, topK: 3, seed: 1, candidateCount: 2 },
      { temperature: 0.5, topP: 0.4, topK: 3, seed: 1, n: 2 },
    ],
    [{ stopSequences: ['x'] }, { stop: ['x'] }],
    [
      { presencePenalty: 1, frequencyPenalty: -1 },
      { presencePenalty: 1, frequencyPenalty: -1 },
    ],
    [{ responseLogprobs: true, logprobs: 3 }, { logprobs: { top: 3 } }],
    [{ responseMimeType: 'application/json' }, { format: { type: 'json' } }],
    [
      { responseMimeType: 'application/json', responseSchema: { type: 'STRING' } },
      { format: { type: 'schema', name: 'response', schema: { type: 'string' } } },
    ],
    [
      { responseMimeType: 'application/json', responseJsonSchema: { type: 'string' } },
      { format: { type: 'schema', name: 'response', schema: { type: 'string' } } },
    ],
    [
      { responseJsonSchema: { type: 'OBJECT', properties: { n: { type: 'INTEGER' } } } },
      {
        format: {
          type: 'schema',
          name: 'response',
          schema: { type: 'object', properties: { n: { type: 'integer' } } },
        },
      },
    ],
    [{ thinkingConfig: { thinkingLevel: 'LOW' } }, { reasoning: { effort: 'low' } }],
    [{ thinkingConfig: { thinkingBudget: 0 } }, { reasoning: { mode: 'disabled' } }],
    [{ thinkingConfig: { thinkingBudget: -1 } }, { reasoning: { mode: 'adaptive' } }],
    [
      { thinkingConfig: { thinkingBudget: 99, includeThoughts: true } },
      { reasoning: { mode: 'enabled', budgetTokens: 99, display: 'summarized' } },
    ],
    [{ responseModalities: ['TEXT'] }, {}],
    [
      { responseModalities: ['IMAGE'], mediaResolution: 'X' },
      {
        extras: { 'generationConfig.responseModalities': ['IMAGE'], 'generationConfig.mediaResolution': 'X' },
      },
    ],
  ] as const) {
    test(JSON.stringify(config), () => {
      const { contents: _, ...bare } = { ...decode({}), contents: undefined };
      const { contents: __, ...got } = { ...decode({ generationConfig: config }), contents: undefined };
      assert.deepEqual(got, { ...bare, ...expected });
    });
  }
});

test('what only this dialect knows is kept', () => {
  const { extras } = decode({
    safetySettings: [{ category: 'x' }],
    cachedContent: 'cachedContents/1',
    labels: { a: 'b' },
    toolConfig: { retrievalConfig: { languageCode: 'de' } },
  });
  assert.deepEqual(extras, {
    safetySettings: [{ category: 'x' }],
    cachedContent: 'cachedContents/1',
    labels: { a: 'b' },
    'toolConfig.retrievalConfig': { languageCode: 'de' },
  });
});

describe('the prompt before the conversation', () => {
  for (const [why, systemInstruction] of [
    ['a content', { parts: [{ text: 'Be brief.' }] }],
    ['a content with one part', { parts: { text: 'Be brief.' } }],
    ['a part', { text: 'Be brief.' }],
    ['a text', 'Be brief.'],
  ] as const) {
    test(why, () =>
      assert.deepEqual(decode({ systemInstruction }).system, [{ type: 'text', text: 'Be brief.' }]),
    );
  }
});

test('a lone content, no role, and roles in capitals are taken', () => {
  assert.deepEqual(decode({ contents: { parts: { text: 'a' } } }).messages, [
    { role: 'user', blocks: [{ type: 'text', text: 'a' }] },
  ]);
  assert.equal(
    decode({ contents: [hello, { role: 'MODEL', parts: [{ text: 'a' }] }] }).messages[1]?.role,
    'assistant',
  );
});

test('a count may hold the whole call', () => {
  const inner = { model: 'models/m', contents: [hello], systemInstruction: 'Be brief.' };
  const { system, messages } = decodeCall({ generateContentRequest: inner }, 'count');
  assert.equal(system.length, 1);
  assert.equal(messages.length, 1);
});

function refusal(param: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof GatewayError);
    assert.equal(error.code, 'bad_request');
    assert.equal(error.detail.param, param);
    // A sentence that says what must be there is its own remedy.
    assert.ok((error.detail.remedy ?? '').length > 5 || error.message.includes(' must be '));
    return true;
  };
}

describe('what makes no sense is refused where it stands', () => {
  for (const [param, body] of [
    ['contents', { contents: undefined }],
    ['contents', { contents: [] }],
    ['contents[0]', { contents: ['hi'] }],
    ['contents[0].role', { contents: [{ role: 'assistant', parts: [] }] }],
    ['contents[0].parts', { contents: [{ role: 'user' }] }],
    ['contents[0].parts[0]', parts({})],
    ['contents[0].parts[0].text', parts({ text: 1 })],
    ['contents[0].parts[0].thought', parts({ text: 'a', thought: 'yes' })],
    ['contents[0].parts[0].inlineData.mimeType', parts({ inlineData: { data: 'aa' } })],
    ['contents[0].parts[0].fileData.fileUri', parts({ fileData: {} })],
    ['contents[0].parts[0].functionCall.name', parts({ functionCall: {} })],
    ['contents[0].parts[0].functionCall.args', parts({ functionCall: { name: 'f', args: 'x' } })],
    ['tools[0].functionDeclarations[0].name', { tools: [{ functionDeclarations: [{}] }] }],
    [
      'tools[0].functionDeclarations[0].parametersJsonSchema',
      { tools: [{ functionDeclarations: [{ name: 'a', parametersJsonSchema: true }] }] },
    ],
    ['toolConfig.functionCallingConfig.mode', { toolConfig: { functionCallingConfig: { mode: 'MAYBE' } } }],
    ['generationConfig', { generationConfig: 'x' }],
    ['generationConfig.temperature', { generationConfig: { temperature: 'hot' } }],
    ['generationConfig.maxOutputTokens', { generationConfig: { maxOutputTokens: 1.5 } }],
    ['generationConfig.stopSequences[1]', { generationConfig: { stopSequences: ['a', 1] } }],
    [
      'generationConfig.thinkingConfig.thinkingLevel',
      { generationConfig: { thinkingConfig: { thinkingLevel: 'X' } } },
    ],
    ['generationConfig', { generationConfig: {}, generation_config: {} }],
    ['systemInstruction', { systemInstruction: 1 }],
  ] as const) {
    test(`${param} in ${JSON.stringify(body)}`, () => {
      assert.throws(() => decode(body as JsonObject), refusal(param));
    });
  }
});
