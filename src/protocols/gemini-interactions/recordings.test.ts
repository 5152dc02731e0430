// Replies as the vendor really sent them: every one is watched, decoded and checked for order, and says what the
// recording says when it is read without us.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { type JsonValue, parse } from '../../../test/testkit/json-value.ts';
import { orderFaults } from '../../../test/testkit/reply-events.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { decodeFrames, frame, told, watch } from './replay.ts';

const FOLDER = '../shared/fixtures/wire/google/interactions';
const STREAM = '.chunks.txt';
const names = existsSync(FOLDER) ? readdirSync(FOLDER).sort() : [];

test('the recorded interactions are there', (t) => {
  if (!existsSync(FOLDER)) return t.skip(`${FOLDER} missing: NO RECORDED INTERACTION IS PLAYED BACK`);
  assert.ok(names.length >= 11, String(names));
});

interface Recording {
  readonly stream: boolean;
  readonly bytes: Buffer;
  /** The steps and the end, however they came. */
  readonly steps: readonly JsonValue[];
  readonly end: JsonValue;
}

function read(name: string): Recording {
  const text = readFileSync(join(FOLDER, name), 'utf8');
  if (!name.endsWith(STREAM)) {
    const body = parse(text);
    return { stream: false, bytes: Buffer.from(text), steps: body.steps, end: body };
  }
  const events = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parse);
  const end = events.find((event) => event.event_type === 'interaction.completed')?.interaction;
  return { stream: true, bytes: Buffer.from(events.map(frame).join('')), steps: gathered(events), end };
}

/** Deltas put into their steps, as far as these recordings need it. */
function gathered(events: readonly JsonValue[]): readonly JsonValue[] {
  const steps: JsonValue[] = [];
  for (const { event_type: type, index, step, delta } of events) {
    if (type === 'step.start') steps[index] = { ...step };
    if (type !== 'step.delta') continue;
    const into = steps[index];
    if (delta.type === 'text') into.content = [{ type: 'text', text: textOf(into) + delta.text }];
    else if (delta.type === 'text_annotation_delta') into.content[0].annotations = delta.annotations;
    else if (delta.type === 'arguments_delta') into.arguments = parse(delta.arguments);
    else Object.assign(into, { ...delta, type: into.type });
  }
  return steps;
}

function textOf(step: JsonValue): string {
  return (step.content ?? []).map((item: JsonValue) => item.text).join('');
}

/** A line for each step, as `told` has it: a thought vouches for the first call behind it. */
function expected({ steps, end }: Recording): readonly string[] {
  let signature = '';
  const lines = steps.map((step) => {
    if (step.type === 'thought') {
      signature = ` <google ${step.signature}>`;
      return `reasoning${signature}`;
    }
    if (step.type === 'model_output') return `text: ${textOf(step)}`;
    if (step.type !== 'function_call') return `raw ${JSON.stringify(step)}`;
    return `call ${step.id} ${step.name}${signature}: ${JSON.stringify(step.arguments)}`;
  });
  return [...lines, end.status === 'requires_action' ? 'tools' : 'stop'];
}

function withoutNotes(events: readonly ReplyEvent[]): readonly ReplyEvent[] {
  return events.filter((event) => event.type !== 'annotate');
}

describe('recorded interactions', () => {
  for (const name of names) {
    it(name, () => {
      const recording = read(name);
      const { bytes, stream, end } = recording;
      const { fault, frames, kinds, usage } = watch([bytes], stream);
      assert.equal(fault, undefined);
      assert.equal(kinds.at(-1), 'terminal');
      assert.deepEqual(Buffer.concat(frames), bytes, 'every byte goes through');
      const events = decodeFrames(frames, stream);
      assert.deepEqual(orderFaults(events), []);
      assert.deepEqual(told(withoutNotes(events)), expected(recording));
      const stated = end.usage;
      assert.deepEqual(usage, {
        fresh: stated.total_input_tokens + stated.total_tool_use_tokens - stated.total_cached_tokens,
        cacheRead: stated.total_cached_tokens,
        cacheWrite: 0,
        output: stated.total_output_tokens + stated.total_thought_tokens,
        reasoning: stated.total_thought_tokens,
        estimated: false,
      });
      assert.equal(
        usage === undefined ? 0 : usage.fresh + usage.cacheRead + usage.output,
        stated.total_tokens,
      );
      assert.deepEqual(events.find((event) => event.type === 'usage')?.usage, usage);
    });
  }

  for (const name of names.filter((file) => file.startsWith('google-search'))) {
    it(`${name}: citations point to the same words, counted in characters`, () => {
      const { bytes, stream, steps } = read(name);
      const events = decodeFrames(watch([bytes], stream).frames, stream);
      const output = steps.find((step) => step.type === 'model_output');
      const text = textOf(output);
      const notes = events.flatMap((event) => (event.type === 'annotate' ? [event.value as JsonValue] : []));
      const wire = output.content.flatMap((item: JsonValue) => item.annotations ?? []);
      assert.ok(notes.length > 0);
      assert.equal(notes.length, wire.length);
      for (const [at, note] of notes.entries()) {
        const meant = Buffer.from(text).subarray(wire[at].start_index, wire[at].end_index).toString();
        assert.equal([...text].slice(note.start_index, note.end_index).join(''), meant);
        assert.equal(note.url, wire[at].url);
      }
    });
  }

  for (const name of names.filter((file) => file.endsWith(STREAM))) {
    it(`${name}, cut anywhere, is the same frames, events and usage`, () => {
      const { bytes } = read(name);
      const whole = watch([bytes]);
      const events = decodeFrames(whole.frames);
      const step = Math.max(1, Math.floor(bytes.length / 700));
      for (let at = 1; at < bytes.length; at += step) {
        const cut = watch([bytes.subarray(0, at), bytes.subarray(at)]);
        assert.deepEqual(Buffer.concat(cut.frames), bytes, `cut at ${at}`);
        assert.deepEqual(told(decodeFrames(cut.frames)), told(events), `cut at ${at}`);
        assert.deepEqual(cut.usage, whole.usage, `cut at ${at}`);
        assert.equal(cut.pieces, whole.pieces, `cut at ${at}`);
      }
    });

    it(`${name}, broken off before its end, is never whole`, () => {
      const { bytes } = read(name);
      const end = bytes.indexOf('event: interaction.completed');
      for (const at of [end, Math.floor(end / 2), end - 1]) {
        const { fault, kinds } = watch([bytes.subarray(0, at)]);
        assert.match(String(fault?.code), /^upstream_(truncated|garbled)$/);
        assert.ok(!kinds.includes('terminal'));
      }
    });
  }
});
