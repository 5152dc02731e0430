// The agents' suite: real coding agents against the gateway and a scripted model. `npm run test:agents`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Agent } from './agent.ts';
import { type Dialect, isStreamed } from './asked-call.ts';

import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { geminiCli } from './gemini-cli.ts';
import { install } from './install.ts';
import { opencode } from './opencode.ts';
import { scenarios } from './scenarios.ts';
import { type Played, perform, type Story } from './stage.ts';
import { endAll } from './start-agent.ts';
import { upstreamKinds } from './upstream-kinds.ts';

const agents: readonly Agent[] = [claudeCode, codex, opencode, geminiCli];

interface Outcome {
  readonly agent: string;
  readonly way: string;
  readonly upstream: string;
  readonly scenario: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly requests: number;
  readonly problem?: string;
}

interface Report {
  readonly outcomes: Outcome[];
  readonly skipped: { readonly agent: string; readonly why: string }[];
  /** Whom each agent wanted to reach beside the gateway. */
  readonly wanted: Record<string, string[]>;
}

const { values } = parseArgs({
  options: {
    agent: { type: 'string' },
    scenario: { type: 'string' },
    upstream: { type: 'string' },
    json: { type: 'boolean', default: false },
    dump: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});

/** Progress goes beside the result, so that `--json` stays one. */
function tell(line: string): void {
  (values.json ? process.stderr : process.stdout).write(`${line}\n`);
}

function chosen<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  wish: string | undefined,
): Item[] {
  if (wish === undefined) return [...items];
  const names = wish.split(',');
  for (const name of names) {
    if (items.some((item) => nameOf(item) === name)) continue;
    tell(`There is no ${name}. There are: ${items.map(nameOf).join(', ')}.`);
    process.exit(2);
  }
  return items.filter((item) => names.includes(nameOf(item)));
}

const idOf = ({ id }: { readonly id: string }): string => id;
const cache = process.env['SIGNALBOX_AGENTS_DIR'] ?? join(tmpdir(), 'signalbox-agents');
const report: Report = { outcomes: [], skipped: [], wanted: {} };

async function playAll(agent: Agent, command: string): Promise<void> {
  const wanted = new Set<string>();
  const dialects = Object.keys(upstreamKinds) as Dialect[];
  for (const way of agent.ways) {
    for (const upstream of chosen(dialects, String, values.upstream)) {
      tell(`\n${agent.id} ${agent.version}, ${way.id}, upstream ${upstream}`);
      for (const scenario of chosen(scenarios, idOf, values.scenario)) {
        if ((scenario.agent ?? agent.id) !== agent.id) continue;
        if ((scenario.upstream ?? upstream) !== upstream) continue;
        const { prompt, check } = scenario;
        const steps = scenario.steps(way, upstream);
        const played = await perform({ agent, command, way, upstream, prompt, steps, check });
        for (const host of played.wanted) wanted.add(host);
        note({ agent: agent.id, way: way.id, upstream, scenario: scenario.id }, played);
      }
    }
  }
  report.wanted[agent.id] = [...wanted].sort();
}

function note(what: Pick<Outcome, 'agent' | 'way' | 'upstream' | 'scenario'>, played: Played): void {
  const { problem, run, story } = played;
  const ms = Math.round(run?.ms ?? 0);
  const requests = (story?.sent.length ?? 0) + (story?.asides.length ?? 0);
  const ok = problem === undefined;
  report.outcomes.push({ ...what, ok, ms, requests, ...(ok ? {} : { problem: problem.message }) });
  tell(`  ${ok ? 'ok    ' : 'FAILED'} ${what.scenario.padEnd(24)} ${requests} requests, ${ms} ms`);
  if (!ok) tell(`         ${problem.message.replaceAll('\n', '\n         ')}`);
  if (values.verbose || !ok) tell(trace(played));
  if (values.dump !== undefined && story !== undefined) dump(values.dump, what, story);
}

/** What was sent and got, to be read by people. */
function dump(folder: string, what: Readonly<Record<string, string>>, { sent, asides, got }: Story): void {
  mkdirSync(folder, { recursive: true });
  const name = Object.values(what).join('-').replaceAll(' ', '_');
  const calls = got.map(({ path, headers, json }) => ({ path, headers, json }));
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ ...what, sent, asides, got: calls }, null, 2));
}

const WIDEST = 500;

function trace({ run, story }: Played): string {
  const lines = [...(story?.sent ?? []), ...(story?.asides ?? [])].map(
    ({ path, status, json, replyHeaders }) =>
      `${path} ${status} streamed:${isStreamed(path, json)} ${replyHeaders['x-signalbox-translation'] ?? ''}`,
  );
  lines.push(
    `exit ${run?.code}`,
    `stdout ${run?.output.slice(-WIDEST)}`,
    `stderr ${run?.errors.slice(-WIDEST)}`,
  );
  return lines.map((line) => `         ${line}`).join('\n');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endAll();
    process.exit(130);
  });
}
mkdirSync(cache, { recursive: true });
for (const agent of chosen(agents, idOf, values.agent)) {
  tell(`\nInstalling ${agent.package}@${agent.version} …`);
  const command = await install(agent, cache).catch((cause: Error) => {
    report.skipped.push({ agent: agent.id, why: cause.message });
    tell(`SKIPPED: ${agent.id} cannot be installed or started here: ${cause.message}`);
  });
  if (command !== undefined) await playAll(agent, command);
}
const failed = report.outcomes.filter(({ ok }) => !ok).length;
tell(`\n${report.outcomes.length - failed} ok, ${failed} failed, ${report.skipped.length} agents skipped.`);
for (const [agent, hosts] of Object.entries(report.wanted)) {
  if (hosts.length > 0) tell(`${agent} wanted to reach, and could not: ${hosts.join(', ')}`);
}
if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
process.exit(failed > 0 || report.outcomes.length === 0 ? 1 : 0);
