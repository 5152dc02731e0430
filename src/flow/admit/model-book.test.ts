import assert from 'node:assert/strict';
import test from 'node:test';
import { fakeTarget, fakeUpstream, fakeVirtual } from '../../../test/testkit/flow-doubles.ts';
import type { ModelFacts } from '../../canonical/provider.ts';
import type { Upstream, VirtualModel } from '../stage.ts';
import { createModelBook, isAllowed, type ModelBookParts, modelNotFound } from './model-book.ts';
import { nameTest } from './name-pattern.ts';

const here = fakeUpstream({
  name: 'here',
  models: [
    { id: 'llama', contextWindow: 8_192, maxOutput: 2_048, abilities: ['tools', 'images'] },
    { id: 'meta/llama' },
  ],
});
const there = fakeUpstream({
  name: 'there',
  models: [{ id: 'llama', contextWindow: 131_072, abilities: ['tools'] }, { id: 'big' }],
});
const fast = fakeVirtual({
  name: 'fast',
  targets: [fakeTarget('llama', { upstream: here }), fakeTarget('llama', { upstream: there })],
});
const smart = fakeVirtual({ name: 'smart', targets: [fakeTarget('big', { upstream: there })] });

function book(parts: Partial<ModelBookParts> = {}) {
  const made: string[] = [];
  const direct = (upstream: Upstream, model: string): VirtualModel => {
    made.push(`${upstream.name}/${model}`);
    return fakeVirtual({ name: `${upstream.name}/${model}`, targets: [fakeTarget(model, { upstream })] });
  };
  const aliases = new Map([
    ['default', 'fast'],
    ['cheap', 'here/llama'],
    ['bare', 'big'],
    ['loop', 'default'],
    ['fast', 'smart'],
  ]);
  const upstreams = [here, there];
  const models = createModelBook({
    virtuals: [fast, smart],
    aliases,
    defaultModel: undefined,
    upstreams,
    direct,
    ...parts,
  });
  return { models, made };
}

const had: readonly [name: string, has: boolean, why: string][] = [
  ['fast', true, 'a virtual model'],
  ['there/llama', true, 'a model its upstream lists'],
  ['here/meta/llama', true, 'one whose own name has a slash'],
  ['here/not-yet-pulled', false, 'one that leads somewhere, but that nobody told us of'],
  ['here/hidden', true, 'one that the config names as a target'],
  ['here/aliased', true, 'one that the config has an alias for'],
  ['here/fallback', true, 'the default'],
  ['nowhere/llama', false, 'an upstream that is not there'],
  ['llama', false, 'a bare name: what it leads to has another'],
];

for (const [name, has, why] of had) {
  test(`the book ${has ? 'has' : 'does not have'} "${name}": ${why}`, () => {
    const hidden = fakeVirtual({ name: 'hidden', targets: [fakeTarget('hidden', { upstream: here })] });
    const { models } = book({
      virtuals: [fast, hidden],
      aliases: new Map([['a', 'here/aliased']]),
      defaultModel: 'here/fallback',
    });
    assert.equal(models.has(name), has);
  });
}

const names: readonly [asked: string, leadsTo: string | undefined, why: string][] = [
  ['fast', 'fast', 'a virtual model comes before an alias of the same name'],
  ['default', 'fast', 'an alias leads to a virtual model'],
  ['cheap', 'here/llama', 'an alias may name an upstream’s model'],
  ['bare', 'there/big', 'an alias may name a model by its bare name'],
  ['loop', undefined, 'an alias does not lead to another alias'],
  ['fast:latest', 'fast', 'a tag that goes without saying'],
  ['llama:latest', 'here/llama', 'the same on an upstream’s model'],
  ['llama:8b', undefined, 'another tag is another model'],
  ['there/llama', 'there/llama', 'an upstream’s model by its full name'],
  ['here/not-yet-pulled', 'here/not-yet-pulled', 'an upstream may have models nobody told us of'],
  ['llama', 'here/llama', 'a bare name goes to the first upstream that has it'],
  ['big', 'there/big', 'or to the only one'],
  ['meta/llama', 'here/meta/llama', 'a bare name may have a slash of its own'],
  ['here/meta/llama', 'here/meta/llama', 'only the first slash divides'],
  ['here/', undefined, 'an upstream alone is no model'],
  ['nowhere/llama', undefined, 'an unknown upstream is no model'],
  ['Fast', undefined, 'case matters'],
  ['constructor', undefined, 'what every object has is no model'],
  ['', undefined, 'no name, no model'],
  [`here/${'x'.repeat(300)}`, undefined, 'names have a length'],
];

