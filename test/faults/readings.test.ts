// Replies that come in strange pieces, with broken letters, or with figures that cannot be true.
import assert from 'node:assert/strict';
import process from 'node:process';
import { describe, it } from 'node:test';
import { encodeAll, readAlong } from '../matrix/read-along.ts';
import { converseEvents, converseStream } from '../testkit/converse-replies.ts';
import {
  bodyIn,
  type Dialect,
  dialects,
  eventsIn,
  replyIn,
  streamHead,
  streamsIn,
} from '../testkit/dialects.ts';
import { type JsonValue, parse } from '../testkit/json-value.ts';
import type { ReplyOptions } from '../testkit/replies.ts';
import { bytes, end, json, piecesOf, type Script, splitAt } from '../testkit/script.ts';
import type { RecordedCall } from '../testkit/scripted-upstream.ts';
import { answerOf, each, type Fault, inTurn, useScene } from './scene.ts';

const stage = useScene();
/** Many more pairs of cuts, for whoever has the time. */
const HEAVY = process.env['FAULTS_HEAVY'] === '1';
const LETTERS = 'é→😀"\\\n';
const SMALL: ReplyOptions = {
  text: ['a', LETTERS],
  tools: [{ id: 'call_1', name: 't', input: { ä: '😀' } }],
};

const REPEATED =
  /"background":.*?"max_output_tokens":null,|"parallel_tool_calls":.*?"truncation":"disabled",/g;

const protocolIds: Readonly<Record<Dialect, string>> = {
  chat: 'openai-chat',
  messages: 'anthropic-messages',
  responses: 'openai-responses',
  ollama: 'ollama-chat',
  gemini: 'gemini-generate',
  converse: 'bedrock-converse',
};

/** The stream, and the same with the other end of line where there are lines. */
function streamsOf(dialect: Dialect): readonly Buffer[] {
  const stream = Buffer.concat(eventsIn(dialect, SMALL));
  if (dialect === 'converse') return [stream];
  // Without what Responses repeats of the call, three times.
  const text = stream.toString().replaceAll(REPEATED, '');
  const other = text.includes('\r\n') ? text.replaceAll('\r\n', '\n') : text.replaceAll('\n', '\r\n');
  return [Buffer.from(text), Buffer.from(other)];
}

describe('row 13: split anywhere, a stream says the same', () => {
  for (const dialect of dialects) {
    it(`row 13: ${dialect}, at every byte, and at every two bytes within letters and line ends`, () => {
      const streams = streamsOf(dialect);
      for (const [number, stream] of streams.entries()) {
        const id = protocolIds[dialect];
        const { events, usage, fault } = readAlong(id, [stream]);
        assert.equal(fault, undefined);
        const encoded = encodeAll(events);
        const whole = JSON.stringify([events, usage, fault]);
        const compare = (cuts: readonly number[]): void => {
          const cut = readAlong(id, piecesOf(stream, cuts));
          assert.equal(JSON.stringify([cut.events, cut.usage, cut.fault]), whole, `cut at ${cuts}`);
        };
        const isLast = number === streams.length - 1;
        const step = number === 0 || HEAVY ? 1 : 7;
        for (let at = 1; at < stream.length; at += step) compare([at]);
        // One of the two ends of line will do for pairs of cuts.
        if (isLast || HEAVY) for (const [first, second] of pairs(stream)) compare([first, second]);
        const every = readAlong(id, piecesOf(stream, Array.from(stream.keys()).slice(1)));
        assert.deepEqual(encodeAll(every.events), encoded, 'byte by byte, in every other dialect');
      }
    });
  }

  it('row 13: over real sockets, seven bytes at a time, to every face', async () => {
    const told = async (dribble: boolean): Promise<readonly (readonly [string, JsonValue])[]> => {
      const script: Fault = (dialect, call) => {
        if (!streamsIn(dialect, call)) return replyIn(dialect, SMALL)(call);
        const stream = Buffer.concat(eventsIn(dialect, SMALL, call));
        const cuts = dribble ? Array.from(stream.keys()).filter((at) => at > 0 && at % 7 === 0) : [];
        return [streamHead(dialect), ...splitAt(stream, cuts), end];
      };
      const all = await stage.scene.play(script, { streams: [true] });
      each(all, (one) => assert.equal(answerOf(one).text, `a${LETTERS}`));
      return all.map((one) => {
        const { text, reasoning, tools, stop, usage } = answerOf(one);
        return [
          one.label,
          { text, reasoning, stop, usage, tools: tools.map(({ name, input }) => [name, input]) },
        ];
      });
    };
    assert.deepEqual(await told(true), await told(false));
  });
});

/** Pairs of cuts near each other, where it matters: around what is more than one byte long, and around ends of lines. */
function* pairs(stream: Buffer): Generator<readonly [number, number]> {
  const places = Array.from(stream.keys()).filter((at) => at > 0 && (HEAVY || isDelicate(stream, at)));
  const reach = HEAVY ? 24 : 4;
  for (const first of places) {
    for (let second = first + 1; second < Math.min(first + reach, stream.length); second += 1) {
      yield [first, second];
    }
  }
}

