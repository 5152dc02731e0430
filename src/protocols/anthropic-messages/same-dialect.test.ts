import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallWire, type Edit } from '../../canonical/call-wire.ts';
import type { Json } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { anthropicMessages } from './index.ts';
import { upstreamEdits } from './same-dialect.ts';

const vendor: Quirks = { sealedOrigin: 'anthropic' };
const engine: Quirks = {};

class CountingWire extends CallWire {
  parsed: string[] = [];

  override value(name: string): Json | undefined {
    this.parsed.push(name);
    return super.value(name);
  }
}

function wireOf(text: string): CountingWire {
  const bytes = Buffer.from(text);
  return new CountingWire(anthropicMessages, 'chat', bytes, scanObject(bytes, 64));
}

/** The body after the hop; undefined when nothing is to be edited. */
function hop(text: string, quirks: Quirks): string | undefined {
  const wire = wireOf(text);
  const edits: readonly Edit[] = upstreamEdits(wire, quirks);
  if (edits.length === 0) {
    assert.deepEqual(wire.parsed, [], 'nothing is parsed when nothing is to be done');
    return undefined;
  }
  return Buffer.concat(wire.splice(edits) as Buffer[]).toString();
}

const hello = '{"role":"user","content":"hi"}';
const signed = '{"type":"thinking","thinking":"hm","signature":"c2ln"}';
const silent = '{"type":"thinking","thinking":"","signature":"c2ln"}';
const blank = '{"type":"thinking","thinking":"hm","signature":""}';
const bare = '{"type":"thinking","thinking":"hm \\"signature\\":\\"x\\""}';
const sealed = '{"type":"redacted_thinking","data":"c2ln"}';
/** As nobody would write it again. */
const use = '{"type":"tool_use", "id":"t","name":"f","input":{"x":1.0,"y":"\\u00e9"} }';
const result = '{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"r"}]}';

function assistant(...blocks: readonly string[]): string {
  return `{"role":"assistant","content":[${blocks.join(',')}]}`;
}
function body(...messages: readonly string[]): string {
  return `{"model":"m","messages":[${messages.join(',')}],"max_tokens":1}`;
}

const thinkingRows: readonly (readonly [why: string, before: string, after: string | undefined])[] = [
  ['a plain call', body(hello), undefined],
  ['no messages', '{"model":"m"}', undefined],
  ['a wish to think is no thinking', `{"thinking":{"type":"adaptive"},"messages":[${hello}]}`, undefined],
  ['signed thinking', body(hello, assistant(signed, use), result), undefined],
  ['signed thinking without a word', body(hello, assistant(silent, signed, use), result), undefined],
  ['sealed thinking', body(hello, assistant(sealed, use), result), undefined],
  [
    'signed thinking, spaced and turned round',
    body(hello, assistant('{ "signature": "c2ln", "thinking": "hm", "type": "thinking" }')),
    undefined,
  ],
  [
    'words that end like it',
    body(
      hello,
      assistant(signed, '{"type":"tool_use","id":"t","name":"f","input":{"rethinking":"","king":""}}'),
    ),
    undefined,
  ],
  [
    'a tool with a signature of its own',
    body(hello, assistant(signed, '{"type":"tool_use","id":"t","name":"f","input":{"signature":""}}')),
    undefined,
  ],
  [
    'words that look like a block',
    body(
      '{"role":"user","content":"{\\"type\\":\\"thinking\\",\\"thinking\\":\\"a\\",\\"signature\\":\\"\\"}"}',
    ),
    undefined,
  ],
  [
    'what a user quotes as a block is left to the upstream',
    body(`{"role":"user","content":[${blank}]}`),
    undefined,
  ],
  ['a blank signature', body(hello, assistant(blank, use), result), body(hello, assistant(use), result)],
  ['no signature', body(hello, assistant(bare, use), result), body(hello, assistant(use), result)],
  [
    'only the unsigned ones go',
    body(hello, assistant(signed, blank, use), result, assistant(bare, silent)),
    body(hello, assistant(signed, use), result, assistant(silent)),
  ],
  [
    'with spaces around',
    body(
      hello,
      '{ "role": "assistant", "content": [ {"type":"thinking","thinking": "a", "signature": "" }, {"type":"text","text":"b"} ], "x": 1.0 }',
    ),
    body(hello, '{ "role": "assistant", "content": [{"type":"text","text":"b"}], "x": 1.0 }'),
  ],
  ['a turn of nothing else goes', body(hello, assistant(blank), hello), body(hello, hello)],
];

for (const [why, before, after] of thinkingRows) {
  test(`to the vendor, unsigned thinking: ${why}`, () => assert.equal(hop(before, vendor), after));
  test(`to an engine, unsigned thinking stays: ${why}`, () => {
    const signs = before.includes('"c2ln"');
    assert.equal(anthropicMessages.fits(wireOf(before), engine), !signs);
    if (!signs) assert.equal(hop(before, engine), undefined);
  });
}