for (const [asked, leadsTo, why] of names) {
  test(`resolving: ${why}`, () => {
    assert.equal(book().models.resolve(asked)?.virtual.name, leadsTo);
  });
}

test('a default model takes what leads nowhere, and says that it did', () => {
  const { models } = book({ defaultModel: 'smart' });
  assert.deepEqual(models.resolve('no-such-model'), { virtual: smart, byDefault: true });
  assert.deepEqual(models.resolve(''), { virtual: smart, byDefault: true });
  assert.deepEqual(models.resolve('fast'), { virtual: fast, byDefault: false });
});

test('a default model may be an alias or an upstream’s model', () => {
  assert.equal(book({ defaultModel: 'default' }).models.resolve('x')?.virtual, fast);
  assert.equal(book({ defaultModel: 'there/big' }).models.resolve('x')?.virtual.name, 'there/big');
});

test('a direct model is made once, under whichever name it is asked for', () => {
  const { models, made } = book();
  const first = models.resolve('here/llama')?.virtual;
  assert.equal(models.resolve('llama')?.virtual, first);
  assert.equal(models.resolve('cheap')?.virtual, first);
  assert.deepEqual(made, ['here/llama']);
});

test('invented names push each other out: no more than a thousand are kept', () => {
  const { models, made } = book();
  models.resolve('here/first');
  for (let i = 0; i < 1_000; i += 1) models.resolve(`here/invented-${i}`);
  models.resolve('here/invented-0');
  assert.equal(made.length, 1_001);
  models.resolve('here/first');
  assert.equal(made.length, 1_002);
});

test('a tag that goes without saying may be left out', () => {
  const tagged = fakeUpstream({ name: 'here', models: [{ id: 'qwen:latest' }] });
  const { models } = book({ upstreams: [tagged] });
  assert.equal(models.resolve('qwen')?.virtual.name, 'here/qwen:latest');
  assert.equal(models.resolve('qwen:8b'), undefined);
});

test('a model an upstream has learnt of since is found', () => {
  let known: readonly ModelFacts[] = [];
  const knows = (model: string) => known.some((facts) => facts.id === model);
  const learning = { ...fakeUpstream({ name: 'learning' }), knows };
  const { models } = book({ upstreams: [learning] });
  assert.equal(models.resolve('new'), undefined);
  known = [{ id: 'new' }];
  assert.equal(models.resolve('new')?.virtual.name, 'learning/new');
});

const rights: readonly [asked: string, patterns: readonly string[], allowed: boolean, why: string][] = [
  ['default', ['fast'], true, 'the model an alias leads to is allowed'],
  ['default', ['default'], true, 'the alias itself is allowed'],
  ['default', ['smart'], false, 'neither is'],
  ['llama', ['here/*'], true, 'the full name is allowed'],
  ['llama', ['llama'], true, 'the bare name is allowed'],
  ['there/llama', ['llama'], false, 'a bare name allows only where it leads'],
  ['team-anything', ['team-*'], false, 'a made-up name opens no way to the default model'],
  ['team-anything', ['smart'], true, 'unless the default model is allowed'],
];

for (const [asked, patterns, allowed, why] of rights) {
  test(`rights: ${why}`, () => {
    const resolution = book({ defaultModel: 'smart' }).models.resolve(asked);
    assert.ok(resolution);
    assert.equal(isAllowed(asked, resolution, nameTest(patterns)), allowed);
  });
}

