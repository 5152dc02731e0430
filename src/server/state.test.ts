import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigError } from '../config/config-error.ts';
import { StateFolder } from './state.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folder(files: Readonly<Record<string, string>> = {}, mode = 0o600): string {
  const path = mkdtempSync(join(tmpdir(), 'signalbox-state-'));
  folders.push(path);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(path, name), text);
    chmodSync(join(path, name), mode);
  }
  return path;
}

const modeOf = (path: string, name: string): number => statSync(join(path, name)).mode & 0o777;
const GOOD = '0f'.repeat(32);

test('the pepper is made once and kept', () => {
  const path = folder();
  const first = new StateFolder(path).pepper();
  assert.equal(first.length, 32);
  assert.deepEqual(new StateFolder(path).pepper(), first);
});

for (const [why, text] of [
  ['as it is', GOOD],
  ['with a line end', `${GOOD}\n`],
  ['in capitals', GOOD.toUpperCase()],
] as const) {
  test(`a pepper of 32 bytes in hex is taken ${why}`, () => {
    const state = new StateFolder(folder({ pepper: text }));
    assert.deepEqual(state.pepper(), Buffer.from(GOOD, 'hex'));
    assert.deepEqual(state.notes, []);
  });
}

for (const [why, text] of [
  ['empty', ''],
  ['cut short', GOOD.slice(1)],
  ['too long', `${GOOD}00`],
  ['64 characters that are no hex', 'z'.repeat(64)],
  ['hex with one letter wrong', `${GOOD.slice(1)}g`],
  ['two peppers', `${GOOD}\n${GOOD}\n`],
] as const) {
  test(`a pepper that is ${why} is refused, not replaced`, () => {
    const path = folder({ pepper: text });
    assert.throws(
      () => new StateFolder(path).pepper(),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, /pepper:1:1 The file .*pepper does not hold 32 bytes in hex/);
        assert.match(error.message, /Restore it from a backup\. Or delete it/);
        return true;
      },
    );
    assert.equal(readFileSync(join(path, 'pepper'), 'utf8'), text);
  });
}

test('what cannot be read is said in a sentence', () => {
  const path = folder();
  new StateFolder(join(path, 'pepper'));
  assert.throws(() => new StateFolder(path).pepper(), /The file .*pepper is a folder\. Let the user/);
});

for (const [name, danger, read] of [
  ['pepper', /can test guesses at keys given as hashes/, (state: StateFolder) => state.pepper()],
  ['key', /delete it to get a new one/, (state: StateFolder) => state.firstKey()],
] as const) {
  for (const mode of [0o640, 0o604, 0o620]) {
    test(`a ${name} of mode ${mode.toString(8)} is made private, loudly`, () => {
      const path = folder({ [name]: `${GOOD}\n` }, mode);
      const state = new StateFolder(path);
      read(state);
      assert.equal(modeOf(path, name), 0o600);
      const [note = '', ...others] = state.notes;
      assert.deepEqual(others, []);
      const said = `OTHERS COULD READ ${join(path, name)} (mode 0${mode.toString(8)}); now it is 0600. `;
      assert.ok(note.startsWith(said), note);
      assert.match(note, danger);
      const again = new StateFolder(path);
      read(again);
      assert.deepEqual(again.notes, []);
    });
  }

  test(`a ${name} written where a crash has left a readable file is private all the same`, () => {
    const path = folder({ [`${name}.new`]: 'half' }, 0o644);
    read(new StateFolder(path));
    assert.equal(modeOf(path, name), 0o600);
  });
}
