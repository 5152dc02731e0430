// The cases that every client goes through, by its driver. A test's name begins with the case it counts for.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { CITY, PIXEL, RESULTS } from './ask.js';
import { failureCases } from './failures.js';
import { heardIn } from './heard.js';
import { it } from './it.js';
import { bytes, createGate, dialects, end, json, streamHead, useScene, wait } from './scene.js';

export const WEATHER = { id: 'call_1', name: 'get_weather', input: { city: 'Zürich' } };
export const TIME = { id: 'call_2', name: 'get_time', input: {} };
const LIMITED = json({ error: { message: 'Slow down.', type: 'rate_limit_error' } }, 429, {
  'retry-after': '1',
});
const ways = [false, true];
const named = (stream) => (stream ? 'streamed' : 'whole');
const said = ({ name, input }) => ({ name, input });

/** All clients of a file: rows of a driver and what is expected of this client alone. Gives the scene they play in. */
export function clientCases(rows, options = {}) {
  const scene = useScene({ ...options, limited: rows.length });
  for (const [number, [driver, expect = {}]] of rows.entries()) {
    describe(driver.name, () => {
      for (const dialect of Object.keys(dialects)) {
        describe(`over ${dialect}`, () => {
          upstreamCases(scene, driver, dialect, expect);
          abortCases(scene, driver, dialect);
          failureCases(scene, driver, dialect, expect);
        });
      }
      describe('over sim', () => simCases(scene, driver, expect));
      describe('over the gateway', () => gatewayCases(scene, driver, expect, `limited-${number}`));
    });
  }
  return scene;
}

/** A client's own cases, over every upstream dialect. `play` gets what it needs to ask and to have itself answered. */
export function overEach(scene, driver, define) {
  describe(driver.name, () => {
    for (const [dialect, { reply }] of Object.entries(dialects)) {
      describe(`over ${dialect}`, () =>
        define({
          dialect,
          at: () => ({ url: scene.gateway.url, key: scene.gateway.key, model: dialect }),
          answer: (options) => scene.upstream.respond(reply(options)),
          next: (...replies) => scene.upstream.next(...replies.map((options) => reply(options))),
          heard: () => heardIn(dialect, scene.upstream.calls.at(-1).json),
        }));
    }
  });
}

function upstreamCases(scene, driver, dialect, expect) {
  const at = () => ({ url: scene.gateway.url, key: scene.gateway.key, model: dialect });
  const answer = (options) => scene.upstream.respond(dialects[dialect].reply(options));
  const next = (...replies) =>
    scene.upstream.next(...replies.map((options) => dialects[dialect].reply(options)));

  for (const stream of ways) {
    it(`${stream ? 'stream' : 'text'}: reads a text and its end`, async () => {
      answer({ text: ['Grü', 'ße 👋'] });
      const reply = await driver.text(at(), { stream });
      assert.equal(reply.text, 'Grüße 👋');
      assert.equal(reply.finish, 'stop');
    });

    it(`usage: reads the numbers, ${named(stream)}`, async () => {
      answer({ text: 'Hello.', input: 7, output: 3 });
      const { usage } = await driver.text(at(), { stream });
      const read = { input: 7, output: 3 };
      assert.deepEqual(usage, (stream && expect.streamedUsage?.(dialect)) || read);
    });

    it(`tools: one call, its result, the answer, ${named(stream)}`, async () => {
      next({ tools: [WEATHER] }, { text: ['Sun', 'ny.'] });
      const reply = await driver.tools(at(), { stream });
      assert.deepEqual(reply.calls, [said(WEATHER)]);
      assert.equal(reply.text, 'Sunny.');
      const heard = heardIn(dialect, scene.upstream.calls.at(-1).json);
      assert.deepEqual(heard.calls.map(said), [said(WEATHER)]);
      assert.deepEqual(heard.results, [RESULTS.get_weather]);
      assert.deepEqual(heard.tools, ['get_weather', 'get_time']);
      if (dialect === 'gemini') assert.equal(heard.signed, 'c2lnbmVk');
    });

    it(`parallel: two calls at once beside words, ${named(stream)}`, async () => {
      next({ reasoning: 'Both.', text: 'Let me see.', tools: [WEATHER, TIME] }, { text: 'Sunny at noon.' });
      const reply = await driver.tools(at(), { stream });
      assert.deepEqual(reply.calls, [WEATHER, TIME].map(said));
      assert.equal(reply.before.text, 'Let me see.');
      assert.equal(reply.text, 'Sunny at noon.');
      const heard = heardIn(dialect, scene.upstream.calls.at(-1).json);
      assert.deepEqual(heard.calls.map(said), [WEATHER, TIME].map(said));
      assert.deepEqual(heard.results, Object.values(RESULTS));
      assert.ok(heard.paired, 'each result names the call it belongs to');
    });

    if (driver.think !== undefined) {
      it(`reasoning: is told apart from the answer, ${named(stream)}`, async () => {
        answer({ reasoning: 'A greeting.', text: ['Hel', 'lo.'] });
        const reply = await driver.think(at(), { stream });
        assert.equal(reply.text, 'Hello.');
        assert.equal(reply.reasoning, expect.hidesReasoning === true ? '' : 'A greeting.');
      });
    }

    if (stream && expect.streamsNoStructure === true) continue;
    it(`structured: what was asked for comes back parsed, ${named(stream)}`, async () => {
      answer({ text: ['{"city":', '"Zürich"}'] });
      assert.deepEqual(await driver.structured(at(), { stream }), { city: 'Zürich' });
      const { schema } = heardIn(dialect, scene.upstream.calls.at(-1).json);
      assert.equal(schema.properties.city.type, 'string');
      assert.deepEqual(schema.required, CITY.required);
    });
  }

  it('keepalive: signs of life before an answer and within it are no words', async () => {
    const { upstream, gateway } = scene;
    const { beginning, ending } = dialects[dialect];
    const silence = () => wait(new Promise((resolve) => setTimeout(resolve, 400)));
    upstream.respond(() => [
      silence(),
      streamHead(dialect),
      bytes(beginning()),
      silence(),
      bytes(ending()),
      end,
    ]);
    const reply = await driver.text({ ...at(), model: `waiting-${dialect}` }, { stream: true });
    assert.equal(reply.text, 'Hello');
    assert.equal(reply.finish, 'stop');
    await gateway.quiet();
    assert.ok(gateway.receipts().at(-1).keepalives >= 1);
  });

  it('images: arrive as they were', async () => {
    answer({ text: 'A dot.' });
    assert.equal((await driver.image(at())).text, 'A dot.');
    assert.deepEqual(heardIn(dialect, scene.upstream.calls.at(-1).json).images, [PIXEL]);
  });
}

