// The stage of the fault catalogue: a gateway before upstreams of every dialect that fail, and others that save. A
// fault is played to every face, over every dialect, streamed and not; afterwards nothing may be under way, and the
// ledger must balance.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import {
  type Dialect,
  dialects,
  type Face,
  faces,
  questionIn,
  readAnswer,
  replyIn,
} from '../testkit/dialects.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { type RawReply, send } from '../testkit/raw-client.ts';
import type { ReplySummary } from '../testkit/reply-summary.ts';
import type { Script } from '../testkit/script.ts';
import {
  createScriptedUpstream,
  type RecordedCall,
  type ScriptedUpstream,
} from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';
import { Ledger } from './ledger.ts';

type Upstreams = Readonly<Record<Dialect, ScriptedUpstream>>;

/** How an upstream of each dialect stands in a config, and one of its models. */
const entries: Readonly<Record<Dialect, readonly [entry: string, model: string]>> = {
  chat: ['provider: openai-compatible', 'up-model'],
  messages: ['provider: anthropic, secret: sk-ant-upstream', 'claude-opus-4-5'],
  responses: ['provider: openai, secret: sk-upstream, protocols: [openai-responses]', 'gpt-5.4'],
  ollama: ['provider: ollama, options: { num_ctx: 8192 }', 'up-model'],
  gemini: ['provider: gemini, secret: upstream-key', 'gemini-3-flash'],
  converse: [
    'provider: bedrock, secret: upstream-key, protocols: [bedrock-converse], options: { region: eu-central-1 }',
    'up.converse-model-v1:0',
  ],
};

/** One entry of `upstreams`, priced and never put out; `more` goes into its braces. */
export function upstreamEntry(name: string, dialect: Dialect, url: string, more = ''): string {
  const [entry, model] = entries[dialect];
  const priced = `models: { '${model}': { price: { input: 3, output: 15 } } }`;
  return `  ${name}: { ${entry}, url: ${url}, health: off, ${priced}${more} }`;
}

/** One entry of `models`. */
export function modelEntry(name: string, targets: readonly (readonly [upstream: string, Dialect])[]): string {
  const labels = targets.map(([upstream, dialect]) => `'${upstream}/${entries[dialect][1]}'`);
  return `  ${name}: { targets: [${labels.join(', ')}] }`;
}

/** What became of one call. */
export interface Told {
  /** For messages of assertions. */
  readonly label: string;
  readonly face: Face;
  readonly dialect: Dialect;
  readonly stream: boolean;
  readonly reply: RawReply;
  readonly receipt: JsonValue;
  /** Calls that reached the failing upstream and the saving one on behalf of all calls of this dialect. */
  readonly asked: number;
  readonly saved: number;
}

export interface PlayOptions {
  /** Only these; all if left out. */
  readonly dialects?: readonly Dialect[];
  readonly faces?: readonly Face[];
  readonly streams?: readonly boolean[];
  /** Is there a second target, which answers? */
  readonly saved?: boolean;
  readonly prompt?: string;
}

export type Fault = (dialect: Dialect, call: RecordedCall) => Script;

/** One after the other, over and over: many variants of one fault in one play. */
export function inTurn(variants: readonly Fault[]): Fault {
  let turn = 0;
  return (dialect, call) => {
    const variant = variants[turn % variants.length] as Fault;
    turn += 1;
    return variant(dialect, call);
  };
}

export const SAVED = 'Saved by another.';

export class Scene {
  readonly gateway: Gateway;
  readonly failing: Upstreams;
  readonly saving: Upstreams;
  readonly ledger: Ledger;

  constructor(gateway: Gateway, failing: Upstreams, saving: Upstreams) {
    this.gateway = gateway;
    this.failing = failing;
    this.saving = saving;
    this.ledger = new Ledger(gateway);
  }

