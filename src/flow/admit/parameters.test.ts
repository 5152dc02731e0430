import assert from 'node:assert/strict';
import test from 'node:test';
import { fakeCall, fakeProtocol, fakeVirtual } from '../../../test/testkit/flow-doubles.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Protocol } from '../../canonical/protocol.ts';
import type { ParameterRule } from '../stage.ts';
import { applyParameters } from './parameters.ts';

/** Two ways of naming things, as the two great dialects have them. */
const flat = fakeProtocol({
  id: 'flat',
  parameters: {
    max_tokens: ['max_completion_tokens', 'max_tokens'],
    temperature: ['temperature'],
    seed: ['seed'],
    stop: ['stop'],
    reasoning_effort: ['reasoning_effort'],
  },
});
const nested = fakeProtocol({
  id: 'nested',
  parameters: {
    max_tokens: ['max_tokens'],
    temperature: ['temperature'],
    stop: ['stop_sequences'],
    reasoning_effort: ['output_config.effort'],
  },
});

function ruled(face: Protocol, body: string, rules: readonly ParameterRule[]): [string, readonly string[]] {
  const call = fakeCall({ face, body });
  const done = applyParameters(call.wire, face, fakeVirtual({ parameters: rules }));
  return [done.wire.bytes.toString(), done.changed];
}

const given = (name: string, value: string): ParameterRule => ({ name, kind: 'default', value });
const locked = (name: string, value: string): ParameterRule => ({ name, kind: 'lock', value });
const clamped = (name: string, min?: number, max?: number): ParameterRule => ({
  name,
  kind: 'clamp',
  min,
  max,
});

type Row = [
  why: string,
  face: Protocol,
  rules: readonly ParameterRule[],
  before: string,
  after: string,
  changed: readonly string[],
];

