// Replies as the vendor really sent them: watched, decoded, checked for order, encoded again and decoded again.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { orderFaults } from '../../../test/testkit/reply-events.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { decodeError } from './errors.ts';
import { decodeFrames, encode, told, watch } from './replay.ts';

const folder = '../shared/fixtures/wire/google';
const skip = existsSync(folder) ? false : `${folder} missing`;

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

function streamOf(name: string): string {
  const lines = read(name).split('\n');
  return lines.flatMap((line) => (line.trim() === '' ? [] : [`data: ${line}\r\n\r\n`])).join('');
}

interface Row {
  readonly file: string;
  readonly says: RegExp;
  readonly usage: readonly [fresh: number, output: number, reasoning: number];
}

const rows: readonly Row[] = [
  {
    file: 'google-reasoning.json',
    says: /^text <google EvsF[^>]*>: There are \*\*3\*\* .*\.\n0 stop$/s,
    usage: [9, 311, 282],
  },
  {
    file: 'google-reasoning.chunks.txt',
    says: /^text <google Eo0H[^>]*>: There are \*\*3\*\* "r"s in strawberry\.\n\nHere .*\n0 stop$/s,
    usage: [9, 285, 256],
  },
  {
    file: 'google-tool-call-gemini3.json',
    says: /^call call_[0-9a-f]{24} weather <google Eqo\+[^>]*>: \{"location":"San Francisco"\}\n0 tools$/,
    usage: [29, 1816, 1801],
  },
  {
    file: 'google-tool-call-gemini3.chunks.txt',
    says: /^call call_[0-9a-f]{24} weather <google EpEg[^>]*>: \{"location":"San Francisco"\}\n0 tools$/,
    usage: [29, 819, 804],
  },
  {
    file: 'google-stream-tool-call-array-arguments-missing-terminal-function-call.chunks.txt',
    says: /^call call_[0-9a-f]{24} writeItems <google AY89[^>]*>: \{"operations":\[\{"action":"add","description":"Fresh red apple","itemid":"apple_001","price":0\.5\},\{"action":"add","description":"Ripe yellow banana","itemid":"banana_001","price":0\.3\}\]\}\n0 tools$/,
    usage: [54, 195, 121],
  },
];

for (const { file, says, usage } of rows) {
  const stream = file.endsWith('.chunks.txt');

  test(`${file} is read as what it says`, { skip }, () => {
    const watched = watch([stream ? streamOf(file) : read(file)], stream);
    assert.equal(watched.fault, undefined);
    assert.equal(watched.kinds.at(-1), 'terminal');
    const events = decodeFrames(watched.frames, stream);
    assert.deepEqual(orderFaults(events), []);
    assert.match(told(events).join('\n'), says);
    const [fresh, output, reasoning] = usage;
    const expected = { fresh, cacheRead: 0, cacheWrite: 0, output, reasoning, estimated: false };
    assert.deepEqual(watched.usage, expected);
    assert.deepEqual(events.find((event) => event.type === 'usage')?.usage, expected);
  });

  test(`${file} says the same after a second trip, streamed and whole`, { skip }, () => {
    const events = decodeFrames(watch([stream ? streamOf(file) : read(file)], stream).frames, stream);
    for (const streamed of [true, false]) {
      const { text, ledger } = encode(events, streamed);
      assert.deepEqual(ledger, [], 'a dialect can say what it said');
      const again = decodeFrames(watch([text], streamed).frames, streamed);
      assert.deepEqual(orderFaults(again), []);
      assert.deepEqual(told(again), told(events));
      assert.deepEqual(lastUsage(again), lastUsage(events));
    }
  });
}

function lastUsage(events: readonly ReplyEvent[]): unknown {
  return events.findLast((event) => event.type === 'usage');
}

test('every cut of a recorded stream gives the same frames, events and usage', { skip }, () => {
  for (const { file } of rows.filter((row) => row.file.endsWith('.chunks.txt'))) {
    const bytes = Buffer.from(streamOf(file));
    const whole = watch([bytes]);
    const expected = told(decodeFrames(whole.frames));
    for (let at = 1; at < bytes.length; at += 7) {
      const cut = watch([bytes.subarray(0, at), bytes.subarray(at)]);
      assert.deepEqual(Buffer.concat(cut.frames), Buffer.concat(whole.frames), `cut at ${at}`);
      assert.deepEqual(told(decodeFrames(cut.frames)), expected, `cut at ${at}`);
      assert.deepEqual(cut.usage, whole.usage, `cut at ${at}`);
    }
  }
});

test('the recorded refusal for too many calls says when to come back', { skip }, () => {
  const error = decodeError(429, {}, Buffer.from(read('google-429-retry-info.json')));
  assert.equal(error.code, 'upstream_rate_limited');
  assert.equal(error.detail.retryAfter, 34.4);
});
