// A gateway before one upstream that plays replies back, asked for by the name of their dialect.
import { after, before } from 'node:test';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

export interface ReplayGateway {
  readonly upstream: ScriptedUpstream;
  readonly gateway: Gateway;
}

/** There before the tests of the file that calls this, and gone after them. */
export function useReplayGateway(): ReplayGateway {
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  before(async () => {
    upstream = await createScriptedUpstream();
    gateway = await startGateway(`
upstreams:
  chat: { provider: openai-compatible, url: ${upstream.url} }
  messages: { provider: anthropic, url: ${upstream.url}, secret: sk-ant-upstream }
  native: { provider: ollama, url: ${upstream.url} }
  responses: { provider: openai, url: ${upstream.url}, secret: sk-up, protocols: [openai-responses] }
  cohere: { provider: cohere, url: ${upstream.url}, secret: co-up }
models:
  cohere-chat: { targets: [cohere/recorded] }
  openai-chat: { targets: [chat/recorded] }
  anthropic-messages: { targets: [messages/recorded] }
  ollama-chat: { targets: [native/recorded] }
  openai-responses: { targets: [responses/recorded] }
`);
  });
  after(async () => {
    await gateway.quiet();
    await gateway.stop();
    await upstream.close();
  });
  return {
    get upstream() {
      return upstream;
    },
    get gateway() {
      return gateway;
    },
  };
}