function isDelicate(stream: Buffer, at: number): boolean {
  const [before = 0, here = 0] = [stream[at - 1], stream[at]];
  return here >= 0x80 || before >= 0x80 || here === 0x0a || here === 0x0d || before === 0x0d || here === 0x5c;
}

describe('row 14: letters that are none', () => {
  /** No letter at all, half of one, and letters before and behind, which take more than one byte. */
  const broken = [
    ['\xff', 1],
    ['\xe2\x82', 1],
    ['\xc3\xa9\xff\xc3\xa9', 1],
    ['\xf0\x9f\x98', 1],
    ['\xc3\xa9\xff', 1],
  ] as const;
  for (const [wrong, count] of broken) {
    it(`row 14: ${JSON.stringify(wrong)} is one replacement character each, and the stream lives`, async () => {
      const spoiled = (dialect: Dialect, call: RecordedCall): Script => {
        const options = { text: ['so ', 'QQQQ', ' it is.'] };
        if (!streamsIn(dialect, call)) {
          return [
            { do: 'head', status: 200, headers: { 'content-type': 'application/json' }, chunked: true },
            bytes(spoil(Buffer.from(JSON.stringify(bodyIn(dialect, options))), wrong)),
            end,
          ];
        }
        return [
          streamHead(dialect),
          bytes(spoil(Buffer.concat(eventsIn(dialect, options, call)), wrong)),
          end,
        ];
      };
      // Binary events have checksums: what is broken in them is no letter.
      const over = dialects.filter((dialect) => dialect !== 'converse');
      each(await stage.scene.play(spoiled, { dialects: over }), (one) => {
        const { text } = answerOf(one);
        assert.match(text, /^so .* it is\.$/);
        assert.equal(text.split('\ufffd').length - 1, count);
        assert.equal(text.replaceAll('é', '').length, 'so  it is.'.length + count);
        assert.equal(one.receipt.outcome, 'ok');
        assert.equal(one.receipt.tokens.estimated, false, 'and its usage is read');
      });
    });
  }
});

function spoil(data: Buffer, wrong: string): Buffer {
  return Buffer.from(data.toString('latin1').replaceAll('QQQQ', wrong), 'latin1');
}

/** The reply, with every JSON object in it changed. */
function reworked(change: (value: JsonValue) => void): Fault {
  const text = { text: ['Some ', 'words.'] };
  const changed = (value: JsonValue): JsonValue => {
    change(value);
    return value;
  };
  return (dialect, call) => {
    if (!streamsIn(dialect, call)) return json(changed(parse(JSON.stringify(bodyIn(dialect, text)))));
    if (dialect === 'converse') {
      const events = converseEvents(text).map(([type, fields]) => [type, changed({ ...fields })] as const);
      return [streamHead(dialect), bytes(converseStream(...events)), end];
    }
    const events = eventsIn(dialect, text, call).map((event) =>
      event.toString().replace(/\{.*\}/, (value) => JSON.stringify(changed(parse(value)))),
    );
    return [streamHead(dialect), bytes(events.join('')), end];
  };
}

/** Wherever a dialect states it. */
const USAGES = ['usage', 'usageMetadata', 'prompt_eval_count', 'eval_count'];

function eachUsage(value: JsonValue, act: (holder: JsonValue, name: string) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (USAGES.includes(name)) act(value, name);
    else eachUsage(inner, act);
  }
}

describe('figures of usage', () => {
  it('row 15: that are missing are counted here, and said to be an estimate', async () => {
    const without = reworked((value) => eachUsage(value, (holder, name) => delete holder[name]));
    each(await stage.scene.play(without), (one) => {
      assert.equal(one.reply.status, 200);
      assert.match(one.reply.text, /Some[\s\S]*words\./);
      const { outcome, tokens, cost_state } = one.receipt;
      assert.deepEqual([outcome, cost_state, tokens.estimated], ['ok', 'priced', true]);
      assert.ok(tokens.fresh > 0 && tokens.output > 0);
    });
  });

  const impossible = [-5, 1e18, 1.5, 'NaN', '-1', true, [], -0.1, 1e308, 2 ** 53];
  it('row 16: that cannot be true are refused: nobody is credited, nobody is ruined', async () => {
    const wrong = impossible.map((figure) =>
      reworked((value) =>
        eachUsage(value, (holder, name) => {
          if (typeof holder[name] === 'number') holder[name] = figure;
          else for (const kind of Object.keys(holder[name] ?? {})) holder[name][kind] = figure;
        }),
      ),
    );
    each(await stage.scene.play(inTurn(wrong)), (one) => {
      assert.equal(one.reply.status, 200);
      const { outcome, tokens, cost_nano } = one.receipt;
      assert.deepEqual([outcome, tokens.estimated], ['ok', true]);
      assert.ok(tokens.fresh > 0 && tokens.fresh < 1_000 && tokens.output > 0 && tokens.output < 1_000);
      assert.ok(Number(cost_nano) > 0 && Number(cost_nano) < 1e7);
    });
  });
});
