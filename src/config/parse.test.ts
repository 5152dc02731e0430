// biome-ignore-all lint/suspicious/noTemplateCurlyInString: substitutions of the config file, not of ours.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import * as z from 'zod';
import type { Provider } from '../canonical/provider.ts';
import { defaultConfig } from './defaults.ts';
import { type ParseContext, parseConfig } from './parse.ts';
import { formatProblem } from './problem.ts';
import type { Config } from './schema.ts';

const env = { KEY: 'sesame-open-sesame', EMPTY: '' };

function good(text: string, context: Partial<ParseContext> = {}): Config {
  const parsed = parseConfig(text, { file: 'signalbox.yaml', env, ...context });
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.problems.map(formatProblem).join('\n'));
  return parsed.config;
}

function warnings(text: string, context: Partial<ParseContext> = {}): readonly string[] {
  return parseConfig(text, { file: 'f', env, now: Date.UTC(2026, 0, 1), ...context }).warnings.map(
    formatProblem,
  );
}

const empties: readonly (readonly [string, string])[] = [
  ['', 'an empty file'],
  ['# nothing yet\n', 'a file of comments'],
  ['---\n', 'an empty document'],
  ['keys:\nupstreams:\n  # ollama:\n', 'sections whose entries are commented out'],
  ['{}', 'an empty mapping'],
];

for (const [text, sentence] of empties) {
  test(`${sentence} means the defaults`, () => {
    assert.deepEqual(good(text), {
      listen: {
        host: '127.0.0.1',
        port: 8001,
        portAsked: false,
        tls: undefined,
        cors: { origins: [] },
        drain: 30_000,
        stall: 30_000,
        arrival: 10_000,
        workers: 1,
        workerMemory: undefined,
        maxBody: 20_971_520,
        maxDepth: 64,
      },
      overload: { lag: 200, calls: 10_000, bytes: 268_435_456 },
      state: '.signalbox',
      keys: [],
      upstreams: [],
      models: [],
      defaultModel: undefined,
      timers: {},
      attempts: 3,
      deadline: 3_600_000,
      retryWait: 5_000,
      keepalive: 15_000,
      cache: { maxBytes: 268_435_456, maxEntry: 1_048_576 },
      history: { keep: 30 * 864e5, maxBytesPerTenant: 2 ** 30 },
      journal: { path: undefined, maxSize: 67_108_864 },
      log: { level: 'info', format: undefined },
    });
  });
}

test('a section with one key keeps the other defaults', () => {
  const { listen, timers } = good('listen: { port: 9000 }\ntimeouts: { idle: 5s }');
  assert.equal(listen.port, 9000);
  assert.equal(listen.portAsked, true);
  assert.equal(listen.drain, 30_000);
  assert.deepEqual(timers, { idle: 5_000 });
});

test('an upstream with everything said about it', () => {
  const [upstream] = good(`
upstreams:
  claude:
    provider: anthropic
    url: https://api.example:8443/base/
    secret: \${KEY}
    zone: cloud
    headers: { X-Team: "\${KEY}" }
    timeouts: { first_byte: 60s }
    concurrency: 8
    queue: { length: 20 }
    protocols: [anthropic-messages]
    options: { free: [1, { deep: true }] }
    models:
      claude-x: { context_window: 200000, max_output: 64000, price: { input: 3, output: 15, cache_read: 0.3 }, abilities: [tools] }
      plain:
`).upstreams;
  assert.ok(upstream !== undefined);
  assert.equal(upstream.secrets[0]?.reveal(), env.KEY);
  assert.equal(upstream.headers['x-team']?.reveal(), env.KEY);
  assert.deepEqual(
    { ...upstream, secrets: 0, headers: 0 },
    {
      name: 'claude',
      provider: 'anthropic',
      address: { origin: { tls: true, host: 'api.example', port: 8443 }, basePath: '/base' },
      secrets: 0,
      health: undefined,
      zone: 'cloud',
      headers: 0,
      timers: { firstByte: 60_000 },
      concurrency: 8,
      queue: { length: 20, wait: 60_000 },
      models: [
        {
          id: 'claude-x',
          contextWindow: 200_000,
          maxOutput: 64_000,
          price: {
            input: 3_000_000_000n,
            output: 15_000_000_000n,
            cacheRead: 300_000_000n,
            cacheWrite: 3_000_000_000n,
          },
          abilities: ['tools'],
        },
        { id: 'plain' },
      ],
      protocols: ['anthropic-messages'],
      options: { free: [1, { deep: true }] },
    },
  );
});

