import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CallWire } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { openaiResponses } from './index.ts';
import { fits, prependSystem, upstreamEdits } from './same-dialect.ts';

const scan = (bytes: Buffer) => scanObject(bytes, 64);

function wireOf(body: object | string): CallWire {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return new CallWire(openaiResponses, 'chat', bytes, scan(bytes));
}

const openai: Quirks = { sealedOrigin: 'openai', threads: true };
const reasoning = { type: 'reasoning', id: 'rs_1', summary: [] };
const sealed = { ...reasoning, encrypted_content: 'gAAA' };

describe('whether the bytes may go as they are', () => {
  const rows: readonly [string, object | string, Quirks, boolean][] = [
    [
      'plain',
      { input: 'custom namespace encrypted_content' },
      { customTools: false, sealedOrigin: 'x', imageUrls: false },
      true,
    ],
    ['a choice, where the engine ignores it', { tool_choice: 'required' }, { toolChoice: 'none' }, false],
    ['to leave the choice to the model', { tool_choice: 'auto' }, { toolChoice: 'none' }, true],
    [
      'free text, where only functions are known',
      { tools: [{ type: 'custom', name: 'a' }] },
      { customTools: false },
      false,
    ],
    [
      'a namespace, where only functions are known',
      { tools: [{ type: 'namespace', name: 'a' }] },
      { customTools: false },
      false,
    ],
    ['free text in history', { input: [{ type: 'custom_tool_call' }] }, { customTools: false }, false],
    [
      'a namespace in history',
      { input: [{ type: 'function_call', namespace: 'a' }] },
      { customTools: false },
      false,
    ],
    [
      'tools brought by an item, where only functions are known',
      { input: [{ type: 'additional_tools', role: 'developer', tools: [] }] },
      { customTools: false },
      false,
    ],
    ['free text, where it is known', { tools: [{ type: 'custom', name: 'a' }] }, {}, true],
    [
      'a developer, where there is none',
      { input: [{ role: 'developer', content: 'x' }] },
      { developerRole: false },
      false,
    ],
    [
      'a picture by address',
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'https://e.org' }] }] },
      { imageUrls: false },
      false,
    ],
    [
      'a picture as data',
      {
        input: [
          { role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,QQ==' }] },
        ],
      },
      { imageUrls: false },
      true,
    ],
    ['a template of the account', { prompt: { id: 'pmpt_1' } }, openai, false],
    ['a template, its name written with escapes', '{"pr\\u006fmpt":{"id":"p"}}', openai, false],
    ['a template, where the account is shared', { prompt: { id: 'pmpt_1' } }, { sharedFiles: true }, true],
    ['no template', { prompt: null }, openai, true],
    [
      'a search in a store of the account',
      { tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] },
      openai,
      false,
    ],
    [
      'a search in a store, brought by an item',
      { input: [{ type: 'additional_tools', tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] }] },
      openai,
      false,
    ],
    ["somebody's container", { tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }, openai, false],
    [
      'a container of its own',
      { tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] },
      openai,
      true,
    ],
    [
      'a tool that takes what is called so',
      { tools: [{ type: 'function', name: 'f', parameters: { container: 'x', vector_store_ids: ['y'] } }] },
      openai,
      true,
    ],
    ["OpenAI's seal, to OpenAI", { input: [sealed] }, openai, true],
    ["OpenAI's seal, to somebody else", { input: [sealed] }, { sealedOrigin: 'anthropic' }, false],
    ["somebody's seal, to an upstream that judges itself", { input: [sealed] }, {}, true],
    [
      'a seal of another vendor that we carry',
      { input: [{ ...reasoning, encrypted_content: 'signalbox:google:call:c1:x' }] },
      openai,
      false,
    ],
  ];
  for (const [sentence, body, quirks, expected] of rows) {
    it(`${sentence}: ${expected ? 'yes' : 'no'}`, () => assert.equal(fits(wireOf(body), quirks), expected));
  }
});

describe('what is changed on the way', () => {
  const edited = (body: object | string, quirks: Quirks): string => {
    const wire = wireOf(body);
    return wire.with(upstreamEdits(wire, quirks), scan).bytes.toString();
  };
  const user = { role: 'user', content: 'Hi.' };

  it('nothing, usually: unknown fields and odd spaces go through', () => {
    const text =
      '{ "model" : "m", "tomorrow": [1], "store":false,"input":[ {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"g"} ] }';
    assert.equal(edited(text, openai), text);
  });

  const rows: readonly [string, object, Quirks, boolean][] = [
    [
      'bifrost#5410: bare reasoning of what is not stored goes',
      { store: false, input: [reasoning, user] },
      openai,
      true,
    ],
    [
      'so does reasoning whose seal is null or empty',
      {
        store: false,
        input: [{ ...reasoning, encrypted_content: null }, { ...reasoning, encrypted_content: '' }, user],
      },
      openai,
      true,
    ],
    ['what is stored may be pointed to', { input: [reasoning, user] }, openai, false],
    ['engines have nothing to look up', { store: false, input: [reasoning, user] }, { threads: true }, false],
    [
      'a user who speaks of "reasoning"',
      { store: false, input: [{ role: 'user', content: 'reasoning' }, user] },
      openai,
      false,
    ],
  ];
  for (const [sentence, body, quirks, cut] of rows) {
    it(sentence, () => {
      const expected = cut ? { ...body, input: [user] } : body;
      assert.deepEqual(JSON.parse(edited(body, quirks)), expected);
    });
  }

  const refusals: readonly [object, Quirks, string][] = [
    [{ background: true }, openai, 'background'],
    [{ previous_response_id: 'resp_0' }, {}, 'previous_response_id'],
    [{ conversation: 'conv_1' }, {}, 'conversation'],
  ];
  for (const [body, quirks, param] of refusals) {
    it(`${JSON.stringify(body)} is refused`, () => {
      assert.throws(
        () => upstreamEdits(wireOf(body), quirks),
        (error) =>
          error instanceof GatewayError && error.code === 'unsupported' && error.detail.param === param,
      );
    });
  }

  it('what is held by the upstream, and what is null, is no reason to refuse', () => {
    assert.deepEqual(upstreamEdits(wireOf({ previous_response_id: 'resp_0' }), openai), []);
    assert.deepEqual(upstreamEdits(wireOf({ previous_response_id: null, background: false }), {}), []);
  });

  it("an operator's system prompt stands before the caller's instructions", () => {
    for (const [body, expected] of [
      [{ instructions: 'Two.' }, 'One.\n\nTwo.'],
      [{ instructions: null }, 'One.'],
      [{}, 'One.'],
    ] as const) {
      assert.deepEqual(prependSystem(wireOf(body), 'One.'), {
        name: 'instructions',
        value: JSON.stringify(expected),
      });
    }
  });
});
