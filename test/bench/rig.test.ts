import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBench } from './bench-modules.ts';

const { UsageError, parseOptions } = await loadBench('options');
const { WINDOWS } = await loadBench('windows');
const { ROWS } = await loadBench('rows');
const { DIALECTS, callBody } = await loadBench('dialects');

test('the default run is every case, five rounds, all contestants', () => {
  const { cases, rounds, contestants } = parseOptions([]);
  assert.deepEqual(cases, ['a', 'b', 'c', 'd', 'e', 'f', 's']);
  assert.equal(rounds, 5);
  assert.deepEqual(contestants, ['direct', 'nginx', 'signalbox', 'portkey']);
});

test('options may be written with a space or an equals sign', () => {
  assert.deepEqual(parseOptions(['--case', 'b,a']).cases, ['a', 'b']);
  assert.equal(parseOptions(['--rounds=7', '--quick']).rounds, 7);
  assert.equal(parseOptions(['--quick']).rounds, 2);
  assert.deepEqual(parseOptions(['--no-peers']).contestants, ['direct', 'nginx', 'signalbox']);
});

for (const args of [
  ['--case', 'x'],
  ['--case'],
  ['--rounds', '0'],
  ['--rounds', 'many'],
  ['--nonsense'],
  ['a'],
]) {
  test(`"${args.join(' ')}" is a mistake in the command line`, () => {
    assert.throws(() => parseOptions(args), UsageError);
  });
}

for (const [dialect, writer] of Object.entries(DIALECTS)) {
  test(`${dialect}: the sizes are the ones the targets were set for`, () => {
    assert.ok(Math.abs(writer.json().length - 560) <= 25, `JSON reply of ${writer.json().length}`);
    assert.ok(Math.abs(writer.frame(7).length - 250) <= 20, `frame of ${writer.frame(7).length}`);
    const small = callBody({ dialect, model: 'gpt-4o-mini', stream: true, promptBytes: 60 }).length;
    assert.ok(Math.abs(small - 220) <= 45, `call of ${small}`);
  });

  test(`${dialect}: only frames carry the mark that readers count by`, () => {
    const count = (text: string) => text.split('@').length - 1;
    assert.equal(count(writer.opening()) + count(writer.closing()), 0);
    assert.equal(count(writer.frame(42)), 1);
    assert.ok(writer.frame(42).includes('@0042'));
    assert.equal(count(writer.json()), 1);
  });

  test(`${dialect}: a stream ends with its terminal and every event is JSON`, () => {
    const text = writer.opening() + writer.frame(0) + writer.closing();
    assert.ok(text.slice(-64).includes(writer.terminal));
    const data = text.split('\n').filter((line) => line.startsWith('data: {'));
    for (const line of data) JSON.parse(line.slice(6));
    assert.ok(data.length >= 3);
  });

  test(`${dialect}: a long prompt is as long as asked, in turns, and names its stream`, () => {
    const body = callBody({ dialect, model: 'm', stream: true, promptBytes: 1000000, id: 'n000007' });
    assert.ok(body.length > 1000000 && body.length < 1060000, `${body.length}`);
    assert.ok(body.indexOf('bench-id:n000007') < 16384);
    assert.ok(writer.streams !== undefined || body.slice(0, 100).includes('"stream":true'));
    const { messages, input, contents } = JSON.parse(body);
    assert.ok((messages ?? input ?? contents).length > 10);
  });
}

test('every dialect knows its own calls and no other, and has a letter of its own', () => {
  const all = Object.values(DIALECTS);
  for (const dialect of all) {
    const head = `POST ${dialect.path({ model: dialect.model, stream: true })} HTTP/1.1\r\nhost: x`;
    assert.deepEqual(
      all.filter((each) => each.isCall(head)),
      [dialect],
    );
  }
  assert.equal(new Set(all.map(({ letter }) => letter)).size, all.length);
});

test('every window has a row, every row a window, and no key is used twice', () => {
  const keys = WINDOWS.map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
  const shown = new Set(ROWS.map(({ window }) => window));
  assert.deepEqual(
    keys.filter((key) => !shown.has(key)),
    [],
  );
  assert.deepEqual(
    [...shown].filter((key) => !keys.includes(key)),
    ['f', 's'],
  );
});

test('translations are measured streamed and whole', () => {
  const pairs = WINDOWS.filter((window) => window.case === 'd').map(
    ({ key, kind, per }) =>
      `${key} ${kind.face} ${kind.upstream} ${kind.stream ? 'streamed' : 'whole'} ${per}`,
  );
  assert.deepEqual(pairs, [
    'dca chat messages streamed frame',
    'dac messages chat streamed frame',
    'dcr chat responses streamed frame',
    'drc responses chat streamed frame',
    'dra responses messages streamed frame',
    'dcg chat gemini streamed frame',
    'dag messages gemini streamed frame',
    'dcaj chat messages whole request',
    'dacj messages chat whole request',
  ]);
});
