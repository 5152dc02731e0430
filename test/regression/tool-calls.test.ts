// Calls of tools in replies that went wrong elsewhere: arguments, names, ids, reasons to stop.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { ndjson, ollamaDone, ollamaLine, ollamaReply } from '../testkit/ollama-replies.ts';
import { namedEvent } from '../testkit/replies.ts';
import { responseOf, streamOf } from '../testkit/responses-replies.ts';
import { sse } from '../testkit/script.ts';
import { callDelta, chatDeltas, geminiStream, useScene } from './scene.ts';

const scene = useScene();
const STREAM = { stream: true };
const LOOK = { id: 'call_1', name: 'look', input: { city: 'Rome' } };
const LOOKED = { id: 'fc_1', type: 'function_call', status: 'completed', call_id: 'call_1', name: 'look' };

/** A stream of Responses without the events that match. */
function without(stream: string, types: RegExp): string {
  const events = stream.split('\n\n').filter((event) => !types.test(event.split('\n')[0] ?? ''));
  return renumbered(events.filter((event) => event !== ''));
}

function renumbered(events: readonly string[]): string {
  return events
    .map((event, at) =>
      namedEvent({ ...JSON.parse(event.slice(event.indexOf('data: ') + 6)), sequence_number: at }),
    )
    .join('');
}

describe('10: arguments that come only with the end of the call arrive as {}', () => {
  const whole = streamOf(responseOf([{ ...LOOKED, arguments: '{"city":"Rome"}' }]));
  const cuts: readonly (readonly [where: string, types: RegExp])[] = [
    ['in arguments.done', /arguments\.delta/],
    ['in output_item.done', /arguments\.(delta|done)/],
  ];
  for (const [where, types] of cuts) {
    for (const caller of ['chat', 'messages'] as const) {
      it(`${where}, for ${caller} callers`, async () => {
        scene.answer(sse(without(whole, types)));
        assert.deepEqual((await scene[caller]('responses', STREAM)).tools, [LOOK]);
      });
    }
  }
});

describe('26: calls of a local engine end in "stop", share index 0, or have objects for arguments', () => {
  const tools = [LOOK, { id: 'call_2', name: 'hear', input: { far: true } }];
  for (const stream of [false, true]) {
    it(`for Chat callers, ${stream ? 'streamed' : 'whole'}`, async () => {
      scene.answer(ollamaReply({ tools }));
      const said = await scene.chat('ollama', { stream });
      assert.equal(said.stop, 'tool_calls');
      assert.deepEqual(said.tools, tools);
    });
  }

  it('when every line counts its calls from 0', async () => {
    const call = ({ id, name, input }: JsonValue) => ({ id, function: { index: 0, name, arguments: input } });
    const lines = tools.map((tool) => ollamaLine({ content: '', tool_calls: [call(tool)] }));
    scene.answer(ndjson(lines.join('') + ollamaDone({ done: true, done_reason: 'stop', eval_count: 5 })));
    assert.deepEqual((await scene.chat('ollama', STREAM)).tools, tools);
  });
});

describe('26: parallel calls of an engine that speaks Chat are all number 0', () => {
  const tools = [LOOK, { id: 'call_2', name: 'hear', input: { far: true } }];
  for (const caller of ['messages', 'responses'] as const) {
    it(`and two for ${caller} callers`, async () => {
      const deltas = tools.map(({ id, name, input }) => callDelta(0, JSON.stringify(input), id, name));
      scene.answer(sse(chatDeltas(deltas, 'stop')));
      assert.deepEqual((await scene[caller]('chat', STREAM)).tools, tools);
    });
  }
});

describe('27: a call hides that the answer was cut short', () => {
  it('by an engine that says so in Chat', async () => {
    const cut = [callDelta(0, '{"city":"Rome"}', 'call_1', 'look')];
    scene.answer(sse(chatDeltas(cut, 'length')));
    assert.equal((await scene.messages('chat', STREAM)).stop, 'max_tokens');
    assert.equal((await scene.responses('chat', STREAM)).stop, 'max_output_tokens');
  });

  it('by an engine that has whole calls only', async () => {
    scene.answer(ollamaReply({ tools: [LOOK], finish: 'length' }));
    assert.equal((await scene.chat('ollama', STREAM)).stop, 'length');
    assert.equal((await scene.messages('ollama')).stop, 'max_tokens');
  });

  it('by a vendor that says "stop" after calls', async () => {
    scene.answer(geminiStream([{ functionCall: { id: 'fc_1', name: 'look', args: {} } }], 'MAX_TOKENS'));
    assert.equal((await scene.chat('gemini', STREAM)).stop, 'length');
  });
});

describe('28: the id and the name of a call come again with its last piece', () => {
  const deltas = [
    callDelta(0, '{"city":', 'call_1', 'look'),
    callDelta(0, '"Rome"}', 'call_1', 'look'),
    callDelta(0, '', 'call_1', 'look'),
  ];
  for (const caller of ['messages', 'responses'] as const) {
    it(`and are one call of that name for ${caller} callers`, async () => {
      scene.answer(sse(chatDeltas(deltas, 'tool_calls')));
      assert.deepEqual((await scene[caller]('chat', STREAM)).tools, [LOOK]);
    });
  }
});

describe('29: the last brace of the arguments is dropped', () => {
  const pieces = ['{"city":', '"Rome"', '}'];
  for (const caller of ['messages', 'responses'] as const) {
    it(`when it comes with the reason to stop, for ${caller} callers`, async () => {
      const deltas = [callDelta(0, '', 'call_1', 'look'), ...pieces.map((piece) => callDelta(0, piece))];
      scene.answer(sse(chatDeltas(deltas, 'tool_calls')));
      assert.deepEqual((await scene[caller]('chat', STREAM)).tools, [LOOK]);
    });
  }

  it('when it comes only in what repeats the whole', async () => {
    const whole = streamOf(responseOf([{ ...LOOKED, arguments: '{"city":"Rome"}' }]), (text) => [
      text.slice(0, -1),
    ]);
    scene.answer(sse(whole));
    assert.deepEqual((await scene.chat('responses', STREAM)).tools, [LOOK]);
  });
});

describe('11: text that comes before its item was announced is lost', () => {
  const part = { type: 'output_text', text: 'Hi.', annotations: [], logprobs: [] };
  const item = { id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content: [part] };
  const whole = streamOf(responseOf([item]));
  for (const caller of ['chat', 'messages'] as const) {
    it(`for ${caller} callers`, async () => {
      scene.answer(sse(without(whole, /output_item\.added|content_part\.added/)));
      assert.equal((await scene[caller]('responses', STREAM)).text, 'Hi.');
      const events = whole.split('\n\n').filter((event) => event !== '');
      const late = events.filter((event) => /output_item\.added/.test(event));
      const rest = events.filter((event) => !late.includes(event));
      const at = rest.findIndex((event) => /output_text\.done/.test(event));
      scene.answer(sse(renumbered([...rest.slice(0, at), ...late, ...rest.slice(at)])));
      assert.equal((await scene[caller]('responses', STREAM)).text, 'Hi.');
    });
  }
});
