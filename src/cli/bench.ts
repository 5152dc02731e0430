// `signalbox bench`: a quick look at a running gateway. Bounded in calls and in time; no benchmark suite.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { simSettings } from '../providers/sim/options.ts';
import { type Figures, figuresOf, report, type Sample } from './bench-report.ts';
import { CommandError, FAILED, OK } from './exit-codes.ts';
import { faces } from './faces.ts';
import { callGateway } from './gateway-call.ts';
import { callHttp, type HttpCall } from './http-call.ts';
import type { Terminal } from './terminal.ts';
import { pathOf, type WhereFlags, whereabouts } from './whereabouts.ts';

export interface BenchFlags extends WhereFlags {
  readonly model: string;
  readonly calls: number;
  readonly concurrency: number;
  readonly rate?: number;
  readonly stream?: boolean;
  readonly json?: boolean;
}

const LONGEST = 20_000;
const PROGRESS_EVERY = 1_000;

export async function bench(flags: BenchFlags, terminal: Terminal): Promise<number> {
  const call = callOf(flags, terminal);
  // One call ahead: it says what is wrong with key or model once, and opens the first connection.
  await callGateway(call, terminal);
  const run = new Run(call, flags);
  const stopReporting = showProgress(run, flags.calls, terminal);
  await run.all();
  stopReporting();
  call.agent?.destroy();
  const figures = figuresOf(run.samples, run.failed, run.took, waitOf(flags));
  if (figures === undefined) throw new CommandError(FAILED, `All ${run.failed} calls failed.`);
  show(figures, flags, terminal);
  return figures.failed === 0 ? OK : FAILED;
}

/**
 * What a simulated model waits before its first token, unless the config changed it. Only a streamed
 * answer shows its first token; of a whole one the model's share is not known.
 */
export function waitOf({ model, stream }: Pick<BenchFlags, 'model' | 'stream'>): number | undefined {
  if (stream !== true || !model.startsWith('sim/')) return undefined;
  const settings = simSettings({}).get(model.slice('sim/'.length));
  return settings?.jitter === 0 ? settings.ttft : undefined;
}

function callOf(flags: BenchFlags, terminal: Terminal): HttpCall {
  const where = whereabouts(flags, terminal.env);
  const settings = { keepAlive: true, maxSockets: flags.concurrency };
  const stream = flags.stream === true;
  return {
    url: pathOf(where.url, faces.openai.path),
    headers: faces.openai.headers(where.key),
    body: faces.openai.body({ model: flags.model, prompt: 'Say hello.', system: undefined, stream }),
    agent: where.url.protocol === 'https:' ? new HttpsAgent(settings) : new HttpAgent(settings),
  };
}

class Run {
  readonly samples: Sample[] = [];
  failed = 0;
  took = 0;
  readonly #call: HttpCall;
  readonly #flags: BenchFlags;
  readonly #began = performance.now();
  #next = 0;

  constructor(call: HttpCall, flags: BenchFlags) {
    this.#call = call;
    this.#flags = flags;
  }

  async all(): Promise<void> {
    const lanes = Math.min(this.#flags.concurrency, this.#flags.calls);
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
    this.took = performance.now() - this.#began;
  }

  async #lane(): Promise<void> {
    for (;;) {
      const due = this.#take();
      if (due === undefined) return;
      await until(due);
      await this.#one(due);
    }
  }

  /** When the next call is due; with a rate that is fixed, however slow the answers are. */
  #take(): number | undefined {
    const now = performance.now();
    const { calls, rate } = this.#flags;
    if (this.#next >= calls || now - this.#began > LONGEST) return undefined;
    const due = rate === undefined ? now : this.#began + (this.#next * 1000) / rate;
    this.#next += 1;
    return due - this.#began > LONGEST ? undefined : due;
  }

  async #one(began: number): Promise<void> {
    let first: number | undefined;
    try {
      const onRead = () => {
        first ??= performance.now();
      };
      const { status, headers } = await callHttp({ ...this.#call, onRead });
      const end = performance.now();
      if (status !== 200) this.failed += 1;
      else
        this.samples.push({
          first: (first ?? end) - began,
          whole: end - began,
          upstream: upstreamTime(headers['server-timing']),
        });
    } catch {
      this.failed += 1;
    }
  }
}

/** `upstream;dur=40.2`: how long the gateway itself waited for the first byte. */
export function upstreamTime(header: string | string[] | undefined): number | undefined {
  const found = /(?:^|,)\s*upstream\s*;\s*dur=(\d+(?:\.\d+)?)/.exec(String(header ?? ''));
  return found === null ? undefined : Number(found[1]);
}

function until(due: number): Promise<void> | undefined {
  const wait = due - performance.now();
  if (wait <= 0) return undefined;
  return new Promise((resolve) => {
    setTimeout(resolve, wait);
  });
}

function showProgress(run: Run, calls: number, terminal: Terminal): () => void {
  const timer = setInterval(() => {
    terminal.err.write(`${run.samples.length + run.failed} of ${calls} calls\n`);
  }, PROGRESS_EVERY);
  return () => clearInterval(timer);
}

function show(figures: Figures, flags: BenchFlags, terminal: Terminal): void {
  if (flags.json === true) {
    const { model, concurrency, rate = null, stream = false } = flags;
    terminal.out.write(`${JSON.stringify({ ok: true, model, concurrency, rate, stream, ...figures })}\n`);
  } else terminal.out.write(report(figures, flags.model, flags.stream === true));
}
