// The stage of every client: one gateway over real sockets, an upstream under the test's control in each dialect,
// and the simulated models. Instruments come from the compiled testkit, clients from the folder this was copied to.
import { join } from 'node:path';
import process from 'node:process';
import { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';

const build = process.env.SIGNALBOX_BUILD;
if (build === undefined) throw new Error('Run these with: npm run test:clients');

const kit = (name) => import(pathToFileURL(join(build, 'test', 'testkit', `${name}.js`)).href);
const { createScriptedUpstream } = await kit('scripted-upstream');
const { startGateway } = await kit('start-gateway');
const { chatReply, chatStream, messagesReply, messagesStream, namedEvent } = await kit('replies');
const { responsesReply, responsesStream } = await kit('responses-replies');
const { generateReply, generateStream } = await kit('generate-replies');
const { EVENT_STREAM, converseEvents, converseException, converseReply, converseStream } =
  await kit('converse-replies');
const { ollamaReply, ollamaStream } = await kit('ollama-replies');
const { garbageEvent } = await kit('dialects');
export const { bytes, createGate, end, fin, head, json, reset, sseHead, stall, wait } = await kit('script');
export { chatReply, responsesReply, startGateway };

const PIECES = { text: ['Hel', 'lo'] };

/** How each upstream dialect says a reply, how its stream begins and ends, and how it says that it broke. */
export const dialects = {
  chat: {
    upstream: 'provider: openai-compatible',
    model: 'up-model',
    reply: chatReply,
    beginning: () => cutAfter(chatStream(PIECES), 'Hel'),
    ending: () => chatStream(PIECES).slice(cutAfter(chatStream(PIECES), 'Hel').length),
    broken: 'data: {"error":{"message":"It broke.","type":"server_error","code":null,"param":null}}\n\n',
  },
  messages: {
    upstream: 'provider: anthropic, secret: sk-ant-upstream',
    model: 'claude-opus-4-5',
    reply: messagesReply,
    beginning: () => cutAfter(messagesStream(PIECES), 'Hel'),
    ending: () => messagesStream(PIECES).slice(cutAfter(messagesStream(PIECES), 'Hel').length),
    broken: namedEvent({ type: 'error', error: { type: 'api_error', message: 'It broke.' } }),
  },
  responses: {
    upstream: 'provider: openai, secret: sk-upstream, protocols: [openai-responses]',
    model: 'gpt-5.4',
    reply: responsesReply,
    beginning: () => cutAfter(responsesStream(PIECES), '"delta":"Hel"'),
    ending: () => responsesStream(PIECES).slice(cutAfter(responsesStream(PIECES), '"delta":"Hel"').length),
    broken: namedEvent({ type: 'error', code: 'server_error', message: 'It broke.', param: null }),
  },
  ollama: {
    upstream: 'provider: ollama, options: { num_ctx: 8192 }',
    model: 'up-model',
    reply: ollamaReply,
    beginning: () => cutAfter(ollamaStream(PIECES), 'Hel', '\n'),
    ending: () => ollamaStream(PIECES).slice(cutAfter(ollamaStream(PIECES), 'Hel', '\n').length),
    broken: '{"error":"It broke."}\n',
    media: 'application/x-ndjson',
  },
  gemini: {
    upstream: 'provider: gemini, secret: upstream-key',
    model: 'gemini-3-flash',
    reply: generateReply,
    beginning: () => cutAfter(generateStream(PIECES), 'Hel', '\r\n\r\n'),
    ending: () => generateStream(PIECES).slice(cutAfter(generateStream(PIECES), 'Hel', '\r\n\r\n').length),
    broken: 'data: {"error":{"code":500,"message":"It broke.","status":"INTERNAL"}}\r\n\r\n',
  },
  bedrock: {
    upstream:
      'provider: bedrock, secret: upstream-key, protocols: [bedrock-converse], options: { region: eu-central-1 }',
    model: 'eu.anthropic.claude-opus-4-5-20251101-v1:0',
    reply: converseReply,
    beginning: () => converseStream(...converseEvents(PIECES).slice(0, 2)),
    ending: () => converseStream(...converseEvents(PIECES).slice(2)),
    broken: converseException('internalServerException', 'It broke.'),
    media: EVENT_STREAM,
  },
};

function cutAfter(stream, said, between = '\n\n') {
  return stream.slice(0, stream.indexOf(between, stream.indexOf(said)) + between.length);
}

/** An event of this dialect that cannot be read. */
export function garbage(dialect) {
  return garbageEvent(dialect === 'bedrock' ? 'converse' : dialect);
}

/** The head of a stream in this dialect. */
export function streamHead(dialect) {
  const { media } = dialects[dialect];
  return media === undefined ? sseHead() : head(200, { 'content-type': media });
}

const LIMITED = 'chat/up-model';
const SIM = '{ ttft_ms: 0, tokens_per_second: instant }';

/** Models are called as the dialect of their upstream; `impatient-…` gives up soon, `waiting-…` keeps its callers alive, `limited-…` answers once a second. */
function config(url, { limited, more, upstreams }) {
  const names = Object.keys(dialects);
  const lines = (write) => names.map((name) => write(name, dialects[name])).join('\n');
  return `
upstreams:
${lines((name, { upstream }) => `  ${name}: { url: ${url}, ${upstream} }`)}
  sim: { provider: sim, options: { models: { instant: ${SIM} } } }
${upstreams(url)}
models:
${lines((name, { model }) => `  ${name}: { targets: [${name}/${model}] }`)}
${lines((name, { model }) => `  impatient-${name}: { targets: [${name}/${model}], timeouts: { idle: 200ms } }`)}
${lines((name, { model }) => `  waiting-${name}: { targets: [${name}/${model}], keepalive: 100ms }`)}
  sim: { targets: [sim/instant] }
${Array.from({ length: limited }, (_, number) => `  limited-${number}: { targets: [${LIMITED}], limits: [1 requests/s] }`).join('\n')}
${more}`;
}

/** One gateway for all tests of a file. `more` and `upstreams`: models and upstreams of its own; `limited`: how many clients need a limit of their own. */
export function useScene({ limited = 0, more = '', upstreams = () => '' } = {}) {
  const scene = {};
  before(async () => {
    scene.upstream = await createScriptedUpstream();
    scene.gateway = await startGateway(config(scene.upstream.url, { limited, more, upstreams }));
  });
  after(async () => {
    await scene.gateway?.quiet();
    await scene.gateway?.stop();
    await scene.upstream?.close();
  });
  return scene;
}