  /** Plays a fault to everybody at once, and looks whether the house is in order afterwards. */
  async play(fault: Fault, options: PlayOptions = {}): Promise<readonly Told[]> {
    const over = options.dialects ?? dialects;
    const told = await Promise.all(over.map((dialect) => this.#over(dialect, fault, options)));
    await this.atRest(told.flat().length);
    return told.flat().map((one) => ({ ...one, receipt: this.ledger.receipt(idOf(one.reply)) }));
  }

  /** No call is under way, and each of these has its receipt. */
  async atRest(calls: number): Promise<void> {
    await this.gateway.quiet();
    await this.ledger.balance(calls);
  }

  async #over(
    dialect: Dialect,
    fault: Fault,
    options: PlayOptions,
  ): Promise<readonly Omit<Told, 'receipt'>[]> {
    const [failing, saving] = [this.failing[dialect], this.saving[dialect]];
    failing.respond((call) => fault(dialect, call));
    saving.respond(replyIn(dialect, { text: SAVED }));
    const before = [failing.calls.length, saving.calls.length] as const;
    const model = options.saved === true ? `${dialect}-saved` : dialect;
    const cases = (options.faces ?? faces).flatMap((face) =>
      (options.streams ?? [false, true]).map((stream) => ({ face, stream })),
    );
    const replies = await Promise.all(
      cases.map(({ face, stream }) => this.ask(face, model, stream, options.prompt)),
    );
    return cases.map(({ face, stream }, at) => ({
      label: `${face}${stream ? ', streamed' : ''}, over ${dialect}`,
      face,
      dialect,
      stream,
      reply: replies[at] as RawReply,
      asked: failing.calls.length - before[0],
      saved: saving.calls.length - before[1],
    }));
  }

  ask(face: Face, model: string, stream: boolean, prompt?: string): Promise<RawReply> {
    const { path, body } = questionIn(face, model, stream, prompt);
    return send(this.gateway.url, path, { body, headers: { authorization: `Bearer ${this.gateway.key}` } });
  }
}

function idOf({ headers }: RawReply): string {
  return headers['x-request-id'] ?? headers['request-id'] ?? '';
}

export interface SceneOptions {
  /** For the braces of the upstreams that fail: `timeouts: { idle: 250ms }`. */
  readonly failing?: string;
  /** Sections of the config besides. */
  readonly more?: string;
}

/** Starts before the first test of a file and stops after its last. */
export function useScene(options: SceneOptions = {}): { readonly scene: Scene } {
  let scene: Scene | undefined;
  const all: ScriptedUpstream[] = [];
  before(async () => {
    const [failing, saving] = [await upstreams(), await upstreams()];
    all.push(...Object.values(failing), ...Object.values(saving));
    scene = new Scene(await startGateway(configOf(failing, saving, options)), failing, saving);
  });
  after(async () => {
    await scene?.gateway.quiet();
    await scene?.gateway.stop();
    for (const upstream of all) await upstream.close();
  });
  return {
    get scene() {
      if (scene === undefined) throw new Error('The scene is there only while tests run.');
      return scene;
    },
  };
}

async function upstreams(): Promise<Upstreams> {
  const made = await Promise.all(dialects.map(async (dialect) => [dialect, await createScriptedUpstream()]));
  return Object.fromEntries(made) as Upstreams;
}

export function configOf(failing: Upstreams, saving: Upstreams, options: SceneOptions = {}): string {
  const inBraces = options.failing === undefined ? '' : `, ${options.failing}`;
  const lines = (write: (dialect: Dialect) => string): string => dialects.map(write).join('\n');
  return `
upstreams:
${lines((dialect) => upstreamEntry(dialect, dialect, failing[dialect].url, inBraces))}
${lines((dialect) => upstreamEntry(`${dialect}2`, dialect, saving[dialect].url))}
models:
${lines((dialect) => modelEntry(dialect, [[dialect, dialect]]))}
${lines((dialect) =>
  modelEntry(`${dialect}-saved`, [
    [dialect, dialect],
    [`${dialect}2`, dialect],
  ]),
)}
${options.more ?? ''}`;
}

/** Every one of them, with its name in whatever it says. */
export function each(all: readonly Told[], judge: (told: Told) => void): void {
  assert.ok(all.length > 0);
  for (const told of all) {
    try {
      judge(told);
    } catch (error) {
      const { status, text } = told.reply;
      const seen = `${status} ${text.slice(0, 600)}\n${JSON.stringify(told.receipt)}`;
      throw new Error(`${told.label}: ${error}\n${seen}`, { cause: error });
    }
  }
}

/** The answer, read strictly. */
export function answerOf({ face, reply }: Told): ReplySummary {
  return readAnswer(face, reply.headers['content-type'] ?? '', reply.text);
}

/** A whole good answer of the second target; the caller noticed nothing. */
export function assertSaved(told: Told): void {
  assert.equal(told.reply.status, 200);
  assert.equal(answerOf(told).text, SAVED);
  assert.equal(told.receipt.outcome, 'ok');
  assert.deepEqual(
    told.receipt.attempts.map(({ target }: JsonValue) => target.split('/')[0]),
    [told.dialect, `${told.dialect}2`],
  );
}

const failedEnds: Readonly<Record<Face, RegExp>> = {
  chat: /data: \{"error":\{[^\n]*\}\}\n\n$/,
  messages: /event: error\ndata: \{"type":"error",[^\n]*\}\n\n$/,
  responses: /event: error\n[^\n]*\n\nevent: response\.failed\n[^\n]*\n\n$/,
  ollama: /\n\{"error":"[^\n]*\}\n$/,
  gemini: /data: \{"error":\{[^\n]*\}\}\r\n\r\n$/,
};
const goodEnds =
  /"finish_reason":"|\[DONE\]|message_stop|"stop_reason":"|response\.(?:completed|incomplete)"|"done":true|"finishReason"/;

/** An error in place of an answer, in the face's own words. */
export function assertRefused({ face, reply, receipt }: Told, status: number): void {
  assert.equal(reply.status, status);
  assert.ok(reply.whole);
  assert.match(reply.headers['content-type'] ?? '', /^application\/json/);
  assert.ok(face === 'ollama' ? typeof reply.json.error === 'string' : reply.json.error.message.length > 5);
  assert.equal(receipt.started, false);
}

/** A stream that began and failed: the error is told in the stream, and nothing looks like a good end. */
export function assertBroken({ face, reply, receipt }: Told): void {
  assert.equal(reply.status, 200);
  assert.ok(reply.whole, 'the connection ends in order');
  assert.match(reply.text, failedEnds[face]);
  assert.doesNotMatch(reply.text, goodEnds);
  assert.notEqual(receipt.outcome, 'ok');
  assert.equal(receipt.started, true);
}