test('a model with everything said about it', () => {
  const [model] = good(`
upstreams: { sim: { provider: sim } }
models:
  smart:
    aliases: [gpt-4o]
    targets: [sim/a/b, { upstream: sim, model: c, weight: 2 }]
    select: weighted
    parameters: { top_p: { lock: 1 } }
    system_prompt: Be brief.
    cache: { ttl: 10m }
    strict: true
    timeouts: { connect: 1s }
    limits: ["60 requests/min"]
    queue: { spill: true }
    priority: low
`).models;
  assert.deepEqual(model, {
    name: 'smart',
    aliases: ['gpt-4o'],
    targets: [
      { upstream: 'sim', model: 'a/b', weight: 1 },
      { upstream: 'sim', model: 'c', weight: 2 },
    ],
    select: 'weighted',
    parameters: [{ name: 'top_p', kind: 'lock', value: '1' }],
    systemPrompt: 'Be brief.',
    cache: { ttl: 600_000 },
    strict: true,
    timers: { connect: 1_000 },
    deadline: undefined,
    hedge: undefined,
    rescue: false,
    keepalive: undefined,
    limits: [{ of: 'requests', amount: 60, window: 60_000 }],
    spill: true,
    priority: 'low',
  });
});

test('a key with little said about it', () => {
  const [key] = good('keys: [{ name: laptop, secret: "${KEY}", expires: 2027-01-01 }]').keys;
  assert.equal(key?.secret?.reveal(), env.KEY);
  assert.deepEqual(
    { ...key, secret: 0 },
    {
      name: 'laptop',
      secret: 0,
      hash: undefined,
      tenant: 'default',
      project: 'default',
      user: 'laptop',
      models: ['*'],
      expires: Date.UTC(2027, 0, 1),
      limits: [],
      priority: undefined,
      metrics: false,
    },
  );
});

const concurrencies: readonly (readonly [text: string, means: unknown])[] = [
  ['8', 8],
  ['"8"', 8],
  ['discovered', 'discovered'],
  ['none', 'none'],
  ['adaptive', { min: 1, max: 64 }],
  ['{ min: 4 }', { min: 4, max: 64 }],
  ['{ min: 2, max: 16 }', { min: 2, max: 16 }],
];

for (const [text, means] of concurrencies) {
  test(`the concurrency of an upstream may be ${text}`, () => {
    const [upstream] = good(`upstreams: { a: { provider: sim, concurrency: ${text} } }`).upstreams;
    assert.deepEqual(upstream?.concurrency, means);
    assert.deepEqual(upstream?.queue, { length: 100, wait: 60_000 });
  });
}

const substitutions: readonly (readonly [string, unknown, string])[] = [
  ['listen: { port: "${PORT}" }', 9001, 'a number may come from the environment'],
  ['listen: { port: "${NONE:-9002}" }', 9002, 'or from a default'],
  ['listen: { port: "${EMPTY:-9003}" }', 9003, 'which also stands in for an empty variable'],
];

for (const [text, port, sentence] of substitutions) {
  test(sentence, () => {
    assert.equal(good(text, { env: { PORT: '9001', EMPTY: '' } }).listen.port, port);
  });
}

test('a value from the environment cannot bring YAML with it', () => {
  const config = good('state: ${EVIL}', { env: { EVIL: 'x\nattempts: 9 # ${KEY}' } });
  assert.equal(config.state, 'x\nattempts: 9 # ${KEY}');
  assert.equal(config.attempts, 3);
});

test('anchors and merges work, and what is said in place wins', () => {
  const { models } = good(`
upstreams: { sim: { provider: sim } }
models:
  a: &base { targets: [sim/x], strict: true, system_prompt: A }
  b: { <<: *base, system_prompt: B }
`);
  assert.deepEqual(models[1], { ...models[0], name: 'b', systemPrompt: 'B' });
});

test('the config is read-only all the way down', () => {
  const config = good('upstreams: { a: { provider: sim, models: { x: { context_window: 1 } } } }');
  const open: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Object.isFrozen(value)) open.push(path);
    for (const [name, inner] of Object.entries(value)) visit(inner, `${path}.${name}`);
  };
  visit(config, 'config');
  assert.deepEqual(open, []);
});

test('secrets are in the config and never print', () => {
  const config = good(`
keys: [{ name: a, secret: "\${KEY}" }]
upstreams:
  b: { provider: sim, secret: "\${KEY}", headers: { authorization: "Bearer \${KEY}" } }
`);
  assert.equal(config.upstreams[0]?.headers['authorization']?.reveal(), `Bearer ${env.KEY}`);
  const printed = [
    JSON.stringify(config),
    inspect(config, { depth: 9, showHidden: true }),
    String(config.keys[0]?.secret),
  ];
  for (const text of printed) assert.ok(!text.includes(env.KEY), text);
  assert.ok(JSON.stringify(config).includes('[redacted]'));
});

test('a secret file is read once, trimmed, and relative to the config file', () => {
  const read: string[] = [];
  const config = good(
    'upstreams: { a: { provider: sim, secret: file:k }, b: { provider: sim, secret: file:k } }',
    {
      file: '/etc/box/signalbox.yaml',
      readSecretFile: (path) => {
        read.push(path);
        return { ok: true, text: '  sesame\n', mode: 0o100600 };
      },
    },
  );
  assert.deepEqual(read, ['/etc/box/k']);
  assert.deepEqual(
    config.upstreams.map((upstream) => upstream.secrets[0]?.reveal()),
    ['sesame', 'sesame'],
  );
});

