// What CONTRIBUTING shows must work as it stands there: its provider is compiled against the sources, and asked.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { after, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { Secret } from '../../src/canonical/ids.ts';
import type { Provider } from '../../src/canonical/provider.ts';
import { requestPath } from '../../src/providers/paths.ts';

const home = mkdtempSync(join(tmpdir(), 'signalbox-contributing-'));
after(() => rmSync(home, { recursive: true, force: true }));

function example(): string {
  const block = /^ *```ts\n([\s\S]*?)^ *```$/m.exec(readFileSync('CONTRIBUTING.md', 'utf8'))?.[1];
  assert.ok(block !== undefined, 'CONTRIBUTING shows no provider.');
  return block.replace(/^ {3}/gm, '');
}

it('the provider in CONTRIBUTING compiles', () => {
  const folder = join(home, 'src', 'providers', 'acme');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.ts'), example());
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  const project = join(home, 'tsconfig.json');
  const compilerOptions = {
    noEmit: true,
    incremental: false,
    tsBuildInfoFile: null,
    declaration: false,
    // The folder stands among the real ones, without being written there.
    rootDir: '/',
    rootDirs: [resolve('src'), join(home, 'src')],
    typeRoots: [resolve('node_modules/@types')],
  };
  const files = [join(folder, 'index.ts')];
  writeFileSync(
    project,
    JSON.stringify({ extends: resolve('tsconfig.json'), compilerOptions, files, include: [] }),
  );
  const compiler = resolve('node_modules/typescript/bin/tsc');
  const done = spawnSync(process.execPath, [compiler, '-p', project], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stdout + done.stderr);
});

it('the provider in CONTRIBUTING is one', async () => {
  const { code } = await transform(example(), { loader: 'ts' });
  const folder = new URL('../../src/providers/', import.meta.url);
  const placed = code.replace(
    /"\.\.\/([^"]+)\.ts"/g,
    (_, name: string) => `"${new URL(`${name}.js`, folder)}"`,
  );
  const file = join(home, 'acme.mjs');
  writeFileSync(file, placed);
  const { acme } = (await import(pathToFileURL(file).href)) as { acme: Provider };
  const wish = { protocol: 'openai-chat', operation: 'chat', stream: false, options: {} } as const;
  assert.equal(requestPath(acme, wish, '/v1'), '/v1/chat/completions');
  assert.deepEqual(acme.authorize(new Secret('s'), 'openai-chat'), { authorization: 'Bearer s' });
});
