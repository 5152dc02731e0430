// What is played with every agent, and what must then have been said: the requests, not only the exit code.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Asking, Way } from './agent.ts';
import { type AskedCall, type AskedTool, type Dialect, isStreamed, readCall } from './asked-call.ts';
import { checkLosses } from './losses.ts';
import type { Step, Story } from './stage.ts';
import type { Ground } from './start-agent.ts';
import { wishToRead, wishToRun, wishToWrite } from './tool-wish.ts';
import { THOUGHT, upstreamKinds } from './upstream-kinds.ts';
import type { Exchange } from './witness.ts';

export interface Scenario {
  readonly id: string;
  readonly prompt: string;
  /** For one agent only. */
  readonly agent?: string;
  /** Before one upstream only: what counts is between the agent and the gateway. */
  readonly upstream?: Dialect;
  steps(way: Way, upstream: Dialect): readonly Step[];
  check(story: Story): void;
}

const CONTENT = 'Zeile „eins“: it\'s "quoted", \\ and ✓\n';
const WROTE = 'call_write_1';
const READ = 'call_read_2';
const RAN = 'call_run_3';
const MARK = 'seen-by-the-shell';
const LAST = 'The note is written – and checked ✓.';
const SURE: Step = () => ({ text: LAST });

const reads = ({ tools }: AskedCall, { work }: Ground) => ({
  id: READ,
  ...wishToRead(tools, join(work, 'note.txt')),
});
const runs = ({ tools }: AskedCall) => ({ id: RAN, ...wishToRun(tools, `wc -c note.txt && echo ${MARK}`) });
const both: Step = (asked, _call, ground) => ({ tools: [reads(asked, ground), runs(asked)] });
const readOnly: Step = (asked, _call, ground) => ({ tools: [reads(asked, ground)] });
const runOnly: Step = (asked) => ({ tools: [runs(asked)] });

/** Writes a file, then reads it and runs a command at once, then says so. */
const loop: Scenario = {
  id: 'tool loop',
  prompt: 'Write a note called note.txt, check it, and tell me when it is done.',
  steps: ({ parallel }) => [
    ({ tools }, _call, { work }) => ({
      reasoning: THOUGHT,
      text: ['I write ', 'the note.'],
      tools: [{ id: WROTE, ...wishToWrite(tools, join(work, 'note.txt'), CONTENT) }],
    }),
    ...(parallel ? [both] : [readOnly, runOnly]),
    SURE,
  ],
  check(story) {
    checkRequests(story, Array(story.way.parallel ? 3 : 4).fill('streamed'));
    for (const exchange of story.sent) assert.equal(exchange.status, 200);
    assert.equal(story.said, LAST);
    assert.equal(story.file('note.txt'), CONTENT);
    checkToolTurns(story);
    checkSurvival(story);
    checkLosses(story);
  },
};

const rateLimited: Scenario = {
  id: 'rate limited once',
  prompt: 'Say that you are there.',
  steps: (_way, upstream) => [() => upstreamKinds[upstream].rateLimited(1), SURE],
  check(story) {
    checkRequests(story, ['streamed', 'streamed']);
    const [refused, repeated] = story.sent;
    assert.equal(refused?.status, 429);
    assert.equal(refused?.replyHeaders['retry-after'], '1');
    assert.ok((repeated?.at ?? 0) - (refused?.at ?? 0) >= 1000, 'It did not wait as long as it was told to.');
    assert.equal(story.said, LAST);
  },
};

const brokenOff: Scenario = {
  id: 'upstream breaks off',
  prompt: 'Say that you are there.',
  steps: (_way, upstream) => [() => upstreamKinds[upstream].breakOff(), SURE],
  check(story) {
    checkRequests(story, story.way.brokenOff);
    assert.equal(story.sent[0]?.status, 200);
    const outcomes = story.receipts.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'ok');
    assert.deepEqual(outcomes, ['upstream_truncated']);
    if (story.way.brokenOff.length > 1) assert.ok(story.said.endsWith(LAST), story.said);
    else assert.notEqual(story.run.code, 0);
  },
};

/** More than any agent makes. */
const MOST_TRIES = 20;

const allFailed: Scenario = {
  id: 'all targets fail',
  upstream: 'chat',
  prompt: 'Say that you are there.',
  steps: (_way, upstream) => Array(MOST_TRIES).fill(() => upstreamKinds[upstream].fails()),
  check(story) {
    checkRequests(story, story.way.allFailed);
    for (const { status, replyHeaders } of story.sent) {
      assert.equal(status, 502);
      // Google's clients know no such header.
      const hint = story.way.face === 'generate' ? undefined : 'false';
      assert.equal(replyHeaders['x-should-retry'], hint);
    }
    assert.notEqual(story.run.code, 0);
  },
};

const WINDOW = 200_000;
const PROMPT = 190_000;

