import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ConfigWatch, type WatchOptions, watchConfig } from './reload.ts';

interface Bench {
  readonly file: string;
  readonly watch: ConfigWatch;
  /** What was said: attempts of a good config, messages of a bad one. */
  readonly said: (number | string)[];
  write(text: string): void;
  event(name: string | null): void;
  /** Lets the quiet time pass. */
  tick(): void;
  readonly waiting: () => number;
  readonly watching: () => boolean;
}

function bench(t: TestContext, first = 'attempts: 1'): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'signalbox.yaml');
  writeFileSync(file, first);
  const said: (number | string)[] = [];
  const ticks = new Set<() => void>();
  let listener: ((name: string | null) => void) | undefined;
  const options: WatchOptions = {
    env: {},
    ticker: {
      every: (_milliseconds, tick) => {
        const own = () => tick();
        ticks.add(own);
        return () => ticks.delete(own);
      },
    },
    onChange: (config) => said.push(config.attempts),
    onProblems: (problems) => said.push(...problems.map((problem) => problem.message)),
    watchFolder: (_folder, onEvent) => {
      listener = onEvent;
      return () => {
        listener = undefined;
      };
    },
  };
  const watch = watchConfig(file, options);
  return {
    file,
    watch,
    said,
    write: (text) => writeFileSync(file, text),
    event: (name) => listener?.(name),
    tick: () => {
      for (const tick of [...ticks]) tick();
    },
    waiting: () => ticks.size,
    watching: () => listener !== undefined,
  };
}

test('a good change is handed over, once it is quiet, and only once', (t) => {
  const { write, event, tick, said, waiting } = bench(t);
  write('attempts: 2');
  event('signalbox.yaml');
  event('signalbox.yaml');
  event('signalbox.yaml');
  assert.deepEqual(said, []);
  assert.equal(waiting(), 1);
  tick();
  assert.deepEqual(said, [2]);
  assert.equal(waiting(), 0);
});

test('a bad change is reported; the next good one is taken', (t) => {
  const { write, event, tick, said } = bench(t);
  write('attempts: many');
  event('signalbox.yaml');
  tick();
  write('attempts: 4');
  event('signalbox.yaml');
  tick();
  assert.deepEqual(said, ['"attempts" must be a whole number, not "many".', 4]);
});

test('back to the text before a bad change counts as a change', (t) => {
  const { write, event, tick, said } = bench(t);
  write('attempts: many');
  event('signalbox.yaml');
  tick();
  write('attempts: 1');
  event('signalbox.yaml');
  tick();
  assert.equal(said[1], 1);
});

test('an event without a change says nothing', (t) => {
  const { event, tick, said } = bench(t);
  event('signalbox.yaml');
  tick();
  assert.deepEqual(said, []);
});

test('other files are none of our business; a mounted link and an unnamed event may be ours', (t) => {
  const { write, event, tick, said, waiting } = bench(t);
  event('journal');
  assert.equal(waiting(), 0);
  write('attempts: 5');
  event('..data');
  tick();
  write('attempts: 6');
  event(null);
  tick();
  assert.deepEqual(said, [5, 6]);
});

test('a file that has become empty is an accident, not a wish', (t) => {
  const { write, event, tick, said } = bench(t);
  write('\n');
  event('signalbox.yaml');
  tick();
  assert.deepEqual(said, ['The config file has become empty.']);
});

test('a file that vanished is reported, and taken again when it is back', (t) => {
  const { file, event, tick, said } = bench(t);
  renameSync(file, `${file}.old`);
  event('signalbox.yaml');
  tick();
  renameSync(`${file}.old`, file);
  writeFileSync(file, 'attempts: 7');
  event('signalbox.yaml');
  tick();
  assert.deepEqual(said, ['The config file does not exist.', 7]);
});

test('a reload that was asked for happens at once, changed or not', (t) => {
  const { watch, said } = bench(t);
  watch.reload();
  assert.deepEqual(said, [1]);
});

test('after close nothing is watched, awaited or read', (t) => {
  const { watch, write, event, tick, said, waiting, watching } = bench(t);
  write('attempts: 8');
  event('signalbox.yaml');
  watch.close();
  assert.equal(waiting(), 0);
  assert.equal(watching(), false);
  tick();
  watch.reload();
  assert.deepEqual(said, []);
});

test('on a real folder, a file moved into place is noticed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'signalbox.yaml');
  writeFileSync(file, 'attempts: 1');
  const attempts = await new Promise<number>((resolve, reject) => {
    const watch = watchConfig(file, {
      env: {},
      ticker: {
        every: (milliseconds, tick) => {
          const timer = setInterval(tick, milliseconds);
          return () => clearInterval(timer);
        },
      },
      onChange: (config) => resolve(config.attempts),
      onProblems: (problems) => reject(new Error(problems[0]?.message)),
    });
    t.after(() => watch.close());
    // The watcher does not keep a process alive; this test does until it has heard.
    const alive = setInterval(() => undefined, 1_000);
    t.after(() => clearInterval(alive));
    writeFileSync(`${file}.new`, 'attempts: 9');
    renameSync(`${file}.new`, file);
  });
  assert.equal(attempts, 9);
});