const rows: readonly Row[] = [
  // default
  [
    'a default fills a gap',
    flat,
    [given('temperature', '0.7')],
    '{"model":"m"}',
    '{"model":"m","temperature":0.7}',
    ['temperature defaulted'],
  ],
  ['a default gives way', flat, [given('temperature', '0.7')], '{"temperature":1}', '{"temperature":1}', []],
  ['zero is a value', flat, [given('temperature', '0.7')], '{"temperature":0}', '{"temperature":0}', []],
  [
    'null says nothing, so the default replaces it',
    flat,
    [given('temperature', '0.7')],
    '{"temperature":null}',
    '{"temperature":0.7}',
    ['temperature defaulted'],
  ],
  [
    'a default gives way to the other name of the parameter',
    flat,
    [given('max_tokens', '100')],
    '{"max_tokens":5}',
    '{"max_tokens":5}',
    [],
  ],
  [
    'a default is written under the first name',
    flat,
    [given('max_tokens', '100')],
    '{}',
    '{"max_completion_tokens":100}',
    ['max_tokens defaulted'],
  ],
  [
    'a default takes the dialect’s own name',
    nested,
    [given('stop', '["END"]')],
    '{"a":1}',
    '{"a":1,"stop_sequences":["END"]}',
    ['stop defaulted'],
  ],
  [
    'a default one level in makes the object',
    nested,
    [given('reasoning_effort', '"low"')],
    '{"a":1}',
    '{"a":1,"output_config":{"effort":"low"}}',
    ['reasoning_effort defaulted'],
  ],
  [
    'a default one level in leaves its neighbours byte for byte',
    nested,
    [given('reasoning_effort', '"low"')],
    '{"output_config":{ "format" : 9223372036854775807 }}',
    '{"output_config":{ "format" : 9223372036854775807 ,"effort":"low"}}',
    ['reasoning_effort defaulted'],
  ],
  [
    'a default one level in fills an empty object',
    nested,
    [given('reasoning_effort', '"low"')],
    '{"output_config":{}}',
    '{"output_config":{"effort":"low"}}',
    ['reasoning_effort defaulted'],
  ],
  [
    'a default one level in gives way',
    nested,
    [given('reasoning_effort', '"low"')],
    '{"output_config":{"effort":"max"}}',
    '{"output_config":{"effort":"max"}}',
    [],
  ],
  ['what a dialect cannot say is not defaulted', nested, [given('seed', '7')], '{"a":1}', '{"a":1}', []],
  [
    'a field that is no parameter of ours is written as it is called',
    nested,
    [given('custom_field', '{"x":1}')],
    '{"a":1}',
    '{"a":1,"custom_field":{"x":1}}',
    ['custom_field defaulted'],
  ],
  [
    'a field named like something every object has is just a field',
    nested,
    [given('constructor', '1')],
    '{"a":1}',
    '{"a":1,"constructor":1}',
    ['constructor defaulted'],
  ],
  // lock
  [
    'a lock overrides',
    flat,
    [locked('temperature', '0')],
    '{"temperature":1,"z":1}',
    '{"temperature":0,"z":1}',
    ['temperature locked'],
  ],
  [
    'a lock adds',
    flat,
    [locked('temperature', '0')],
    '{"z":1}',
    '{"z":1,"temperature":0}',
    ['temperature locked'],
  ],
  [
    'a lock that is met changes nothing',
    flat,
    [locked('temperature', '0')],
    '{"temperature":0.0}',
    '{"temperature":0.0}',
    [],
  ],
  [
    'a lock holds under the caller’s name for the parameter',
    flat,
    [locked('max_tokens', '9')],
    '{"max_tokens":5}',
    '{"max_tokens":9}',
    ['max_tokens locked'],
  ],
  [
    'a lock holds under both names at once',
    flat,
    [locked('max_tokens', '9')],
    '{"max_tokens":5,"max_completion_tokens":6}',
    '{"max_tokens":9,"max_completion_tokens":9}',
    ['max_tokens locked'],
  ],
  [
    'a lock replaces null',
    flat,
    [locked('temperature', '0')],
    '{"temperature":null}',
    '{"temperature":0}',
    ['temperature locked'],
  ],
  [
    'a lock one level in leaves the rest',
    nested,
    [locked('reasoning_effort', '"low"')],
    '{"output_config":{"effort":"max","b":2}}',
    '{"output_config":{"effort":"low","b":2}}',
    ['reasoning_effort locked'],
  ],
  [
    'a lock one level in holds against a field that occurs twice',
    nested,
    [locked('reasoning_effort', '"low"')],
    '{"output_config":{"effort":"low","effort":"max"}}',
    '{"output_config":{"effort":"low"}}',
    ['reasoning_effort locked'],
  ],
  [
    'a lock on what the dialect cannot say holds when the caller says it all the same',
    nested,
    [locked('seed', '7')],
    '{"seed":8}',
    '{"seed":7}',
    ['seed locked'],
  ],
  ['and adds nothing when the caller does not', nested, [locked('seed', '7')], '{"a":1}', '{"a":1}', []],
  // clamp
  [
    'too much becomes the maximum',
    flat,
    [clamped('temperature', 0, 1)],
    '{"temperature":1.5}',
    '{"temperature":1}',
    ['temperature clamped to 1'],
  ],
  [
    'too little becomes the minimum',
    flat,
    [clamped('temperature', 0.2, 1)],
    '{"temperature":0}',
    '{"temperature":0.2}',
    ['temperature clamped to 0.2'],
  ],
  [
    'the bounds themselves are fine',
    flat,
    [clamped('temperature', 0, 1)],
    '{"temperature":1}',
    '{"temperature":1}',
    [],
  ],
  [
    'only a maximum',
    flat,
    [clamped('temperature', undefined, 1)],
    '{"temperature":-1}',
    '{"temperature":-1}',
    [],
  ],
  ['only a minimum', flat, [clamped('temperature', 1)], '{"temperature":9}', '{"temperature":9}', []],
  [
    'more than a number can hold is too much',
    flat,
    [clamped('max_tokens', 1, 4096)],
    '{"max_tokens":1e999}',
    '{"max_tokens":4096}',
    ['max_tokens clamped to 4096'],
  ],
  ['a clamp does not add', flat, [clamped('temperature', 0, 1)], '{"a":1}', '{"a":1}', []],
  [
    'except to output that has no bound at all',
    flat,
    [clamped('max_tokens', 1, 4096)],
    '{"a":1}',
    '{"a":1,"max_completion_tokens":4096}',
    ['max_tokens clamped to 4096'],
  ],
  [
    'null is no bound either',
    nested,
    [clamped('max_tokens', 1, 4096)],
    '{"max_tokens":null}',
    '{"max_tokens":4096}',
    ['max_tokens clamped to 4096'],
  ],
  [
    'a bound of -1 is none to an engine: it is clamped to the most',
    flat,
    [clamped('max_tokens', 1, 4096)],
    '{"max_tokens":-1}',
    '{"max_tokens":4096}',
    ['max_tokens clamped to 4096'],
  ],
  [
    'and stays where there is no most',
    flat,
    [clamped('max_tokens', 16)],
    '{"max_tokens":-1}',
    '{"max_tokens":-1}',
    [],
  ],
  ['a minimum alone does not bound output', flat, [clamped('max_tokens', 16)], '{"a":1}', '{"a":1}', []],
  [
    'both names are clamped',
    flat,
    [clamped('max_tokens', 1, 10)],
    '{"max_tokens":50,"max_completion_tokens":5}',
    '{"max_tokens":10,"max_completion_tokens":5}',
    ['max_tokens clamped to 10'],
  ],
  // together
  [
    'a default before a clamp is clamped too',
    flat,
    [given('temperature', '3'), clamped('temperature', 0, 2)],
    '{"a":1}',
    '{"a":1,"temperature":2}',
    ['temperature defaulted', 'temperature clamped to 2'],
  ],
  [
    'two rules inside one object both hold',
    nested,
    [locked('reasoning_effort', '"low"'), given('output_config.format', '"json"')],
    '{"output_config":{"effort":"max"}}',
    '{"output_config":{"effort":"low","format":"json"}}',
    ['reasoning_effort locked', 'output_config.format defaulted'],
  ],
  [
    'a forbidden parameter that is not there is no fault',
    flat,
    [{ name: 'seed', kind: 'forbid' }],
    '{"a":1}',
    '{"a":1}',
    [],
  ],
  ['nor one that is null', flat, [{ name: 'seed', kind: 'forbid' }], '{"seed":null}', '{"seed":null}', []],
];