function abortCases(scene, driver, dialect) {
  const at = () => ({ url: scene.gateway.url, key: scene.gateway.key, model: dialect });

  it('abort: leaves in the middle, and the upstream is let go', async () => {
    const gate = createGate();
    const { upstream } = scene;
    upstream.respond([streamHead(dialect), bytes(dialects[dialect].beginning()), wait(gate.opened), end]);
    const number = upstream.calls.length;
    await leave(driver, at());
    await (await upstream.call(number)).aborted;
    gate.open();
  });

  if (driver.leavesOnlyStreams === true) return;
  for (const stream of ways) {
    it(`abort: leaves before the first byte, ${named(stream)}, and the upstream is let go`, async () => {
      const gate = createGate();
      const { upstream } = scene;
      upstream.respond([wait(gate.opened), end]);
      const number = upstream.calls.length;
      const controller = new AbortController();
      const over = driver.text(at(), { stream, signal: controller.signal }).catch(() => {});
      const call = await upstream.call(number);
      controller.abort();
      await call.aborted;
      await over;
      gate.open();
    });
  }
}

/** Aborts at the first words. Whether the package then throws or just ends is its own affair. */
async function leave(driver, at) {
  if (driver.leave !== undefined) return driver.leave(at);
  const controller = new AbortController();
  let heard = '';
  const onText = (words) => {
    heard += words;
    controller.abort();
  };
  await driver.text(at, { stream: true, signal: controller.signal, onText }).catch(() => {});
  assert.equal(heard, 'Hel');
}

function simCases(scene, driver, expect) {
  const at = () => ({ url: scene.gateway.url, key: scene.gateway.key, model: 'sim' });

  it('sim: the same text whole and streamed, labelled as simulated', async () => {
    const whole = await driver.text(at(), {});
    assert.match(whole.text, /simulated/);
    assert.equal((await driver.text(at(), { stream: true })).text, whole.text);
  });

  for (const stream of ways) {
    it(`sim: parallel calls, their results, the answer, ${named(stream)}`, async () => {
      const reply = await driver.tools(at(), { stream });
      assert.deepEqual(
        reply.calls.map(({ name }) => name),
        ['get_weather', 'get_time'],
      );
      assert.match(reply.text, /simulated/);
    });

    if (stream && expect.streamsNoStructure === true) continue;
    it(`sim: structured output, ${named(stream)}`, async () => {
      assert.equal(typeof (await driver.structured(at(), { stream })).city, 'string');
    });
  }
}

