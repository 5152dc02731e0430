// Ollama's own JavaScript package, and what besides chats it asks an Ollama for.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { Ollama } from 'ollama';
import { clientCases } from './cases.js';
import { ollama } from './drivers/ollama.js';
import { it } from './it.js';
import { bytes, dialects, end, json, streamHead } from './scene.js';
import { versioned } from './versioned.js';

const driver = ollama(versioned('ollama'), { Ollama });
const more = `  sized: { targets: [sized/up-model] }`;
const scene = clientCases([[driver, { neverRetries: true }]], {
  more,
  upstreams: (url) =>
    `  sized: { url: ${url}, provider: openai-compatible, models: { up-model: { context_window: 4096, abilities: [tools, reasoning] } } }`,
});
const client = () => driver.client(scene.gateway);
const hello = [{ role: 'user', content: 'Hello.' }];

describe(driver.name, () => {
  it('helpers: a prompt, whole and streamed, by way of a chat', async () => {
    scene.upstream.respond(dialects.chat.reply({ text: ['One ', 'two.'] }));
    const whole = await client().generate({ model: 'chat', prompt: 'Count.', system: 'Be brief.' });
    assert.equal(whole.response, 'One two.');
    assert.deepEqual(scene.upstream.calls.at(-1).json.messages, [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Count.' },
    ]);
    let text = '';
    for await (const part of await client().generate({ model: 'chat', prompt: 'Count.', stream: true })) {
      text += part.response;
    }
    assert.equal(text, 'One two.');
  });

  it('helpers: a prompt to an Ollama is passed on but for the window', async () => {
    const opening = { model: 'up-model', created_at: '2025-10-09T08:53:20.1Z', response: 'Hi.', done: false };
    const ending = { ...opening, response: '', done: true, done_reason: 'stop', context: [1, 2] };
    const lines = [opening, ending].map((line) => `${JSON.stringify(line)}\n`).join('');
    scene.upstream.respond([streamHead('ollama'), bytes(lines), end]);
    const parts = [];
    const asked = { model: 'ollama', prompt: 'Hi', suffix: '.', context: [7], stream: true };
    for await (const part of await client().generate(asked)) parts.push(part);
    assert.deepEqual(parts.at(-1).context, [1, 2]);
    const sent = scene.upstream.calls.at(-1).json;
    assert.deepEqual([sent.context, sent.suffix, sent.options.num_ctx], [[7], '.', 8192]);
  });

  it('helpers: loading and unloading, answered here, passed on to an Ollama', async () => {
    const before = scene.upstream.calls.length;
    assert.equal((await client().generate({ model: 'chat', prompt: '' })).done_reason, 'load');
    assert.equal(
      (await client().chat({ model: 'messages', messages: [], keep_alive: 0 })).done_reason,
      'unload',
    );
    assert.equal(scene.upstream.calls.length, before);
    const message = { role: 'assistant', content: '' };
    const done = { model: 'up-model', created_at: '2025-10-09T08:53:20.1Z', message, done: true };
    scene.upstream.respond(json({ ...done, done_reason: 'unload' }));
    assert.equal(
      (await client().chat({ model: 'ollama', messages: [], keep_alive: 0 })).done_reason,
      'unload',
    );
    assert.equal(scene.upstream.calls.at(-1).json.keep_alive, 0);
  });

  it('helpers: show, ps, version', async () => {
    const shown = await client().show({ model: 'sized:latest' });
    assert.deepEqual(shown.capabilities, ['completion', 'tools', 'thinking']);
    assert.equal(shown.model_info['signalbox.context_length'], 4096);
    assert.deepEqual(await client().ps(), { models: [] });
    assert.match((await client().version()).version, /^\d+\.\d+\.\d+$/);
  });

  it('helpers: what cannot be done here is refused in words', async () => {
    for (const refused of [
      () => client().pull({ model: 'llama3.2' }),
      () => client().delete({ model: 'chat' }),
      () => client().copy({ source: 'chat', destination: 'other' }),
      () => client().create({ model: 'mine', from: 'chat' }),
    ]) {
      await assert.rejects(refused, (error) => {
        assert.equal(error.status_code, 501);
        return /This gateway does not/.test(error.message);
      });
    }
    await assert.rejects(client().show({ model: 'nobody' }), /model 'nobody' not found/);
  });

  it('errors: without a key it says what to do', async () => {
    const stranger = new Ollama({ host: scene.gateway.url });
    for (const asked of [
      () => stranger.list(),
      () => stranger.chat({ model: 'chat', messages: hello }),
      () => stranger.show({ model: 'chat' }),
    ]) {
      await assert.rejects(asked, (error) => {
        assert.equal(error.status_code, 401);
        return /carries no key.*authorization/.test(error.message);
      });
    }
  });
});
