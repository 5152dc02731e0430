// Every recorded reply of this dialect: watched, decoded in order, re-encoded, decoded again to the same
// events, and what we write measured against OpenAI's own description.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it, test } from 'node:test';
import type { JsonValue } from '../../../test/testkit/json-value.ts';
import { misfits, OPENAI, readSchemas, ref } from '../../../test/testkit/openapi.ts';
import { orderFaults, outline } from '../../../test/testkit/reply-events.ts';
import {
  checkResponsesBody,
  checkResponsesStream,
  responseEvents,
} from '../../../test/testkit/responses-checker.ts';
import {
  finalOf,
  RECORDED,
  recordedBodies,
  recordedStreams,
} from '../../../test/testkit/responses-recordings.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { decodeBody, decodeStream, encodeBody, encodeStream, watch } from './replay.ts';

/** Ids of responses that were none, and which of its tiers a vendor chose. */
function essence(events: readonly ReplyEvent[]): ReplyEvent[] {
  return events.map((event) => (event.type === 'start' ? { ...event, id: '', extras: {} } : event));
}

test('the recorded replies are there', (t) => {
  if (!existsSync(RECORDED)) return t.skip(`${RECORDED} missing: ONLY OUR OWN REPLIES ARE PLAYED BACK`);
  assert.ok(recordedStreams().length >= 36 && recordedBodies().length >= 31);
});

describe('recorded streams', () => {
  const all = recordedStreams();
  for (const { name, text, broken } of all) {
    it(name, () => {
      const { fault, frames, usage } = watch(true, text);
      if (broken) {
        assert.equal(fault?.code, 'upstream_garbled');
        return;
      }
      assert.equal(fault, undefined);
      assert.equal(frames.map(([, bytes]) => bytes).join(''), text, 'every byte goes through');
      assert.equal(frames.at(-1)?.[0], 'terminal');
      assert.ok(usage !== undefined);

      const events = decodeStream(text);
      assert.deepEqual(orderFaults(events), []);
      assert.deepEqual(decodeStream(...frames.map(([, bytes]) => bytes)), events);
      const written = encodeStream(events);
      checkResponsesStream(written);
      assert.deepEqual(essence(decodeStream(written)), essence(events));
      // The final response alone says the same as the stream.
      const whole = decodeBody(finalOf(text));
      assert.deepEqual(saidBy(whole), saidBy(events));
    });
  }
});

describe('recorded bodies', () => {
  const all = recordedBodies();
  for (const { name, text } of all) {
    it(name, () => {
      const { fault, frames } = watch(false, text);
      assert.equal(fault, undefined);
      assert.deepEqual(frames, [['terminal', text]]);
      const events = decodeBody(text);
      assert.deepEqual(orderFaults(events), []);
      checkResponsesBody(JSON.parse(encodeBody(events)));
      checkResponsesStream(encodeStream(events));
      assert.deepEqual(essence(decodeBody(encodeBody(events))), essence(events));
      assert.deepEqual(outline(essence(decodeStream(encodeStream(events)))), outline(essence(events)));
    });
  }
});

test("what we write fits OpenAI's own description", (t) => {
  if (!existsSync(OPENAI)) return t.skip(`${OPENAI} missing`);
  const schemas = readSchemas(OPENAI);
  const eventSchemas = new Map(
    Object.values(schemas).flatMap((schema) =>
      (schema.properties?.['type']?.enum ?? []).map((type) => [type, schema] as const),
    ),
  );
  for (const { name, text, broken } of recordedStreams()) {
    // Tools and events of other vendors are theirs to describe.
    if (broken || name.startsWith('xai')) continue;
    const events = withoutRaw(decodeStream(text));
    for (const event of responseEvents(encodeStream(events))) {
      const schema = eventSchemas.get(event.type);
      assert.ok(schema !== undefined, event.type);
      if (event.response !== undefined) event.response = stated(event.response);
      assert.deepEqual(misfits(event, schema, schemas, name), []);
    }
    const body = stated(JSON.parse(encodeBody(events)));
    assert.deepEqual(misfits(body, ref('Response'), schemas, name), []);
  }
});

/** What is said: seals and ids are made anew for the final response, and notes have no place among its words. */
function saidBy(events: readonly ReplyEvent[]): string[] {
  const said = new Map<number, string>();
  let end = '';
  for (const event of events) {
    if (event.type === 'open') said.set(event.index, `${headOf(event.block)}: `);
    else if (event.type === 'delta') said.set(event.index, `${said.get(event.index)}${event.text}`);
    else if (event.type === 'annotate') said.set(event.index, `*${said.get(event.index)}`);
    else if (event.type === 'finish') end = event.reason;
  }
  return [...said.values(), end];
}

function headOf(block: Extract<ReplyEvent, { type: 'open' }>['block']): string {
  if (block.type === 'tool_call') return `${block.name} ${block.id}`;
  return block.type === 'raw' ? (block.value as { type: string }).type : block.type;
}

/** As OpenAI itself does, and its description does not say. */
function stated({ usage, user, ...response }: JsonValue): JsonValue {
  return { ...response, ...(usage === null ? {} : { usage }), ...(user === null ? {} : { user }) };
}

function withoutRaw(events: readonly ReplyEvent[]): ReplyEvent[] {
  return events.filter((event) => event.type !== 'open' || event.block.type !== 'raw');
}