const tooLong: Scenario = {
  id: 'no room for the answer',
  prompt: 'Say that you are there.',
  steps: (_way, upstream) => [
    (_asked, call) => {
      const answer = call.json.max_tokens ?? call.json.max_completion_tokens ?? 32_000;
      return upstreamKinds[upstream].tooLong({ prompt: PROMPT, answer, window: WINDOW });
    },
    SURE,
  ],
  check(story) {
    const { figures, words } = story.way.tooLong;
    const healing = upstreamKinds[story.upstream].figures ? figures : words;
    const summaries = healing === 'compacts' ? 1 : 0;
    checkRequests(story, healing === 'stops' ? ['streamed'] : ['streamed', 'streamed'], summaries);
    assert.equal(story.sent[0]?.status, 400);
    if (healing === 'stops') {
      assert.match(
        story.run.output + story.run.errors,
        /context|too long|token count/i,
        'It says what is wrong.',
      );
      return;
    }
    assert.equal(story.said, LAST);
    if (healing === 'compacts') return;
    const [first, second] = story.sent.map((exchange) => exchange.json.max_tokens);
    assert.ok(
      second < first && second <= WINDOW - PROMPT,
      `It asked for ${first} tokens, then for ${second}.`,
    );
    assert.equal(story.said, LAST);
  },
};

/** A tool whose schema the agent holds back until its model asks for it, and then is called. */
const heldBack: Scenario = {
  id: 'held-back tool',
  agent: 'claude-code',
  prompt: 'Say that you are there.',
  steps: () => [
    ({ tools }) => {
      const search = tools.find(({ name }) => name === 'ToolSearch');
      assert.ok(search, 'It offers no search for tools.');
      return {
        tools: [{ id: WROTE, name: 'ToolSearch', input: { query: 'select:CronList', max_results: 5 } }],
      };
    },
    ({ tools }) => {
      assert.ok(
        tools.find(({ name }) => name === 'CronList'),
        'The tool found is not offered.',
      );
      return { tools: [{ id: READ, name: 'CronList', input: {} }] };
    },
    SURE,
  ],
  check(story) {
    checkRequests(story, ['streamed', 'streamed', 'streamed']);
    assert.equal(story.said, LAST);
  },
};

export const scenarios: readonly Scenario[] = [loop, heldBack, rateLimited, brokenOff, allFailed, tooLong];

/** So many calls, in this order, streamed or not, each with its receipt, and none of them an SDK's repetition. */
function checkRequests(story: Story, expected: readonly Asking[], summaries = 0): void {
  const { way, sent, got, asides, receipts } = story;
  const asked = ({ path, json }: Exchange): Asking => (isStreamed(path, json) ? 'streamed' : 'whole');
  assert.deepEqual(sent.map(asked), expected);
  assert.equal(got.length, sent.length, 'The upstream was asked as often as the gateway.');
  assert.equal(asides.length, way.asides + summaries);
  assert.equal(receipts.length, sent.length + asides.length);
}

/** Every tool's outcome comes back under the id the upstream gave it, with what the model had asked for. */
function checkToolTurns({ got, upstream }: Story): void {
  const calls = got.map((call) => readCall(upstream, call.json));
  const [second, third] = [calls[1], calls.at(-1)];
  assert.deepEqual(idsOf(second), { calls: [WROTE], results: [WROTE] });
  assert.deepEqual(idsOf(third), { calls: [WROTE, READ, RAN], results: [WROTE, READ, RAN] });
  const results = new Map(third?.results.map(({ id, text }) => [id, text] as const));
  assert.match(results.get(READ) ?? '', /Zeile „eins“: it's "quoted", \\ and ✓/);
  assert.match(results.get(RAN) ?? '', new RegExp(`${Buffer.byteLength(CONTENT)} note.txt\\n${MARK}`));
  assert.ok(JSON.stringify(third?.calls[0]?.input).includes('quoted'), 'The call comes back with its input.');
}

function idsOf(call: AskedCall | undefined): { calls: string[] | undefined; results: string[] | undefined } {
  return { calls: call?.calls.map(({ id }) => id), results: call?.results.map(({ id }) => id) };
}

/** What the agent tells its model reaches it: instructions, the user's words, all tools with their schemas. */
function checkSurvival({ sent, got, upstream, way }: Story): void {
  for (const [at, exchange] of sent.entries()) {
    const asked = readCall(way.face, exchange.json);
    const heard = readCall(upstream, got[at]?.json);
    // Instructions in the midst of a conversation go to the user's words where a dialect has them at its head only.
    const all = `${heard.system}\n${heard.user}`;
    for (const line of linesOf(asked.system)) assert.ok(all.includes(line), `Lost: ${line}`);
    for (const line of linesOf(asked.user)) assert.ok(heard.user.includes(line), `Lost: ${line}`);
    assert.deepEqual(heard.tools.map(plainName), asked.tools.map(plainName));
    assert.deepEqual(heard.tools.map(fieldNames), asked.tools.map(fieldNames));
  }
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('x-anthropic-billing-header'));
}

/** Tools in namespaces are called by one name, free text is marked in it, where a dialect knows neither. */
function plainName({ name }: AskedTool): string {
  return name.replace('.', '__').replace(/__freetext$/, '');
}

function fieldNames({ schema }: AskedTool): readonly string[] {
  return schema === undefined ? ['input'] : Object.keys(schema.properties ?? {});
}
