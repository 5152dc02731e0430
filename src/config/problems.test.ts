// biome-ignore-all lint/suspicious/noTemplateCurlyInString: substitutions of the config file, not of ours.
// Every kind of problem: what it says and exactly where. Columns and lines count from 1.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Provider } from '../canonical/provider.ts';
import { parseConfig } from './parse.ts';
import { formatProblem } from './problem.ts';
import type { SecretFile } from './secret-files.ts';

interface Row {
  readonly sentence: string;
  readonly text: string;
  /** All problems, in order, without the file's name. */
  readonly says: readonly string[];
}

const upstream = 'upstreams: { sim: { provider: sim } }';

const rows: readonly Row[] = [
  {
    sentence: 'an unknown section stands at its key, with the one that was meant',
    text: 'upstrems: {}',
    says: ['1:1 Unknown key "upstrems". Did you mean "upstreams"?'],
  },
  {
    sentence: 'an unknown key that resembles nothing lists what is known',
    text: 'cache:\n  colour: red',
    says: ['2:3 Unknown key "colour". Known here: max_bytes, max_entry.'],
  },
  {
    sentence: 'slots are a number or one of three words',
    text: 'upstreams: { a: { provider: sim, concurrency: many } }',
    says: [
      '1:47 "concurrency" must be a number of slots, discovered, adaptive (or its bounds: min, max) or none, not "many".',
    ],
  },
  {
    sentence: 'bounds of slots are in order',
    text: 'upstreams: { a: { provider: sim, concurrency: { min: 9, max: 3 } } }',
    says: ['1:47 "concurrency" has a min above its max.'],
  },
  {
    sentence: 'an unknown key deep inside a list is found too',
    text: 'keys:\n  - name: a\n    hash: x\n    expirs: 2027-01-01',
    says: [
      '3:11 "hash" must be a hash of 64 hex digits, not this string.',
      '4:5 Unknown key "expirs". Did you mean "expires"?',
    ],
  },
  {
    sentence: 'a wrong enum value stands at the value, with the one that was meant',
    text: `${upstream}\nmodels:\n  a:\n    targets: [sim/x]\n    select: wieghted`,
    says: [
      '5:13 "select" must be one of priority, weighted, round-robin, least-load, not "wieghted". Did you mean "weighted"?',
    ],
  },
  {
    sentence: 'a wrong type says what was wanted and what stood there',
    text: 'listen:\n  port: [1]',
    says: ['2:9 "port" must be a whole number, not a list.'],
  },
  {
    sentence: 'a value that was forgotten stands at its key',
    text: 'listen:\n  port:\n  drain: 1s',
    says: ['2:3 "port" must be a whole number, not nothing.'],
  },
  {
    sentence: 'nesting has a bound that no wish can lift: what reads a body whole goes as deep as it does',
    text: 'listen: { max_depth: 1001 }',
    says: ['1:22 "max_depth" must be at most 1000, not 1001.'],
  },
  {
    sentence: 'a number out of bounds',
    text: 'listen: { port: 65536 }',
    says: ['1:17 "port" must be at most 65535, not 65536.'],
  },
  {
    sentence: 'a fraction where a whole number is wanted',
    text: 'attempts: 1.5',
    says: ['1:11 "attempts" must be a whole number, not 1.5.'],
  },
  {
    sentence: 'a duration without unit',
    text: 'timeouts: { idle: 60 }',
    says: ['1:19 "idle" must be a duration, not 60. For example: 250ms, 3s, 15m, 2h, 1d.'],
  },
  {
    sentence: 'a period of keepalives that is none',
    text: 'keepalive: never',
    says: ['1:12 "keepalive" must be a duration or off, not "never". For example: 250ms, 3s, 15m, 2h, 1d.'],
  },
  {
    sentence: 'keepalives without end',
    text: 'keepalive: 0s',
    says: ['1:12 "keepalive" is too short. Use 100ms at least, or off.'],
  },
  {
    sentence: 'a duration that no timer can wait for',
    text: 'timeouts: { idle: 25d }',
    says: ['1:19 "idle" is too long. Use at most 24d.'],
  },
  {
    sentence: 'a size in unknown units',
    text: 'cache: { max_bytes: 1tb }',
    says: ['1:21 "max_bytes" must be a size, not "1tb". For example: 4096, 20mb, 1gb.'],
  },
  {
    sentence: 'an entry larger than the cache',
    text: 'cache: { max_bytes: 1mb, max_entry: 2mb }',
    says: ['1:37 "max_entry" is larger than max_bytes, so the largest answers could never be kept.'],
  },
  {
    sentence: 'a negative limit',
    text: 'keys: [{ name: a, secret: "${KEY}", limits: ["-1 requests/min"] }]',
    says: [
      '1:46 "limits[0]" must be a limit, not "-1 requests/min". For example: 60 requests/min, 100k tokens/min, 2m tokens/day.',
    ],
  },
  {
    sentence: 'a key that anybody could guess is not quoted back',
    text: 'keys: [{ name: a, secret: "${SHORT}" }]',
    says: [
      `1:27 "secret" must have at least 16 characters. For example: \${API_KEY}, file:/run/secrets/api-key.`,
    ],
  },
  {
    sentence: 'a key without secret and hash, said together with another fault of the same key',
    text: 'keys:\n  - name: a\n    models: all',
    says: [
      `2:5 "keys[0]" needs either a secret or a hash. Write secret: \${NAME} and set NAME in the environment.`,
      '3:13 "models" must be a list, not "all".',
    ],
  },
  {
    sentence: 'two keys of one name',
    text: 'keys:\n  - { name: a, secret: "${KEY}" }\n  - { name: a, secret: "${KEY}2" }',
    says: ['3:13 There are two keys named "a". Receipts tell keys apart by name.'],
  },
  {
    sentence: 'two keys with one secret',
    text: 'keys:\n  - { name: a, secret: "${KEY}" }\n  - { name: b, secret: "${KEY}" }',
    says: [
      '3:24 Another key has the same secret. Only the first of them would ever apply, with its rights and limits.',
    ],
  },
  {
    sentence: 'a door that is open to other machines, and nobody to let in',
    text: 'listen: { host: 0.0.0.0 }',
    says: [
      '1:17 Listening on 0.0.0.0 makes the gateway reachable from other machines, and there are no keys. Add a section "keys", or listen on 127.0.0.1.',
    ],
  },
  {
    sentence: 'a day that is in no calendar',
    text: 'keys: [{ name: a, secret: "${KEY}", expires: 2027-02-29 }]',
    says: ['1:46 "expires" is not in the calendar.'],
  },
  {
    sentence: 'a target whose upstream does not exist, as text and as mapping',
    text: `${upstream}\nmodels:\n  a:\n    targets:\n      - sin/fast\n      - { upstream: other, model: x }`,
    says: [
      '5:9 There is no upstream "sin". Did you mean "sim"?',
      '6:21 There is no upstream "other". There are: sim.',
    ],
  },
  {
    sentence: 'a target without upstream',
    text: `${upstream}\nmodels: { a: { targets: [fast] } }`,
    says: [
      '2:26 "targets[0]" must be a target, written upstream/model or as a mapping, not "fast". For example: house/llama3.1:8b.',
    ],
  },
  {
    sentence: 'a target that is a mapping in disorder',
    text: `${upstream}\nmodels: { a: { targets: [{ upstream: sim, modle: x, weight: -1 }] } }`,
    says: [
      '2:26 The key "model" is missing.',
      '2:43 Unknown key "modle". Did you mean "model"?',
      '2:61 "weight" must be at least 0, not -1.',
    ],
  },
  {
    sentence: 'a model without targets, and one with none in its list',
    text: 'models:\n  a: {}\n  b: { targets: [] }',
    says: [
      '2:3 The key "targets" is missing.',
      '3:17 "targets" must have at least one entry. For example: house/llama3.1:8b.',
    ],
  },
  {
    sentence: "an alias that is another model's name, and one that is taken twice",
    text: `${upstream}\nmodels:\n  a: { targets: [sim/x], aliases: [b, c] }\n  b: { targets: [sim/x], aliases: [c] }`,
    says: [
      '3:36 The alias "b" is taken by the model "b" itself. One name can lead to one model only.',
      '4:36 The alias "c" is taken by an alias of the model "a". One name can lead to one model only.',
    ],
  },
  {
    sentence: 'a default model that does not exist',
    text: `${upstream}\nmodels: { smart: { targets: [sim/x] } }\ndefault_model: smrat`,
    says: ['3:16 There is no model "smrat". Did you mean "smart"?'],
  },
  {
    sentence: 'an unknown provider',
    text: 'upstreams: { a: { provider: olama } }',
    says: ['1:29 There is no provider "olama". Did you mean "ollama"?'],
  },
  {
    sentence: 'a provider without address and no url',
    text: 'upstreams:\n  a: { provider: ollama }',
    says: [
      '2:3 The upstream "a" needs a url: the provider "ollama" has no address of its own. For example: http://127.0.0.1:11434',
    ],
  },
  {
    sentence: 'an unknown protocol',
    text: 'upstreams: { a: { provider: sim, protocols: [chat-openai] } }',
    says: ['1:46 There is no protocol "chat-openai". There are: openai-chat.'],
  },
  {
    sentence: 'an upstream without provider',
    text: 'upstreams:\n  a: { url: http://x }',
    says: ['2:3 The key "provider" is missing.'],
  },
  {
    sentence: 'URLs that are none, or say too much',
    text: 'upstreams:\n  a: { provider: sim, url: nowhere }\n  b: { provider: sim, url: "ftp://x" }\n  c: { provider: sim, url: "http://u:p@x" }\n  d: { provider: sim, url: "http://x?a=b" }',
    says: [
      '2:28 "url" is not a URL.',
      '3:28 "url" must begin with http:// or https://.',
      '4:28 "url" must not hold credentials; use secret or headers.',
      '5:28 "url" must end with the path: no "?" and no "#".',
    ],
  },
  {
    sentence: 'a slash in the name of an upstream would make targets ambiguous',
    text: 'upstreams: { a/b: { provider: sim } }',
    says: [
      '1:14 "a/b" cannot be used as a name here. It must be a name without slashes and spaces, because a slash ends it in "upstream/model".',
    ],
  },
  {
    sentence: 'a header that frames the body',
    text: 'upstreams: { a: { provider: sim, headers: { Content-Length: "1" } } }',
    says: ['1:61 "Content-Length" is written by the gateway itself.'],
  },
  {
    sentence: 'a price below nothing, and half a price',
    text: 'upstreams: { a: { provider: sim, models: { x: { price: { input: -1 } } } } }',
    says: ['1:49 The key "output" is missing.', '1:65 "input" must be at least 0, not -1.'],
  },
  {
    sentence: 'parameter rules that say nothing, too much, or what cannot be',
    text: `${upstream}
models:
  a:
    targets: [sim/x]
    parameters:
      top_p: {}
      top_k: { lock: 1, default: 2 }
      seed: { forbid: false }
      n: { clamp: { min: 2, max: 1 } }
      stop: { clamp: { max: 1 } }
      temperature: { default: hot }
      stream: { lock: true }`,
    says: [
      '6:14 "top_p" says nothing: give default, lock, clamp or forbid.',
      '7:14 "top_k" has lock, which leaves nothing for other rules to do.',
      '8:23 "forbid" must be true, not false.',
      '9:10 "n" has a clamp from 2 to 1, which no number meets.',
      '10:13 "stop" is not a number, so it cannot be clamped.',
      '11:20 "temperature" must be given a number.',
      '12:15 "stream" cannot have a rule.',
    ],
  },
  {
    sentence: 'a cache rule that is neither false nor a lifetime',
    text: `${upstream}\nmodels: { a: { targets: [sim/x], cache: true } }`,
    says: ['2:41 "cache" must be false or a mapping with ttl, not true.'],
  },
  {
    sentence: 'an unset variable is named, and nothing else is said about its value',
    text: 'listen:\n  port: ${PORT}\n  drain: "${DRAIN}"',
    says: [
      `2:9 The environment variable PORT is not set. Set it, or write \${PORT:-default}.`,
      `3:10 The environment variable DRAIN is not set. Set it, or write \${DRAIN:-default}.`,
    ],
  },
  {
    sentence: 'a variable that is nearly set',
    text: 'state: ${SHRT}',
    says: ['1:8 The environment variable SHRT is not set. Did you mean "SHORT"?'],
  },
  {
    sentence: 'what came from a variable is never quoted',
    text: 'log: { level: "${SHORT}" }',
    says: [`1:15 "level" must be one of info, silent, not the value of "\${SHORT}".`],
  },
  {
    sentence: 'a substitution that is none',
    text: 'state: a${1}',
    says: [
      `1:8 "\${" does not begin a substitution here. Write \${NAME}, \${NAME:-default}, or $\${ for the characters themselves.`,
    ],
  },
  {
    sentence: 'a substitution without quotes inside braces',
    text: 'upstreams: { a: { provider: sim, secret: ${KEY} } }',
    says: [
      `1:43 Unexpected flow-map-start at node end. Inside { } and [ ], put substitutions in quotes: "\${KEY}"`,
    ],
  },
  {
    sentence: 'a key that occurs twice, said together with other problems',
    text: 'attempts: 1\nstate: x\nattempts: many',
    says: ['3:1 The key "attempts" occurs twice. Remove one of them.'],
  },
  {
    sentence: 'a tab as indentation',
    text: 'listen:\n\tport: 1',
    says: ['2:1 A tab cannot indent YAML. Use spaces.'],
  },
  {
    sentence: 'a list instead of sections',
    text: '- a\n- b',
    says: [
      '1:1 The file must be a mapping of sections. Write sections such as "upstreams:" and "models:" at the left margin.',
    ],
  },
  {
    sentence: 'a sentence instead of sections',
    text: 'hello',
    says: [
      '1:1 The file must be a mapping of sections. Write sections such as "upstreams:" and "models:" at the left margin.',
    ],
  },
  {
    sentence: 'two documents in one file',
    text: 'state: a\n---\nstate: b',
    says: ['2:1 The file holds more than one YAML document. Remove everything from the second "---" on.'],
  },
  {
    sentence: 'a section that is text',
    text: 'upstreams: none',
    says: ['1:12 "upstreams" must be a mapping, not "none".'],
  },
  {
    sentence: 'a name that would reach into the language',
    text: 'upstreams: { __proto__: { provider: sim } }',
    says: ['1:14 A key must be a plain name.'],
  },
  {
    sentence: 'an alias without anchor',
    text: 'state: *nowhere',
    says: ['1:8 This alias refers to nothing.'],
  },
  {
    sentence: 'aliases of aliases of aliases',
    text: `state: x\na: &a [1,1,1,1,1,1,1,1,1,1]\n${['b', 'c', 'd', 'e', 'f'].map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcde'[index]}`).join(',')}]`).join('\n')}`,
    says: ['2:22 The file is nested too deep or expands to too much.'],
  },
  {
    sentence: 'an anchor inside itself',
    text: 'state: x\na: &a [*a]',
    says: ['2:7 The file is nested too deep or expands to too much.'],
  },
  {
    sentence: 'merges of merges of merges, of nothing',
    text: `a: &a {}\n${['b', 'c', 'd', 'e', 'f', 'g'].map((name, index) => `${name}: &${name} { <<: [${Array(10).fill(`*${'abcdef'[index]}`).join(',')}] }`).join('\n')}`,
    says: ['2:20 The file is nested too deep or expands to too much.'],
  },
  {
    sentence: 'something merged that is no mapping',
    text: 'log: { <<: text }',
    says: ['1:12 Only mappings can be merged with "<<".'],
  },
  {
    sentence: 'a secret file that is not there',
    text: 'upstreams: { a: { provider: sim, secret: file:missing } }',
    says: ['1:42 The secret file /etc/signalbox/missing does not exist.'],
  },
  {
    sentence: 'a secret file that others can read',
    text: 'upstreams: { a: { provider: sim, secret: file:/keys/open } }',
    says: ['1:42 Others can read the secret file /keys/open (mode 0644). Run: chmod 600 /keys/open'],
  },
  {
    sentence: 'a secret file with nothing in it',
    text: 'upstreams: { a: { provider: sim, secret: file:/keys/empty } }',
    says: ['1:42 The secret file /keys/empty is empty.'],
  },
  {
    sentence: 'a certificate that is not there',
    text: 'listen: { tls: { cert: cert.pem, key: /keys/own } }',
    says: ['1:24 The file /etc/signalbox/cert.pem does not exist.'],
  },
];

