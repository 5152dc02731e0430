// Every face × every upstream dialect × every case, over real sockets: what reaches the upstream and what
// comes back to the caller, compared with golden files, one per pair and kind.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { GoldenFolder, pretty } from '../testkit/golden.ts';
import { type JsonValue, parse } from '../testkit/json-value.ts';
import type { RawReply } from '../testkit/raw-client.ts';
import {
  createScriptedUpstream,
  type RecordedCall,
  type ScriptedUpstream,
} from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';
import type { Dialect, FaceSide, UpstreamSide } from './dialects/dialect.ts';
import { dialects } from './dialects/registry.ts';

/** Headers of the hop that carry meaning. */
const TELLING = ['authorization', 'x-api-key', 'x-goog-api-key', 'anthropic-version', 'anthropic-beta'];

const golden = new GoldenFolder(join('test', 'matrix', 'golden'));
let upstream: ScriptedUpstream;
let gateway: Gateway;

type Face = Dialect & { readonly face: FaceSide };
type Served = Dialect & { readonly upstream: UpstreamSide };
const faces = dialects.filter((dialect): dialect is Face => dialect.face !== undefined);
const served = dialects.filter((dialect): dialect is Served => dialect.upstream !== undefined);

before(async () => {
  upstream = await createScriptedUpstream();
  const upstreams = served.map(({ name, upstream: side }) => `  ${name}: ${side.config(upstream.url)}`);
  const models = served.map(({ name, upstream: side }) => `  ${name}: { targets: [${name}/${side.model}] }`);
  gateway = await startGateway(`\nupstreams:\n${upstreams.join('\n')}\nmodels:\n${models.join('\n')}\n`);
});
after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await upstream.close();
});

for (const face of faces) {
  for (const to of served) {
    describe(`a ${face.name} call to a ${to.name} upstream`, () => callsOf(face, to));
    describe(`a ${to.name} reply for a ${face.name} caller`, () => repliesOf(face, to));
  }
}

it('has no golden entry that no case writes', () => golden.finish());

function callsOf(face: Face, to: Served): void {
  for (const [name, { body, headers }] of Object.entries(face.calls)) {
    it(name, async () => {
      upstream.respond((call) => to.upstream.answer(call));
      const before = upstream.calls.length;
      const path = face.face.path(to.name, body.stream === true);
      const reply = await gateway.ask(path, face.face.named(to.name, body), headers);
      const call = upstream.calls[before];
      const spliced = face === (to as Dialect) ? to.upstream.spliced(name, body) : undefined;
      if (spliced !== undefined) assert.equal(call?.text, spliced);
      golden.check(`${face.name}--${to.name}.calls.txt`, name, pretty(hop(call, reply)));
    });
  }
}

function repliesOf(face: Face, to: Served): void {
  const same = face === (to as Dialect);
  const ask = async (stream: boolean): Promise<RawReply> => {
    const more = same ? face.face.untouched : {};
    const body = face.face.named(to.name, { ...face.face.question(stream), ...more });
    const reply = await gateway.ask(face.face.path(to.name, stream), body);
    assert.equal(reply.status, 200, reply.text);
    return reply;
  };
  for (const [name, sent] of Object.entries(to.replies)) {
    it(`${name}, whole`, async () => {
      upstream.respond(to.upstream.whole(sent.body));
      const reply = await ask(false);
      if (same) assert.deepEqual(reply.json, sent.body);
      else face.face.checkBody(reply.json);
      golden.check(`${face.name}--${to.name}.bodies.txt`, name, pretty(parse(masked(reply.text))));
    });
    it(`${name}, streamed`, async () => {
      upstream.respond(to.upstream.streamed(sent.stream));
      const reply = await ask(true);
      if (same) assert.equal(reply.text, sent.stream.toString());
      else face.face.checkStream(reply.text);
      golden.check(`${face.name}--${to.name}.streams.txt`, name, masked(reply.text));
    });
  }
}

/** What arrived at the upstream, and what the caller was told about the translation. */
function hop(call: RecordedCall | undefined, reply: RawReply): JsonValue {
  const translation = reply.headers['x-signalbox-translation'];
  if (call === undefined) return { refused: { status: reply.status, body: parse(masked(reply.text)) } };
  const headers = TELLING.filter((name) => call.headers[name] !== undefined);
  return {
    path: call.path,
    headers: Object.fromEntries(headers.map((name) => [name, call.headers[name]])),
    ...(translation === undefined ? {} : { translation }),
    body: call.json,
  };
}

/** Ids of calls and times of arrival are new in every run; the upstream's own are not. */
function masked(text: string): string {
  return text
    .replaceAll(/(req|resp|msg|rs|fc|ctc|item)_[0-9a-z]{18,}/g, '$1_masked')
    .replaceAll(/"(created|created_at|completed_at)":(?!1760000000)\d{10}/g, '"$1":1')
    .replaceAll(/"created_at":"(?!2025-10-09T08:53:20)[^"]*"/g, '"created_at":"1"')
    .replaceAll(/("(?:total|prompt_eval|eval)_duration"):(?![1-9]000000000\b)\d+/g, '$1:1');
}