function gatewayCases(scene, driver, expect, limited) {
  const at = (more) => ({ url: scene.gateway.url, key: scene.gateway.key, model: 'chat', ...more });
  const words = ({ message, body }) => (expect.wordsInBody === true ? body : message);
  const refused = async (more, how = {}) => {
    try {
      await driver.text(at(more), how);
    } catch (error) {
      return driver.fault(error);
    }
    return assert.fail('Nothing was thrown.');
  };

  for (const stream of ways) {
    it(`errors: a wrong key, ${named(stream)}`, async () => {
      const fault = await refused({ key: 'sk-wrong' }, { stream });
      assert.equal(fault.status, 401);
      assert.match(words(fault), /key/);
      if (expect.kinds !== undefined) assert.equal(fault.kind, expect.kinds[401]);
    });

    it(`errors: an unknown model, with near ones, ${named(stream)}`, async () => {
      const fault = await refused({ model: 'mesages' }, { stream });
      assert.equal(fault.status, 404);
      assert.match(words(fault), /messages/);
      if (expect.kinds !== undefined) assert.equal(fault.kind, expect.kinds[404]);
    });

    it(`errors: a call the upstream finds wrong, in its words, ${named(stream)}`, async () => {
      const error = { message: 'top_p must be at most 1.', type: 'invalid_request_error' };
      scene.upstream.respond(json({ error }, 400));
      const fault = await refused({}, { stream });
      assert.equal(fault.status, 400);
      assert.match(words(fault), /top_p must be at most 1/);
      if (expect.kinds !== undefined) assert.equal(fault.kind, expect.kinds[400]);
    });
  }

  it(`errors: a rate limit of the gateway ${expect.neverRetries ? 'is told' : 'is waited for as it says'}`, async () => {
    const { upstream } = scene;
    upstream.respond(dialects.chat.reply({ text: 'Here.' }));
    const before = upstream.calls.length;
    const began = performance.now();
    const asked = () => driver.text(at({ model: limited, retries: 3 }), {});
    assert.equal((await asked()).text, 'Here.');
    if (expect.neverRetries === true) {
      assert.equal((await refused({ model: limited })).status, 429);
      return;
    }
    assert.equal((await asked()).text, 'Here.');
    assert.equal(upstream.calls.length, before + 2, 'a refused call does not reach the upstream');
    assert.ok(performance.now() - began > 400, 'the second call was held up');
  });

  for (const dialect of Object.keys(dialects)) {
    it(`errors: an upstream that fails over ${dialect} is not asked again by the client`, async () => {
      const { upstream } = scene;
      upstream.respond(json({ error: { message: 'It broke.', type: 'api_error' } }, 500));
      const before = upstream.calls.length;
      // Packages that do not know x-should-retry ask again, and wait; what matters is that the gateway does not add to it.
      const asksAgain = expect.ignoresShouldRetry === true && dialect === 'chat';
      const retries = expect.ignoresShouldRetry === true && !asksAgain ? 0 : 1;
      assert.equal((await refused({ model: dialect, retries })).status, 502);
      assert.equal(upstream.calls.length - before, asksAgain ? 2 : 1);
    });

    it(`errors: an upstream's rate limit over ${dialect} is told`, async () => {
      scene.upstream.respond(LIMITED);
      assert.equal((await refused({ model: dialect })).status, 429);
    });
  }

  if (expect.neverRetries !== true) {
    it("errors: an upstream's rate limit is waited for as it says", async () => {
      scene.upstream.respond(dialects.chat.reply({ text: 'Here.' }));
      scene.upstream.next(LIMITED);
      const began = performance.now();
      assert.equal((await driver.text(at({ retries: 1 }), {})).text, 'Here.');
      if (expect.paceOfItsOwn !== true) assert.ok(performance.now() - began > 950, 'it waited for a second');
    });
  }

  if (driver.embed !== undefined) embedCases(scene, driver, at);

  if (driver.models !== undefined) {
    it('models: lists them', async () => {
      const ids = await driver.models(at());
      for (const name of [...Object.keys(dialects), 'sim'])
        assert.ok(
          ids.some((id) => id.includes(name)),
          name,
        );
    });
  }
}

const VECTORS = [
  [0.25, -1.5],
  [0, 3.125],
];
const embedded = {
  chat: {
    answer: {
      object: 'list',
      data: VECTORS.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    },
    texts: ({ input }) => input,
  },
  ollama: { answer: { embeddings: VECTORS }, texts: ({ input }) => input },
  gemini: {
    answer: { embeddings: VECTORS.map((values) => ({ values })) },
    texts: ({ requests }) => requests.map(({ content }) => content.parts[0].text),
  },
};

function embedCases(scene, driver, at) {
  for (const [dialect, { answer, texts }] of Object.entries(embedded)) {
    it(`embeddings: are the upstream's, number by number, over ${dialect}`, async () => {
      scene.upstream.respond(
        json({ model: 'up-model', usage: { prompt_tokens: 2, total_tokens: 2 }, ...answer }),
      );
      assert.deepEqual(await driver.embed(at({ model: dialect }), ['one', 'two']), VECTORS);
      assert.deepEqual(texts(scene.upstream.calls.at(-1).json), ['one', 'two']);
    });
  }

  it('embeddings: are the same each time over sim', async () => {
    const [one, two, again] = await driver.embed(at({ model: 'sim' }), ['one', 'two', 'one']);
    assert.equal(one.length, 64);
    assert.deepEqual(again, one);
    assert.notDeepEqual(two, one);
  });
}