const files: Readonly<Record<string, SecretFile>> = {
  '/keys/own': { ok: true, text: 'from a file of one owner\n', mode: 0o100600 },
  '/keys/open': { ok: true, text: 'from a file for everybody', mode: 0o100644 },
  '/keys/empty': { ok: true, text: ' \n', mode: 0o100600 },
};

const providers = new Map<string, Provider>(
  [
    { id: 'sim', simulate: () => assert.fail('not here') },
    { id: 'ollama', ports: [11_434] },
  ].map((part) => [
    part.id,
    { summary: '', zone: 'local', protocols: ['openai-chat'], authorize: () => ({}), ...part } as Provider,
  ]),
);

export const context = {
  file: '/etc/signalbox/signalbox.yaml',
  env: { KEY: 'a key that is long enough'.replaceAll(' ', '-'), SHORT: 'hunter2' },
  readSecretFile: (path: string): SecretFile => files[path] ?? { ok: false, reason: 'does not exist' },
  providers,
  now: Date.UTC(2026, 0, 1),
};

for (const { sentence, text, says } of rows) {
  test(sentence, () => {
    const parsed = parseConfig(text, context);
    const told = parsed.ok ? [] : parsed.problems.map(formatProblem);
    assert.deepEqual(
      told,
      says.map((line) => `${context.file}:${line}`),
    );
  });
}

test('no problem and no warning ever quotes a secret', () => {
  for (const { text } of rows) {
    const parsed = parseConfig(text, context);
    const told = JSON.stringify([parsed.ok ? [] : parsed.problems, parsed.warnings]);
    for (const secret of ['hunter2', context.env.KEY, 'from a file']) assert.ok(!told.includes(secret), told);
  }
});
