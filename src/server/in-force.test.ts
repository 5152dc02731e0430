import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../config/parse.ts';
import type { Config } from '../config/schema.ts';
import { inForce, waitingSettings } from './in-force.ts';

function config(text: string): Config {
  const parsed = parseConfig(text, { file: 'test', env: {} });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.config;
}

const running = config('');

/** Every setting of these sections: what a reload does with it. */
const rows: readonly (readonly [text: string, waits: readonly string[]])[] = [
  ['', []],
  ['listen: { host: 127.0.0.2 }', ['listen.host']],
  ['listen: { port: 9 }', ['listen.port']],
  ['listen: { drain: 1s }', ['listen.drain']],
  ['listen: { stall: 1s }', ['listen.stall']],
  ['listen: { arrival: 1s }', ['listen.arrival']],
  ['listen: { workers: 2 }', ['listen.workers']],
  ['listen: { worker_memory: 1gb }', ['listen.worker_memory']],
  ['overload: { lag: 1s }', ['overload.lag']],
  ['overload: { calls: 9 }', ['overload.calls']],
  ['overload: { bytes: 1mb }', ['overload.bytes']],
  ['listen: { max_body: 1kb }', []],
  ['listen: { max_depth: 9 }', []],
  ['listen: { cors: { origins: ["*"] } }', []],
  ['state: elsewhere', ['state']],
  ['cache: { max_bytes: 2mb }', ['cache.max_bytes']],
  ['cache: { max_entry: 1kb }', ['cache.max_entry']],
  ['journal: { path: /elsewhere }', ['journal.path']],
  ['journal: { max_size: 1mb }', ['journal.max_size']],
  ['log: { format: json }', ['log.format']],
  ['log: { level: silent }', []],
  ['attempts: 5', []],
  ['listen: { port: 9, max_depth: 9 }\ncache: { max_bytes: 2mb }', ['listen.port', 'cache.max_bytes']],
];

for (const [text, waits] of rows) {
  test(`"${text.replace('\n', '; ')}" ${waits.length === 0 ? 'takes effect at once' : 'waits'}`, () => {
    const changed = config(text);
    assert.deepEqual(waitingSettings(running, changed), waits);
    assert.deepEqual(waitingSettings(changed, changed), [], 'nothing has changed');
    const now = inForce(running, changed);
    assert.deepEqual(waitingSettings(running, now), [], 'what is in force is what runs');
    if (waits.length === 0) assert.deepEqual(now, changed);
    else assert.notDeepEqual(now, changed);
  });
}

test('TLS waits: the certificate was read at the start', () => {
  const changed = { ...running, listen: { ...running.listen, tls: { cert: '/c', key: '/k' } } };
  assert.deepEqual(waitingSettings(running, changed), ['listen.tls']);
});

test('the table above knows every setting of the sections it is about', () => {
  const known = rows.map(([text]) => text).join();
  const { listen, overload, cache, journal, log } = running;
  const names = [listen, overload, cache, journal, log].flatMap((section) => Object.keys(section));
  const snake = names.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  assert.deepEqual(
    snake.filter((name) => name !== 'tls' && name !== 'port_asked' && !known.includes(`${name}:`)),
    [],
  );
});