test('a mounted secret may be readable by all inside the container', () => {
  const readSecretFile = () => ({ ok: true, text: 'sesame', mode: 0o100444 }) as const;
  const config = good('upstreams: { a: { provider: sim, secret: file:/run/secrets/k } }', { readSecretFile });
  assert.equal(config.upstreams[0]?.secrets[0]?.reveal(), 'sesame');
});

test('real files: the owner’s is taken, one open to the group is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
  try {
    const secret = join(folder, 'key');
    writeFileSync(secret, 'sesame\n', { mode: 0o600 });
    const text = 'upstreams: { a: { provider: sim, secret: file:key } }';
    const file = join(folder, 'signalbox.yaml');
    assert.equal(good(text, { file }).upstreams[0]?.secrets[0]?.reveal(), 'sesame');
    chmodSync(secret, 0o640);
    const parsed = parseConfig(text, { file, env });
    assert.match(parsed.ok ? '' : (parsed.problems[0]?.message ?? ''), /mode 0640/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const provider = {
  id: 'cloud',
  secretEnv: ['CLOUD_KEY'],
  baseUrl: 'https://x',
  protocols: [],
  zone: 'cloud',
};
const providers = new Map([['cloud', provider as unknown as Provider]]);

test("a provider's usual variable fills in for a secret, and only then", () => {
  const text = 'upstreams: { a: { provider: cloud }, b: { provider: cloud, secret: "${KEY}" } }';
  const config = good(text, { providers, env: { ...env, CLOUD_KEY: 'usual' } });
  assert.deepEqual(
    config.upstreams.map((upstream) => upstream.secrets[0]?.reveal()),
    ['usual', env.KEY],
  );
});

test("a provider's own options are checked by its own schema", () => {
  const providerOptions = new Map([['sim', z.strictObject({ rate: z.number() })]]);
  const parsed = parseConfig('upstreams: { a: { provider: sim, options: { rate: fast, x: 1 } } }', {
    file: 'f',
    env,
    providerOptions,
  });
  assert.deepEqual(parsed.ok ? [] : parsed.problems.map(formatProblem), [
    'f:1:51 "rate" must be a number, not this string.',
    'f:1:57 Unknown key "x". Known here: rate.',
  ]);
});

const warned: readonly (readonly [string, readonly string[], string])[] = [
  [
    'upstreams: { a: { provider: sim, secret: sesame } }',
    [
      `f:1:42 A secret stands here in plain text. Write \${NAME} and set NAME in the environment, or file:/path.`,
    ],
    'a secret in plain text',
  ],
  [
    'keys: [{ name: a, secret: "${KEY}", expires: 2025-01-01 }]',
    ['f:1:46 This key has expired already.'],
    'a dead key',
  ],
  [
    'upstreams: { s: { provider: sim } }\nmodels: { smart: { targets: [s/x] } }\nkeys: [{ name: a, secret: "${KEY}", models: [smrat] }]',
    ['f:3:46 There is no model "smrat". Did you mean "smart"?'],
    'a key for a model with a slip in its name',
  ],
  [
    'upstreams: { s: { provider: sim } }\nmodels: { a: { targets: [s/x], parameters: { temprature: { lock: 1 } } } }',
    [
      'f:2:46 "temprature" is no parameter we know; the rule is for a field of that very name. Did you mean "temperature"?',
    ],
    'a parameter with a slip in its name',
  ],
];

for (const [text, says, sentence] of warned) {
  test(`warned about, but accepted: ${sentence}`, () => {
    good(text);
    assert.deepEqual(warnings(text), says);
  });
}

test('the built-in configuration leads to simulated models only', () => {
  const config = defaultConfig();
  assert.deepEqual(
    config.models.map((model) => model.name),
    ['fast', 'smart', 'flaky'],
  );
  assert.deepEqual(
    new Set(config.models.flatMap((model) => model.targets.map((target) => target.upstream))),
    new Set(['sim']),
  );
  assert.deepEqual(
    config.upstreams.map((upstream) => upstream.provider),
    ['sim'],
  );
});

test('the example is a good config without warnings', () => {
  const text = readFileSync('signalbox.example.yaml', 'utf8');
  const parsed = parseConfig(text, {
    file: 'signalbox.example.yaml',
    env: { TEAM_KEY: env.KEY, ANTHROPIC_API_KEY: 'k' },
  });
  assert.deepEqual(parsed.ok ? [] : parsed.problems.map(formatProblem), []);
  assert.deepEqual(parsed.warnings, []);
});

test('keepalives: a duration or off, for all and for one model', () => {
  const text = (general: string, own: string) =>
    `keepalive: ${general}\nupstreams: { up: { provider: sim } }\nmodels: { m: { targets: [up/fast]${own} } }`;
  const periods = (config: ReturnType<typeof good>) => [config.keepalive, config.models[0]?.keepalive];
  assert.deepEqual(periods(good(text('20s', ''))), [20_000, undefined]);
  assert.deepEqual(periods(good(text('off', ', keepalive: 5s'))), [Number.POSITIVE_INFINITY, 5_000]);
  assert.deepEqual(periods(good(text('1m', ', keepalive: false'))), [60_000, Number.POSITIVE_INFINITY]);
});
