// One play: an agent, the gateway and an upstream whose model follows a plan, and everything that was said.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonValue } from '../testkit/json-value.ts';
import type { ReplyOptions } from '../testkit/replies.ts';
import type { Script } from '../testkit/script.ts';
import { createScriptedUpstream, type RecordedCall } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';
import type { Agent, Way } from './agent.ts';
import { type AskedCall, type Dialect, readCall } from './asked-call.ts';
import { createGround, type Ground, type Run, startAgent } from './start-agent.ts';
import { upstreamKinds } from './upstream-kinds.ts';
import { createWall, createWitness, type Exchange } from './witness.ts';

/** What the model does when it is asked next. */
export type Step = (asked: AskedCall, call: RecordedCall, ground: Ground) => ReplyOptions | Script;

export interface Play {
  readonly agent: Agent;
  readonly command: string;
  readonly way: Way;
  readonly upstream: Dialect;
  readonly prompt: string;
  readonly steps: readonly Step[];
  /** What to look at afterwards. */
  check(story: Story): void;
}

export interface Story extends Pick<Play, 'agent' | 'way' | 'upstream'> {
  readonly run: Run;
  readonly said: string;
  /** Calls of the conversation, as the agent sent them. */
  readonly sent: readonly Exchange[];
  /** The same calls, as the upstream got them. */
  readonly got: readonly RecordedCall[];
  /** Calls beside the conversation, and what was only looked up. */
  readonly asides: readonly Exchange[];
  readonly lookups: readonly Exchange[];
  readonly receipts: readonly JsonValue[];
  /** A file of its working folder. */
  file(name: string): string;
}

export interface Played {
  readonly run: Run | undefined;
  readonly story: Story | undefined;
  readonly wanted: readonly string[];
  readonly problem: Error | undefined;
}

export async function perform(play: Play): Promise<Played> {
  const upstream = await createScriptedUpstream();
  const gateway = await startGateway(configFor(play, upstream.url));
  const witness = await createWitness(gateway.url);
  const wall = await createWall();
  const ground = createGround();
  const model = createModel(play, ground);
  upstream.respond((call) => model.answer(call));
  let run: Run | undefined;
  let story: Story | undefined;
  let problem: Error | undefined;
  try {
    const place = { ...ground, url: witness.url, key: gateway.key };
    run = await startAgent(play.command, play.way.prepare(place, play.prompt), ground, wall);
    await gateway.quiet();
    story = storyOf(play, run, witness.exchanges, model.got, gateway, ground);
    if (run.tooLong) throw new Error(`It did not come to an end. ${run.errors.slice(-400)}`);
    if (model.problem !== undefined) throw model.problem;
    play.check(story);
  } catch (cause) {
    problem = cause instanceof Error ? cause : new Error(String(cause));
  } finally {
    await witness.close();
    await wall.close();
    await gateway.stop();
    await upstream.close();
    ground.remove();
  }
  return { run, story, wanted: [...wall.wanted], problem };
}

function configFor({ way, upstream }: Play, url: string): string {
  const { provider, protocol, model, facts } = upstreamKinds[upstream];
  return `
upstreams:
  up:
    provider: ${provider}
    protocols: [${protocol}]
    url: ${url}
    secret: sk-upstream
    models: { ${model}: ${facts} }
models:
  ${way.model}: { targets: [up/${model}] }
default_model: ${way.model}
`;
}

/** For titles as good as for those who ask, in JSON, how hard a task is. */
const ASIDE = '{"complexity_reasoning":"An aside.","complexity_score":10}';

interface Model {
  readonly got: RecordedCall[];
  problem: Error | undefined;
  answer(call: RecordedCall): Script;
}

/** Follows the plan in calls that offer tools; says something in all others. */
function createModel({ upstream, steps }: Play, ground: Ground): Model {
  const { reply } = upstreamKinds[upstream];
  return {
    got: [],
    problem: undefined,
    answer(call) {
      const asked = readCall(upstream, call.json);
      if (asked.tools.length === 0) return reply({ text: ASIDE })(call);
      const step = steps[this.got.length];
      this.got.push(call);
      if (step === undefined) return reply({ text: 'Nobody planned this turn.' })(call);
      try {
        const turn = step(asked, call, ground);
        return isScript(turn) ? turn : reply(turn)(call);
      } catch (cause) {
        this.problem = cause instanceof Error ? cause : new Error(String(cause));
        return reply({ text: 'This turn failed.' })(call);
      }
    },
  };
}

function isScript(turn: ReplyOptions | Script): turn is Script {
  return Array.isArray(turn);
}

function storyOf(
  { agent, way, upstream }: Play,
  run: Run,
  exchanges: readonly Exchange[],
  got: readonly RecordedCall[],
  gateway: Gateway,
  ground: Ground,
): Story {
  const calls = exchanges.filter(({ method }) => method === 'POST');
  const offersTools = (exchange: Exchange): boolean => readCall(way.face, exchange.json).tools.length > 0;
  return {
    agent,
    way,
    upstream,
    run,
    said: saidBy(agent, run),
    sent: calls.filter(offersTools),
    asides: calls.filter((exchange) => !offersTools(exchange)),
    lookups: exchanges.filter(({ method }) => method !== 'POST'),
    got,
    receipts: gateway.receipts(),
    file: (name) => readFileSync(join(ground.work, name), 'utf8'),
  };
}

/** An agent may fail after all has been said; one that ended before has said nothing. */
function saidBy(agent: Agent, { output }: Run): string {
  try {
    return agent.said(output);
  } catch {
    return '';
  }
}
