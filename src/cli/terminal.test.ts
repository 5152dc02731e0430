import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandName } from './terminal.ts';

const here = process.cwd();

const rows: readonly (readonly [string | undefined, NodeJS.ProcessEnv, string, string])[] = [
  ['/usr/local/bin/signalbox', {}, 'signalbox', 'installed'],
  ['/x/_npx/1/node_modules/.bin/signalbox', { npm_command: 'exec' }, 'npx signalbox', 'through npx'],
  [
    join(here, 'dist/signalbox.js'),
    { npm_command: 'run-script' },
    'node dist/signalbox.js',
    'from a checkout',
  ],
  ['/elsewhere/dist/signalbox.js', {}, 'node /elsewhere/dist/signalbox.js', 'from another folder'],
  [undefined, {}, 'signalbox', 'from nowhere'],
];

for (const [script, env, wanted, sentence] of rows) {
  test(`how to call the program again: ${sentence}`, () => {
    assert.equal(commandName(script, env), wanted);
  });
}
