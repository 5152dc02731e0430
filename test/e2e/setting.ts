// The scene most end-to-end tests play in: one gateway, an upstream of each dialect under the test's control,
// and the simulated models.
import { after, before } from 'node:test';
import {
  chatReply,
  chatStream,
  messagesReply,
  messagesStream,
  type ReplyOptions,
} from '../testkit/replies.ts';
import {
  createScriptedUpstream,
  type Responder,
  type ScriptedUpstream,
} from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

export const dialects = ['chat', 'messages'] as const;
export type Dialect = (typeof dialects)[number];

export interface Setting {
  readonly gateway: Gateway;
  /** Models called `chat` and `messages` lead to these; `sim` to a simulated one. */
  readonly upstreams: Readonly<Record<Dialect, ScriptedUpstream>>;
}

const SIM = '{ ttft_ms: 0, tokens_per_second: instant }';

/** Starts before the first test of a file and stops after its last, when nothing may be left open. */
export function useSetting(): Setting {
  let gateway: Gateway | undefined;
  let upstreams: Setting['upstreams'] | undefined;
  before(async () => {
    upstreams = { chat: await createScriptedUpstream(), messages: await createScriptedUpstream() };
    gateway = await startGateway(`
upstreams:
  chat: { provider: openai-compatible, url: ${upstreams.chat.url} }
  messages: { provider: anthropic, url: ${upstreams.messages.url}, secret: sk-ant-upstream }
  sim: { provider: sim, options: { models: { instant: ${SIM} } } }
models:
  chat: { targets: [chat/up-model] }
  messages: { targets: [messages/claude-opus-4-5] }
  sim: { targets: [sim/instant] }
`);
  });
  after(async () => {
    await gateway?.quiet();
    await gateway?.stop();
    for (const dialect of dialects) await upstreams?.[dialect].close();
  });
  return {
    get gateway() {
      return there(gateway);
    },
    get upstreams() {
      return there(upstreams);
    },
  };
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The setting is there only while tests run.');
  return value;
}

/** The reply in the dialect's words, streamed if the call asks for it. */
export function replyIn(dialect: Dialect, options: ReplyOptions): Responder {
  return dialect === 'chat' ? chatReply(options) : messagesReply(options);
}

/** A stream up to its first content, `Hel`. */
export function beginning(dialect: Dialect): string {
  return cutAfter(
    dialect === 'chat' ? chatStream({ text: 'Hel' }) : messagesStream({ text: 'Hel' }),
    'Hel',
  )[0];
}

/** A stream in two: all events up to the one that says this, and the others. */
export function cutAfter(stream: string, said: string): readonly [string, string] {
  const at = stream.indexOf('\n\n', stream.indexOf(said)) + 2;
  return [stream.slice(0, at), stream.slice(at)];
}
