// Faults before the first word of an answer: another target answers the same call, and the caller notices nothing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  brokenEvent,
  type Dialect,
  dialects,
  errorIn,
  replyIn,
  streamHead,
  streamsIn,
} from '../testkit/dialects.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { bytes, end, fin, head, json, reset, type Script, stall } from '../testkit/script.ts';
import type { RecordedCall } from '../testkit/scripted-upstream.ts';
import { answerOf, assertRefused, assertSaved, each, inTurn, type Told, useScene } from './scene.ts';

const stage = useScene({ failing: 'timeouts: { first_byte: 250ms }' });

/** What the attempt that failed is told to have been. */
function failed({ receipt }: Told): JsonValue {
  return receipt.attempts[0];
}

describe('before the first byte', () => {
  it('row 3: an upstream that accepts and stays silent is given up in time, and another answers', async () => {
    const told = await stage.scene.play(() => [stall], { saved: true });
    each(told, (one) => {
      assertSaved(one);
      assert.equal(failed(one).outcome, 'upstream_timeout');
      assert.ok(failed(one).end_ms - failed(one).start_ms >= 249);
      assert.ok(failed(one).tokens.fresh > 0 && failed(one).tokens.estimated, 'it has read the call');
    });
    each(await stage.scene.play(() => [stall]), (one) => {
      assertRefused(one, 504);
      assert.equal(one.receipt.outcome, 'upstream_timeout');
    });
  });

  for (const [how, death] of [
    ['a reset', reset],
    ['a FIN', fin],
  ] as const) {
    it(`row 7: ${how} before the first byte is tried once elsewhere`, async () => {
      each(await stage.scene.play(() => [death], { saved: true }), (one) => {
        assertSaved(one);
        assert.equal(failed(one).outcome, 'upstream_reset');
        assert.equal(one.saved, 10, 'once each');
      });
      each(await stage.scene.play(() => [death]), (one) => {
        assertRefused(one, 502);
        assert.equal(one.receipt.attempts.length, 1);
      });
    });
  }
});

describe('an error inside a 200', () => {
  const script = (dialect: Dialect, call: RecordedCall): Script =>
    streamsIn(dialect, call)
      ? [streamHead(dialect), bytes(brokenEvent(dialect)), end]
      : json(errorIn(dialect, 500));

  it('row 10: an error object in place of an answer has its true status, and another target answers', async () => {
    each(await stage.scene.play(script, { saved: true }), (one) => {
      assertSaved(one);
      assert.match(failed(one).outcome, /^upstream_/);
      assert.equal(failed(one).tokens, undefined, 'it has not worked');
    });
    each(await stage.scene.play(script), (one) => {
      assert.ok(one.reply.status >= 500, 'never a success');
      assertRefused(one, one.reply.status);
      assert.equal(one.receipt.cost_nano, '0');
    });
  });
});

describe('a reply that is none', () => {
  it('row 23: a compressed reply is refused unread, however small it was packed', async () => {
    const bomb = (dialect: Dialect, call: RecordedCall): Script => {
      const headers = { 'content-encoding': 'gzip' };
      const opening = streamsIn(dialect, call)
        ? streamHead(dialect, headers)
        : head(200, { 'content-type': 'application/json', ...headers });
      return [opening, bytes(Buffer.alloc(64 * 1024, 'x')), end];
    };
    for (const upstream of Object.values(stage.scene.failing)) upstream.calls.length = 0;
    each(await stage.scene.play(bomb, { saved: true }), assertSaved);
    each(await stage.scene.play(bomb), (one) => {
      assertRefused(one, 502);
      assert.equal(one.receipt.outcome, 'upstream_garbled');
    });
    for (const dialect of dialects) {
      for (const { headers } of stage.scene.failing[dialect].calls) {
        assert.match(headers['accept-encoding'] ?? 'identity', /^identity$/, 'nobody asked for it');
      }
    }
  });

  it('row 24: a redirect is not followed, not even to an address next door', async () => {
    const canary = stage.scene.saving.chat;
    const before = [canary.calls.length, canary.probes.length, canary.accepted];
    const away = [301, 302, 303, 307, 308].map(
      (status) => (): Script => [
        head(status, { location: `${canary.url}/v1/x`, 'content-length': '0' }, 'raw'),
        end,
      ],
    );
    each(await stage.scene.play(inTurn(away)), (one) => {
      assertRefused(one, 502);
      assert.equal(one.receipt.outcome, 'upstream_fault');
      assert.doesNotMatch(one.reply.text, /127\.0\.0\.1/, 'and the address is told to nobody');
    });
    assert.deepEqual([canary.calls.length, canary.probes.length, canary.accepted], before);
    each(await stage.scene.play(inTurn(away), { saved: true }), assertSaved);
  });

  it('row 26: line breaks in headers are refused, and cookies go no further', async () => {
    const evil =
      (line: string) =>
      (dialect: Dialect, call: RecordedCall): Script => {
        const type = streamsIn(dialect, call) ? 'text/event-stream' : 'application/json';
        return [
          bytes(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${line}\r\ncontent-length: 2\r\n\r\n{}`),
          fin,
        ];
      };
    const lines = [
      'x-request-id: a\rset-cookie: b=c',
      'x-request-id: a\nset-cookie: b=c',
      'x-a: \0',
      'x a: b',
      ': b',
    ];
    each(await stage.scene.play(inTurn(lines.map(evil))), (one) => {
      assertRefused(one, 502);
      assert.equal(one.receipt.outcome, 'upstream_garbled');
    });
    const own = {
      'set-cookie': 'a=b',
      'x-evil': '1',
      'access-control-allow-origin': 'https://evil.example',
      server: 'evil',
      'transfer-encoding-x': '1',
    };
    const dropped = ({ reply }: Told): void => {
      for (const [name, value] of Object.entries(own)) assert.notEqual(reply.headers[name], value, name);
      assert.equal(reply.headers['set-cookie'], undefined);
    };
    const refusal = (dialect: Dialect): Script => json(errorIn(dialect, 400), 400, own);
    each(await stage.scene.play(refusal), (one) => {
      assertRefused(one, 400);
      dropped(one);
    });
    const answer = (dialect: Dialect, call: RecordedCall): Script =>
      replyIn(dialect, { text: 'Fine.' })(call).map((step) =>
        step.do === 'head' ? { ...step, headers: { ...step.headers, ...own } } : step,
      );
    each(await stage.scene.play(answer), (one) => {
      assert.equal(answerOf(one).text, 'Fine.');
      dropped(one);
    });
  });
});
