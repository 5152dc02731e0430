// Google's Interactions as an upstream, over real sockets: how it is chosen, what goes up, seals that callers lose,
// and what its failures are to callers.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { json, type Script, sse } from '../testkit/script.ts';
import {
  createScriptedUpstream,
  type RecordedCall,
  type ScriptedUpstream,
} from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

const PATH = '/v1beta/interactions';
const HELLO = [{ role: 'user', content: 'Hello.' }];
const USAGE = { total_input_tokens: 10, total_output_tokens: 5, total_tokens: 15 };
const HEAD = { id: '', object: 'interaction', model: 'gemini-3-flash' };
const said = { type: 'model_output', content: [{ type: 'text', text: 'Hi.' }] };

function events(...list: readonly JsonValue[]): string {
  return list.map((event) => `event: ${event.event_type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

function opening(): JsonValue {
  return { interaction: { ...HEAD, status: 'in_progress' }, event_type: 'interaction.created' };
}

function answering(steps: readonly JsonValue[], status = 'completed'): (call: RecordedCall) => Script {
  const end = { ...HEAD, status, usage: USAGE };
  return ({ path, json: body }) => {
    if (path.endsWith(':generateContent')) return json(generated());
    if (path.endsWith(':countTokens')) return json({ totalTokens: 7 });
    if (body.stream !== true) return json({ ...end, steps });
    const whole = steps.flatMap((step, index) => [
      { index, step, event_type: 'step.start' },
      { index, event_type: 'step.stop' },
    ]);
    return sse(events(opening(), ...whole, { interaction: end, event_type: 'interaction.completed' }));
  };
}

function generated(): JsonValue {
  const candidate = { content: { parts: [{ text: 'Hi.' }], role: 'model' }, finishReason: 'STOP', index: 0 };
  return { candidates: [candidate], modelVersion: 'gemini-3-flash', responseId: 'r1' };
}

let google: ScriptedUpstream;
let busy: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  google = await createScriptedUpstream();
  busy = await createScriptedUpstream();
  gateway = await startGateway(`
upstreams:
  usual: { provider: gemini, url: ${google.url}, secret: AIza-upstream }
  only: { provider: gemini, url: ${google.url}/v1beta, secret: AIza-upstream, protocols: [gemini-interactions] }
  first: { provider: gemini, url: ${google.url}, secret: AIza-upstream, protocols: [gemini-interactions, gemini-generate] }
  busy: { provider: gemini, url: ${busy.url}, secret: AIza-upstream, protocols: [gemini-interactions] }
models:
  usual: { targets: [usual/gemini-3-flash] }
  only: { targets: [only/gemini-3-flash] }
  first: { targets: [first/gemini-3-flash] }
  either: { targets: [busy/gemini-3-flash, only/gemini-3-flash] }
  busy: { targets: [busy/gemini-3-flash] }
`);
});
after(async () => {
  await gateway?.quiet();
  await gateway.stop();
  for (const upstream of [google, busy]) await upstream.close();
});
beforeEach(() => google.respond(answering([said])));

function ask(model: string, more: JsonValue = {}) {
  return gateway.ask('/v1/chat/completions', { model, messages: HELLO, ...more });
}

describe('which dialect an upstream is asked in', () => {
  const generate = '/v1beta/models/gemini-3-flash:generateContent';
  const fromGoogle = (model: string) =>
    gateway.ask(`/v1beta/models/${model}:generateContent`, {
      contents: [{ role: 'user', parts: [{ text: 'Hello.' }] }],
    });

  it('is generateContent, unless the config says otherwise', async () => {
    assert.equal((await ask('usual')).status, 200);
    assert.equal(google.calls.at(-1)?.path, generate);
  });

  it('is Interactions where it says so, whoever asks', async () => {
    for (const reply of [await ask('only'), await fromGoogle('only')]) {
      assert.equal(reply.status, 200, reply.text);
      assert.equal(google.calls.at(-1)?.path, PATH);
    }
  });

  it("is the caller's own where it says both", async () => {
    await ask('first');
    assert.equal(google.calls.at(-1)?.path, PATH);
    await fromGoogle('first');
    assert.equal(google.calls.at(-1)?.path, generate);
  });

  it('counts in the one that can', async () => {
    const reply = await gateway.ask('/v1/messages/count_tokens', { model: 'first', messages: HELLO });
    assert.deepEqual(reply.json, { input_tokens: 7 });
  });
});

describe('a call', () => {
  it('goes up whole, is not kept there, and says which shape it means', async () => {
    const { status } = await ask('only');
    const call = google.calls.at(-1);
    assert.equal(status, 200);
    assert.equal(call?.headers['x-goog-api-key'], 'AIza-upstream');
    assert.equal(call?.headers['api-revision'], '2026-05-20');
    assert.deepEqual(call?.json, {
      model: 'gemini-3-flash',
      input: [{ type: 'user_input', content: [{ type: 'text', text: 'Hello.' }] }],
      store: false,
    });
  });

  it('is billed by its counters', async () => {
    await ask('only', { stream: true });
    await gateway.quiet();
    const { tokens } = gateway.receipts().at(-1);
    assert.deepEqual([tokens.fresh, tokens.output, tokens.estimated], [10, 5, false]);
  });
});

describe('the seal of a thought that a caller of another dialect loses', () => {
  const calls = (id: string) => [
    { type: 'thought', signature: `sig-${id}` },
    { type: 'function_call', id, name: 'f', arguments: {} },
  ];
  const asked = (model: string, id: string): JsonValue => ({
    model,
    messages: [
      ...HELLO,
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: id, content: 'ok' },
    ],
  });

  for (const stream of [false, true]) {
    it(`is put back, ${stream ? 'streamed' : 'whole'}`, async () => {
      const id = `fc_${stream}`;
      google.respond(answering(calls(id), 'requires_action'));
      await ask('only', { stream });
      google.respond(answering([said]));
      await gateway.ask('/v1/chat/completions', asked('only', id));
      assert.deepEqual(google.calls.at(-1)?.json.input.slice(1, 3), calls(id));
    });
  }

  it('is put back in the other dialect of the vendor, too', async () => {
    google.respond(answering(calls('fc_other'), 'requires_action'));
    await ask('only');
    google.respond(answering([said]));
    await gateway.ask('/v1/chat/completions', asked('usual', 'fc_other'));
    const [part] = google.calls.at(-1)?.json.contents[1].parts ?? [];
    assert.equal(part.thoughtSignature, 'sig-fc_other');
  });

  it('comes back from callers of Responses, who bring it themselves', async () => {
    google.respond(answering(calls('fc_r'), 'requires_action'));
    const first = await gateway.ask('/v1/responses', { model: 'only', input: 'Hello.' });
    google.respond(answering([said]));
    await gateway.ask('/v1/responses', {
      model: 'only',
      store: false,
      input: [
        { role: 'user', content: 'Hello.' },
        ...first.json.output,
        { type: 'function_call_output', call_id: 'fc_r', output: 'ok' },
      ],
    });
    assert.deepEqual(google.calls.at(-1)?.json.input.slice(1, 3), calls('fc_r'));
  });

  it('that was never seen is said to be missing', async () => {
    const reply = await gateway.ask('/v1/chat/completions', asked('only', 'fc_unknown'));
    assert.equal(google.calls.at(-1)?.json.input[1].signature, 'skip_thought_signature_validator');
    assert.match(reply.headers['x-signalbox-translation'] ?? '', /approximated=messages\.tool_call/);
  });
});

describe('a failure', () => {
  const wait = { index: 0, step: { type: 'thought' }, event_type: 'step.start' };
  const late = { error: { code: 'gateway_timeout', message: 'Late.' }, event_type: 'error' };

  it('before the first word is another target’s chance', async () => {
    busy.respond(sse(events(opening(), wait, late)));
    const reply = await ask('either', { stream: true });
    assert.match(reply.text, /"content":"Hi\."/);
    assert.doesNotMatch(reply.text, /error/);
  });

  it('behind it ends the stream as an error', async () => {
    const word = { index: 0, delta: { type: 'text', text: 'Half' }, event_type: 'step.delta' };
    busy.respond(sse(events(opening(), word, late)));
    const reply = await ask('busy', { stream: true });
    assert.match(reply.text, /"content":"Half"/);
    assert.match(reply.text, /"error":\{/);
    assert.doesNotMatch(reply.text, /"finish_reason":"|\[DONE\]/);
  });

  it('of the caller’s making is told in words that say what to change', async () => {
    busy.respond(json({ error: { code: 'invalid_request', message: "Unknown parameter 'x'." } }, 400));
    const reply = await ask('busy');
    assert.equal(reply.status, 400);
    assert.match(reply.json.error.message, /Unknown parameter 'x'\./);
  });
});
