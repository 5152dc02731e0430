// The tokenizer as the flow sees it: a thread that is started when first needed and ended when idle. It never delays a
// call for long and never fails one: too much, too late or broken is "unknown".
import { existsSync } from 'node:fs';
import process from 'node:process';
import type { Clock, Ticker, TokenCounter } from '../ports.ts';
import type { Answer, Question } from './worker.ts';

const MOST_BODY = 4 * 1024 * 1024;
const MOST_WAITING = 16;
/** Longer than the largest body takes, loading included. */
const PATIENCE = 3_000;
const IDLE = 30_000;
const LOOK = 1_000;
/** A thread that breaks is not started again at once. */
const REST = 60_000;

/** A thread that answers questions in their order. */
export interface Engine {
  ask(question: Question): void;
  end(): void;
}

export interface EngineEvents {
  answer(answer: Answer): void;
  broken(): void;
}

export interface TokenizerParts {
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly start: (events: EngineEvents) => Engine;
}

interface Waiting {
  readonly since: number;
  readonly settle: (tokens: number | undefined) => void;
}

export class Tokenizer implements TokenCounter {
  readonly #parts: TokenizerParts;
  readonly #waiting = new Map<number, Waiting>();
  #engine: Engine | undefined = undefined;
  #stopLooking: () => void = () => undefined;
  #lastAsked = 0;
  #brokenAt = Number.NEGATIVE_INFINITY;
  #next = 1;

  constructor(parts: TokenizerParts) {
    this.#parts = parts;
  }

  get running(): boolean {
    return this.#engine !== undefined;
  }

  count(body: Buffer): Promise<number | undefined> {
    const now = this.#parts.clock.now();
    const busy = this.#waiting.size >= MOST_WAITING || now - this.#brokenAt < REST;
    if (busy || body.length > MOST_BODY) return Promise.resolve(undefined);
    const engine = this.#running();
    const id = this.#next;
    this.#next += 1;
    this.#lastAsked = now;
    return new Promise((settle) => {
      this.#waiting.set(id, { since: now, settle });
      // A copy: the body's own memory is still read by others.
      engine.ask({ id, body: Uint8Array.from(body) });
    });
  }

  close(): void {
    this.#stopLooking();
    this.#engine?.end();
    this.#engine = undefined;
    for (const { settle } of this.#waiting.values()) settle(undefined);
    this.#waiting.clear();
  }

  #running(): Engine {
    if (this.#engine !== undefined) return this.#engine;
    const engine = this.#parts.start({
      answer: ({ id, tokens }) => this.#settle(id, tokens),
      broken: () => {
        if (this.#engine !== engine) return;
        this.#brokenAt = this.#parts.clock.now();
        this.close();
      },
    });
    this.#engine = engine;
    this.#stopLooking = this.#parts.ticker.every(LOOK, () => this.#look());
    return engine;
  }

  #look(): void {
    const now = this.#parts.clock.now();
    for (const [id, { since }] of this.#waiting) if (now - since > PATIENCE) this.#settle(id, undefined);
    if (this.#waiting.size === 0 && now - this.#lastAsked > IDLE) this.close();
  }

  #settle(id: number, tokens: number | undefined): void {
    this.#waiting.get(id)?.settle(tokens);
    this.#waiting.delete(id);
  }
}

/** Beside us when compiled; in a bundle it is a file of its own, one folder up from chunks. */
const places = ['./worker.js', './tokenizer.js', '../tokenizer.js'] as const;

export function startThread(events: EngineEvents): Engine {
  const file = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url));
  if (file === undefined) {
    queueMicrotask(() => events.broken());
    return { ask: () => undefined, end: () => undefined };
  }
  // Only now: its code is memory that most gateways never need.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const worker = new Worker(file, { stdout: false, resourceLimits: { maxOldGenerationSizeMb: 256 } });
  // It must not keep the process alive.
  worker.unref();
  worker.on('message', (answer: Answer) => events.answer(answer));
  worker.on('error', () => events.broken());
  worker.on('exit', () => events.broken());
  return {
    ask: (question) => worker.postMessage(question, [question.body.buffer as ArrayBuffer]),
    end: () => void worker.terminate(),
  };
}
