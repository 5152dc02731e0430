import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findConfig, loadConfig } from './load.ts';

test('the file asked for wins over the environment, and that over the usual name', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const env = { SIGNALBOX_CONFIG: 'from-env.yaml' };
  assert.equal(findConfig(undefined, {}, folder), undefined);
  writeFileSync(join(folder, 'signalbox.yaml'), '');
  assert.equal(findConfig('asked.yaml', env, folder), 'asked.yaml');
  assert.equal(findConfig(undefined, env, folder), 'from-env.yaml');
  assert.equal(findConfig(undefined, { SIGNALBOX_CONFIG: '' }, folder), 'signalbox.yaml');
});

test('a file that cannot be read is a problem like any other', () => {
  const parsed = loadConfig(join(tmpdir(), 'signalbox-nowhere', 'a.yaml'), { env: {} });
  assert.deepEqual(
    parsed.ok ? [] : parsed.problems.map(({ line, column, message }) => [line, column, message]),
    [[1, 1, 'The config file does not exist.']],
  );
  const folder = loadConfig(tmpdir(), { env: {} });
  assert.deepEqual(folder.ok ? [] : folder.problems.map(({ message }) => message), [
    'The config file is a folder.',
  ]);
});
