import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { test } from 'node:test';
import { createFigures, youngSpace } from './figures.ts';

const MB = 2 ** 20;

const rows: readonly (readonly [version: string, flags: string, size: number])[] = [
  ['20.20.2', '', 48],
  ['22.0.0', '--max-old-space-size=256', 48],
  ['24.1.0', '', 192],
  ['24.1.0', '--max-semi-space-size=32', 96],
  ['20.20.2', '--enable-source-maps --max_semi_space_size 8', 24],
];

for (const [version, flags, size] of rows) {
  test(`the young of node ${version} ${flags} have ${size} MiB`, () => {
    assert.equal(youngSpace(version, flags), size * MB);
  });
}

test('the limit is that of old space, in this very node', () => {
  const file = new URL('./figures.js', import.meta.url).href;
  const script = `import(${JSON.stringify(file)}).then((m) => console.log(m.createFigures().heap().limit))`;
  const { stdout } = spawnSync(process.execPath, ['--max-old-space-size=512', '-e', script], {
    encoding: 'utf8',
  });
  assert.equal(Number(stdout), 512 * MB);
});

test('a full collection takes garbage out of the figure', () => {
  const figures = createFigures();
  let hoard: object[] = Array.from({ length: 300_000 }, (_, at) => ({ at }));
  figures.collect();
  const full = figures.heap().used;
  assert.equal(hoard.length, 300_000);
  hoard = [];
  figures.collect();
  assert.ok(figures.heap().used < full - 5 * MB);
});

test('descriptors are counted, where the system tells', (t) => {
  const found = createFigures().descriptors();
  if (found === undefined) t.skip('there is no /proc here');
  else assert.ok(found.open > 3 && found.open < found.most);
});
