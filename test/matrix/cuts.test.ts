// However a stream was cut on its way, it says the same: every single cut and a seeded sample of double cuts
// give the same canonical events, the same bytes to a caller of its dialect and to one of another, the same
// usage, the same fault. And a stream that ends early never passes for a whole one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { end, head, piecesOf, sseHead, torn } from '../testkit/script.ts';
import { encodeAll, type Reading, readAlong } from './read-along.ts';
import { useReplayGateway } from './replay-gateway.ts';
import { type SampleStream, samples } from './streams.ts';

const DOUBLE_CUTS = 300;

/** A small generator with a seed: the same cuts in every run. */
function createDice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function assertAlike({ pieces: _, ...cut }: Reading, { pieces: __, ...whole }: Reading, where: string): void {
  for (const [name, value] of Object.entries(whole)) {
    assert.deepEqual(cut[name as keyof typeof cut], value, `cut ${where}, "${name}" differs`);
  }
}

describe('cut at any byte, a stream says the same', () => {
  for (const sample of samples) {
    it(`${sample.dialect}, ${sample.name}`, () => {
      const whole = readAlong(sample.dialect, [sample.bytes]);
      for (let at = 1; at < sample.bytes.length; at += 1) {
        assertAlike(readAlong(sample.dialect, piecesOf(sample.bytes, [at])), whole, `at byte ${at}`);
      }
    });
  }
});

describe('cut twice, and byte by byte, a stream says the same in every dialect', () => {
  for (const [number, sample] of samples.entries()) {
    it(`${sample.dialect}, ${sample.name}`, () => {
      const whole = readAlong(sample.dialect, [sample.bytes]);
      const encoded = encodeAll(whole.events);
      const roll = createDice(number + 1);
      const compare = (cuts: readonly number[], where: string): void => {
        const cut = readAlong(sample.dialect, piecesOf(sample.bytes, cuts));
        assertAlike(cut, whole, where);
        assert.deepEqual(encodeAll(cut.events), encoded, `cut ${where}`);
      };
      for (let run = 0; run < DOUBLE_CUTS; run += 1) {
        const cuts = [roll(sample.bytes.length), roll(sample.bytes.length)];
        compare(cuts, `at bytes ${cuts}`);
      }
      compare(Array.from(sample.bytes.keys()).slice(1), 'at every byte');
    });
  }
});

describe('however it came, the estimate of a reply without usage counts the same content', () => {
  for (const sample of samples.filter(({ name }) => /vendor|without usage/.test(name))) {
    it(`${sample.dialect}, ${sample.name}`, () => {
      const { pieces } = readAlong(sample.dialect, [sample.bytes]);
      const every = Array.from(sample.bytes.keys()).slice(1);
      assert.equal(readAlong(sample.dialect, piecesOf(sample.bytes, every)).pieces, pieces, 'byte by byte');
      const roll = createDice(sample.bytes.length);
      for (let run = 0; run < DOUBLE_CUTS; run += 1) {
        const cuts = [roll(sample.bytes.length), roll(sample.bytes.length)];
        const cut = readAlong(sample.dialect, piecesOf(sample.bytes, cuts));
        assert.equal(cut.pieces, pieces, `cut at bytes ${cuts}`);
      }
    });
  }
});

describe('ended at any byte before its ending, a stream is a fault', () => {
  const endings: Readonly<Record<SampleStream['dialect'], RegExp>> = {
    'openai-chat': /"finish_reason": ?"/,
    'anthropic-messages': /"stop_reason": ?"/,
    'ollama-chat': /"done" ?: ?true/,
    'openai-responses': /"response\.completed"/,
    'cohere-chat': /"finish_reason" ?: ?"/,
  };
  for (const sample of samples) {
    it(`${sample.dialect}, ${sample.name}`, () => {
      const text = sample.bytes.toString('latin1');
      const ending = text.search(endings[sample.dialect]);
      const limit = ending < 0 ? text.length : ending;
      for (let at = 0; at < limit; at += 1) {
        const { fault, kinds, events } = readAlong(sample.dialect, [sample.bytes.subarray(0, at)]);
        assert.ok(fault !== undefined, `ended after ${at} bytes it counts as whole`);
        assert.ok(!kinds.includes('terminal'), `ended after ${at} bytes it has an end`);
        assert.ok(
          !events.some((event) => event.type === 'end'),
          `ended after ${at} bytes it decodes to an end`,
        );
      }
    });
  }
});

describe('over real sockets, a read per piece', () => {
  const replay = useReplayGateway();

  const paths = {
    'openai-chat': '/v1/chat/completions',
    'anthropic-messages': '/v1/messages',
    'ollama-chat': '/api/chat',
    'openai-responses': '/v1/responses',
  };
  const told = async (sample: SampleStream, path: string, cuts: readonly number[]): Promise<string> => {
    const lines = { 'content-type': 'application/x-ndjson' };
    const opening = sample.dialect === 'ollama-chat' ? head(200, lines) : sseHead();
    replay.upstream.respond([opening, ...torn(sample.bytes, cuts), end]);
    const reply = await replay.gateway.ask(path, {
      model: sample.dialect,
      stream: true,
      max_tokens: 100,
      ...(path === '/v1/responses' ? { input: 'Go.' } : { messages: [{ role: 'user', content: 'Go.' }] }),
    });
    assert.equal(reply.status, 200, reply.text);
    return reply.text
      .replaceAll(/"created(_at)?":\d+/g, '"created$1":0')
      .replaceAll(/"(created_at|completed_at|[a-z_]+_duration)":("[^"]*"|\d+)/g, '"$1":0')
      .replaceAll(/(req|resp|msg|rs|fc)_[0-9a-z]{18,}/g, '$1_');
  };

  for (const sample of samples.filter(({ name }) => /vendor|CRLF|no JSON/.test(name))) {
    for (const [face, path] of Object.entries(paths)) {
      it(`${sample.dialect}, ${sample.name}, for a caller of ${face}`, async () => {
        const whole = await told(sample, path, []);
        const roll = createDice(face.length);
        for (let run = 0; run < 12; run += 1) {
          const cuts = Array.from({ length: 1 + run }, () => roll(sample.bytes.length));
          assert.equal(await told(sample, path, cuts), whole, `cut at bytes ${cuts}`);
        }
      });
    }
  }
});