for (const [why, face, rules, before, after, changed] of rows) {
  test(`${face.id}: ${why}`, () => assert.deepEqual(ruled(face, before, rules), [after, changed]));
}

const refusals: readonly [why: string, face: Protocol, rule: ParameterRule, body: string, error: string][] = [
  [
    'a forbidden parameter is refused',
    flat,
    { name: 'seed', kind: 'forbid' },
    '{"seed":1}',
    'forbidden_parameter seed: The model "fast" does not take "seed". Leave "seed" out of the call.',
  ],
  [
    'under whichever name the caller used',
    flat,
    { name: 'max_tokens', kind: 'forbid' },
    '{"max_tokens":1}',
    'forbidden_parameter max_tokens: The model "fast" does not take "max_tokens". Leave "max_tokens" out of the call.',
  ],
  [
    'one level in as well',
    nested,
    { name: 'reasoning_effort', kind: 'forbid' },
    '{"output_config":{"effort":"low"}}',
    'forbidden_parameter output_config.effort: The model "fast" does not take "reasoning_effort". Leave "output_config.effort" out of the call.',
  ],
  [
    'and where the dialect does not know it',
    nested,
    { name: 'seed', kind: 'forbid' },
    '{"seed":1}',
    'forbidden_parameter seed: The model "fast" does not take "seed". Leave "seed" out of the call.',
  ],
  [
    'a number written as a string does not slip past a clamp',
    flat,
    clamped('max_tokens', 1, 10),
    '{"max_tokens":"99999"}',
    'bad_request max_tokens: "max_tokens" must be a number.',
  ],
  [
    'something else in place of an object is named',
    nested,
    locked('reasoning_effort', '"low"'),
    '{"output_config":"high"}',
    'bad_request output_config: "output_config" must be an object.',
  ],
  [
    'a second spelling does not slip past a rule that looks one level in',
    nested,
    locked('reasoning_effort', '"low"'),
    '{"output_config":{"effort":"low","EFFORT":"max"}}',
    'bad_request output_config.EFFORT: Some upstreams read the field "output_config.EFFORT" as "output_config.effort". Write "effort".',
  ],
  [
    'a list is not an object',
    nested,
    locked('reasoning_effort', '"low"'),
    '{"output_config":[1]}',
    'bad_request output_config: "output_config" must be an object.',
  ],
  [
    'a string with a wrong escape is the caller’s mistake, not ours',
    flat,
    locked('stop', '"x"'),
    '{"stop":"\\x"}',
    'invalid_json stop: The value of "stop" is not valid JSON.',
  ],
];

for (const [why, face, rule, body, expected] of refusals) {
  test(`${face.id}: ${why}`, () => {
    assert.throws(
      () => ruled(face, body, [rule]),
      (error) => {
        assert.ok(error instanceof GatewayError);
        assert.equal(`${error.code} ${error.detail.param}: ${error.text}`, expected);
        return true;
      },
    );
  });
}

test('rules that change nothing leave the very same bytes', () => {
  const { wire } = fakeCall({ face: flat, body: '{"temperature":1}' });
  const done = applyParameters(wire, flat, fakeVirtual({ parameters: [given('temperature', '0')] }));
  assert.equal(done.wire, wire);
});