test('the list has virtual models, aliases and direct models, with what holds for all their targets', () => {
  const aliases = new Map([
    ['default', 'fast'],
    ['broken', 'nothing'],
  ]);
  assert.deepEqual(book({ aliases }).models.list(nameTest(undefined)), [
    { name: 'fast', kind: 'virtual', contextWindow: 8_192, maxOutput: 2_048, abilities: ['tools'] },
    { name: 'smart', kind: 'virtual' },
    {
      name: 'default',
      kind: 'alias',
      leadsTo: 'fast',
      contextWindow: 8_192,
      maxOutput: 2_048,
      abilities: ['tools'],
    },
    {
      name: 'here/llama',
      kind: 'direct',
      upstream: 'here',
      contextWindow: 8_192,
      maxOutput: 2_048,
      abilities: ['tools', 'images'],
    },
    { name: 'here/meta/llama', kind: 'direct', upstream: 'here' },
    { name: 'there/llama', kind: 'direct', upstream: 'there', contextWindow: 131_072, abilities: ['tools'] },
    { name: 'there/big', kind: 'direct', upstream: 'there' },
  ]);
});

const lists: readonly [patterns: readonly string[], listed: readonly string[], why: string][] = [
  [['fast'], ['fast', 'default'], 'a model and the aliases that lead to it'],
  [['default'], ['default'], 'an alias without the model behind it'],
  [['there/*'], ['bare', 'there/llama', 'there/big'], 'everything of one upstream'],
  [['llama'], ['llama'], 'a bare name is listed as such, once, where it leads'],
  [[], [], 'nothing'],
];

for (const [patterns, listed, why] of lists) {
  test(`a key sees what it may use: ${why}`, () => {
    const entries = book().models.list(nameTest(patterns));
    assert.deepEqual(
      entries.map((entry) => entry.name),
      listed,
    );
    const { models } = book();
    for (const { name } of entries) {
      const resolution = models.resolve(name);
      assert.ok(
        resolution !== undefined && isAllowed(name, resolution, nameTest(patterns)),
        `${name} is callable`,
      );
    }
  });
}

test('a virtual model that is called like an upstream’s model is listed once, and is what a call gets', () => {
  const same = fakeVirtual({ name: 'here/llama', fingerprint: 'same' });
  const { models } = book({ virtuals: [same], aliases: new Map() });
  assert.equal(models.resolve('here/llama')?.virtual, same);
  const names = models.list(nameTest(undefined)).map((entry) => entry.name);
  assert.deepEqual(names, ['here/llama', 'here/meta/llama', 'there/llama', 'there/big']);
});

test('a name has at most 256 characters, and a message shows 80 of them', () => {
  const { models } = book();
  assert.ok(models.resolve(`here/${'x'.repeat(251)}`));
  assert.equal(models.resolve(`here/${'x'.repeat(252)}`), undefined);
  assert.ok(modelNotFound('x'.repeat(80), []).text.includes(`"${'x'.repeat(80)}"`));
  assert.ok(modelNotFound('x'.repeat(81), []).text.includes(`"${'x'.repeat(80)}…"`));
});

test('hints are near, and only what the key may use', () => {
  const { models } = book();
  assert.deepEqual(models.near('smrt', nameTest(undefined)), ['smart']);
  assert.deepEqual(models.near('smrt', nameTest(['fast'])), []);
});

test('not found: says what may have been meant and where the list is', () => {
  const error = modelNotFound('smrt', ['smart', 'start']);
  assert.equal(error.status, 404);
  assert.equal(error.detail.param, 'model');
  assert.equal(
    error.text,
    'There is no model "smrt" here. Did you mean "smart" or "start"? GET /v1/models lists the models this key may use.',
  );
  assert.match(modelNotFound('', []).text, /^The call names no model, and there is no default\. GET /);
  assert.ok(modelNotFound('x'.repeat(10_000), []).text.length < 200);
});