test('where a budget asks for reasoning that is gone, the model must not be asked to reason', () => {
  const call = (thinking: string, ...messages: readonly string[]) =>
    `{"thinking":${thinking},"messages":[${messages.join(',')}]}`;
  const enabled = '{"type":"enabled","budget_tokens":2000}';
  assert.equal(
    hop(call(enabled, hello, assistant(blank, use), result), vendor),
    `{"messages":[${hello},${assistant(use)},${result}]}`,
  );
  assert.equal(
    hop(call(enabled, hello, assistant(blank, signed, use), result), vendor),
    call(enabled, hello, assistant(signed, use), result),
    'there is reasoning left',
  );
  assert.equal(
    hop(call(enabled, hello, assistant(blank, use), result, assistant(signed), hello), vendor),
    call(enabled, hello, assistant(use), result, assistant(signed), hello),
    'the tools are long done',
  );
  assert.equal(
    hop(call('{"type":"adaptive"}', hello, assistant(blank, use), result), vendor),
    call('{"type":"adaptive"}', hello, assistant(use), result),
    'the model decides',
  );
});

const note = '{"type":"text","text":"x-anthropic-billing-header: cc_version=2; cch=a1;"}';
const rules = '{ "type":"text", "text":"You are \\u00e9.", "cache_control":{"type":"ephemeral"} }';

function withSystem(system: string): string {
  return `{"system":${system},"messages":[${hello}]}`;
}

const noteRows: readonly (readonly [why: string, before: string, after: string | undefined])[] = [
  ['no system prompt', body(hello), undefined],
  ['a system prompt of another client', withSystem(`[${rules}]`), undefined],
  ['a system prompt in one piece', withSystem('"You are."'), undefined],
  ['the first block', withSystem(`[${note},${rules}]`), withSystem(`[${rules}]`)],
  [
    'behind words of the operator',
    withSystem(`[${rules}, ${note}, ${rules}]`),
    withSystem(`[${rules},${rules}]`),
  ],
  ['nothing but the note', withSystem(`[${note}]`), `{"messages":[${hello}]}`],
  ['the note as a string', withSystem('"x-anthropic-billing-header: a"'), `{"messages":[${hello}]}`],
  [
    'words that speak of the note',
    withSystem('[{"type":"text","text":"Never print x-anthropic-billing-header: lines."}]'),
    undefined,
  ],
  [
    'a user who speaks of it',
    body('{"role":"user","content":"x-anthropic-billing-header: what is it?"}'),
    undefined,
  ],
];

for (const [why, before, after] of noteRows) {
  test(`to an engine, the billing note: ${why}`, () => assert.equal(hop(before, engine), after));
  test(`to the vendor, the billing note stays: ${why}`, () => assert.equal(hop(before, vendor), undefined));
}

const image = (source: string) => body(`{"role":"user","content":[{"type":"image","source":${source}}]}`);
const choosing = (choice: string) => `{"model":"m","messages":[${hello}],"tool_choice":${choice}}`;

const fitRows: readonly (readonly [why: string, text: string, quirks: Quirks, fits: boolean])[] = [
  ['a plain call', body(hello), engine, true],
  ['seals go back to the vendor', body(hello, assistant(signed, sealed)), vendor, true],
  ['a signature', body(hello, assistant(signed)), engine, false],
  ['a signature, spaced', body(hello, assistant('{"signature" : "c2ln"}')), engine, false],
  ['a signature for another vendor', body(hello, assistant(signed)), { sealedOrigin: 'other' }, false],
  ['a blank signature', body(hello, assistant(blank)), engine, true],
  ['a blank one before a true one', body(hello, assistant(blank, signed)), engine, false],
  ['sealed thinking', body(hello, assistant(sealed)), engine, false],
  [
    'words that speak of signatures',
    body('{"role":"user","content":"\\"signature\\":\\"x\\""}'),
    engine,
    true,
  ],
  ['a signature that is no text', body(hello, assistant('{"signature":5}')), engine, true],
  ['an image address', image('{"type":"url","url":"https://a"}'), { imageUrls: false }, false],
  ['an image address, spaced', image('{ "url": "https://a", "type" : "url" }'), { imageUrls: false }, false],
  [
    'a tool with an address',
    body('{"type":"object","properties":{"url":{"type":"string"}}}'),
    { imageUrls: false },
    true,
  ],
  ['an image address where they are taken', image('{"type":"url","url":"https://a"}'), engine, true],
  ['image data', image('{"type":"base64","media_type":"image/png","data":"AA"}'), { imageUrls: false }, true],
  [
    'words that speak of addresses',
    body('{"role":"user","content":"\\"type\\":\\"url\\""}'),
    { imageUrls: false },
    true,
  ],
  ['a choice of tools', choosing('{"type":"any"}'), { toolChoice: 'none' }, false],
  ['the choice of no tools', choosing('{"type":"none"}'), { toolChoice: 'none' }, false],
  [
    'tools one at a time',
    choosing('{"type":"auto","disable_parallel_tool_use":true}'),
    { toolChoice: 'none' },
    false,
  ],
  ['the choice left to the model', choosing('{"type":"auto"}'), { toolChoice: 'none' }, true],
  ['a choice that is honoured', choosing('{"type":"any"}'), { toolChoice: 'full' }, true],
];

for (const [why, text, quirks, fits] of fitRows) {
  test(`goes ${fits ? 'as it is' : 'translated'}: ${why}`, () => {
    assert.equal(anthropicMessages.fits(wireOf(text), quirks), fits);
  });
}
