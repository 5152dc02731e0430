// A dialect or a vendor is a folder: registered by being there, built like its siblings.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, it } from 'node:test';
import { Secret } from '../../src/canonical/ids.ts';
import { protocols } from '../../src/protocols/registry.ts';
import { providers } from '../../src/providers/registry.ts';

function foldersIn(parent: string): readonly string[] {
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** What every dialect is made of, so that whoever knows one finds their way in the others. */
const DIALECT = [
  'index.ts',
  'encode-call.ts',
  'decode-reply.ts',
  'errors.ts',
  'stop-reasons.ts',
  'usage.ts',
  'watch.ts',
];

/** And what those have that callers speak to us. */
const FACE = ['decode-call.ts', 'encode-reply.ts', 'encode-body.ts', 'encode-error.ts', 'same-dialect.ts'];

it('what is generated from the folders is up to date', () => {
  const done = spawnSync(process.execPath, [join('scripts', 'generate.js'), '--check'], { encoding: 'utf8' });
  assert.equal(done.status, 0, `${done.stdout}${done.stderr}`);
});

describe('protocols', () => {
  it('are all registered, each under the name of its folder', () => {
    assert.deepEqual(protocols.map(({ id }) => id).sort(), foldersIn('src/protocols'));
  });

  for (const folder of foldersIn('src/protocols')) {
    it(`${folder} has the files its siblings have`, () => {
      const isFace = protocols.some(({ id, routes }) => id === folder && routes.length > 0);
      const wanted = isFace ? [...DIALECT, ...FACE] : DIALECT;
      const missing = wanted.filter((name) => !existsSync(join('src/protocols', folder, name)));
      assert.deepEqual(missing, []);
    });
  }

  it('share no path', () => {
    const paths = protocols.flatMap(({ routes }) =>
      routes.map(({ path, method = 'POST' }) => `${method} ${path}`),
    );
    assert.equal(new Set(paths).size, paths.length);
  });
});

describe('providers', () => {
  it('are all registered, each under the name of its folder', () => {
    assert.deepEqual(providers.map(({ id }) => id).sort(), foldersIn('src/providers'));
  });

  for (const provider of providers) {
    it(`${provider.id} speaks dialects there are, and says in one line what it is`, () => {
      assert.ok(provider.protocols.length > 0);
      for (const id of provider.protocols)
        assert.ok(
          protocols.some((protocol) => protocol.id === id),
          id,
        );
      assert.match(provider.summary, /^[^\n]{10,}\.$/);
    });

    it(`${provider.id} authorizes with a secret, and without one sends nothing that looks like one`, () => {
      for (const protocol of provider.protocols) {
        const given = provider.authorize(new Secret('sk-canary'), protocol);
        if (provider.simulate === undefined) assert.match(JSON.stringify(given), /sk-canary/);
        for (const [name, value] of Object.entries(given)) {
          assert.match(name, /^[a-z0-9-]+$/);
          assert.equal(typeof value, 'string');
        }
        assert.doesNotMatch(JSON.stringify(provider.authorize(undefined, protocol)), /undefined|bearer|key/i);
      }
    });
  }
});
