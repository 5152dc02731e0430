// Receipts as Prometheus metrics. Taking one in costs a few lookups and additions; the text is made when
// somebody scrapes. No label carries what a caller made up: such model names would be unbounded.
import type { CacheOutcome, QueueNote, Receipt } from '../canonical/receipt.ts';
import type { Sink } from '../ports.ts';
import { Counter, type Family, Gauge, Histogram } from './families.ts';
import { LabelIndex } from './label-index.ts';
import type { ProcessFigures } from './process-figures.ts';

export interface MetricsOptions {
  readonly version: string;
  /** Calls in the house right now. */
  readonly inflight: () => number;
  readonly upstreams: () => Iterable<{ readonly name: string; readonly inflight: number }>;
  /** Those that calls have met. */
  readonly targets: () => Iterable<{ readonly name: string; readonly state: string }>;
  /** Of upstreams that take only so many calls at a time. */
  readonly slots?: () => Iterable<SlotFigures>;
  readonly process: ProcessFigures;
  readonly overload?: () => OverloadFigures;
  /** Is this a model of the config or of an upstream's list? Others share a label for each upstream. */
  readonly isListed: (model: string) => boolean;
  /** Sets of label values per family before new ones become `other`. */
  readonly limit?: number;
}

export interface SlotFigures {
  readonly upstream: string;
  readonly used: number;
  readonly limit: number;
  readonly waiting: number;
}

/** What the guard against overload sees and does. */
export interface OverloadFigures {
  readonly turnedAway: readonly (readonly [reason: string, count: number])[];
  readonly overloaded: boolean;
  /** Bytes of request bodies. */
  readonly heldBytes: number;
  readonly heapUsed: number;
  readonly heapLimit: number;
  readonly mostDescriptors: number | undefined;
}

export interface Metrics extends Sink {
  /** The text a scraper reads; its content type is `metricsType`. */
  expose(): string;
}

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

const LIMIT = 1000;
const NANO = 1e9;
const MILLI = 1000;
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const KINDS = { name: 'kind', values: ['fresh', 'cache_read', 'cache_write', 'output', 'reasoning'] };

export function createMetrics(options: MetricsOptions): Metrics {
  return new CallMetrics(options);
}

class CallMetrics implements Metrics {
  readonly #callsBy: LabelIndex;
  readonly #pairs: LabelIndex;
  readonly #caches: LabelIndex;
  readonly #attemptsBy: LabelIndex;
  readonly #calls: Counter;
  readonly #duration: Histogram;
  readonly #firstContent: Histogram;
  readonly #tokens: Counter;
  readonly #cost: Counter;
  readonly #saved: Counter;
  readonly #unpriced: Counter;
  readonly #cache: Counter;
  readonly #attempts: Counter;
  readonly #queuedBy: LabelIndex;
  readonly #queued: Counter;
  readonly #waits: Histogram;
  readonly #live: readonly Family[];
  readonly #isListed: (model: string) => boolean;

  constructor(options: MetricsOptions) {
    const { limit = LIMIT } = options;
    this.#isListed = options.isListed;
    this.#callsBy = new LabelIndex(['face', 'model', 'upstream', 'outcome'], limit);
    this.#pairs = new LabelIndex(['model', 'upstream'], limit);
    this.#caches = new LabelIndex(['result'], limit);
    this.#attemptsBy = new LabelIndex(['target', 'outcome'], limit);
    this.#calls = new Counter(name('calls_total'), 'Calls that have ended.', this.#callsBy);
    const took = 'Seconds from arrival to the end of the answer.';
    this.#duration = new Histogram(name('call_duration_seconds'), took, this.#pairs, SECONDS);
    const waited = 'Seconds from arrival to the first content.';
    this.#firstContent = new Histogram(name('first_content_seconds'), waited, this.#pairs, SECONDS);
    const counted = 'Tokens that upstreams read and wrote. Reasoning is part of output.';
    this.#tokens = new Counter(name('tokens_total'), counted, this.#pairs, KINDS);
    const due = 'Dollars that upstreams are owed.';
    this.#cost = new Counter(name('cost_dollars_total'), due, this.#pairs, undefined, NANO);
    const kept = 'Dollars that answers from the cache would have cost.';
    this.#saved = new Counter(name('saved_dollars_total'), kept, this.#pairs, undefined, NANO);
    const unknown = 'Calls whose whole cost nobody knows, for want of a price.';
    this.#unpriced = new Counter(name('unpriced_calls_total'), unknown, this.#pairs);
    this.#cache = new Counter(name('cache_total'), 'Calls by what the cache did for them.', this.#caches);
    const tried = 'Tries at a target, by how they ended.';
    this.#attempts = new Counter(name('attempts_total'), tried, this.#attemptsBy);
    this.#queuedBy = new LabelIndex(['upstream', 'outcome'], limit);
    const came = 'Calls for which an upstream had no room, by what became of them.';
    this.#queued = new Counter(name('queued_total'), came, this.#queuedBy);
    const stood = 'Seconds that calls waited for a slot of an upstream.';
    this.#waits = new Histogram(name('queue_wait_seconds'), stood, this.#queuedBy, SECONDS);
    this.#live = live(options);
  }

  take(receipt: Receipt): void {
    const { draft, outcome, usage } = receipt;
    const model = draft.model === undefined ? 'unknown' : this.#label(draft.model);
    const upstream = draft.upstream ?? 'none';
    const pair = this.#pairs.slot(model, upstream);
    this.#calls.add(this.#callsBy.slot(draft.face, model, upstream, outcome), 1);
    this.#duration.observe(pair, (receipt.endedAt - draft.arrived) / MILLI);
    if (draft.firstContentAt !== undefined) this.#firstContent.observe(pair, draft.firstContentAt / MILLI);
    this.#cache.add(this.#caches.slot(draft.cache), 1);
    for (const attempt of draft.attempts) {
      this.#attempts.add(this.#attemptsBy.slot(this.#label(attempt.target), attempt.outcome), 1);
    }
    if (draft.queued !== undefined) for (const note of draft.queued) this.#noteQueued(note);
    if (fromCache(draft.cache)) {
      const { saved } = receipt;
      if (saved !== undefined) this.#saved.add(pair, Number(saved));
      return;
    }
    this.#tokens.add(pair, usage.fresh, 0);
    this.#tokens.add(pair, usage.cacheRead, 1);
    this.#tokens.add(pair, usage.cacheWrite, 2);
    this.#tokens.add(pair, usage.output, 3);
    this.#tokens.add(pair, usage.reasoning, 4);
    this.#takeCost(pair, receipt);
  }

  #takeCost(pair: number, { cost, costState }: Receipt): void {
    if (costState === 'unpriced') this.#unpriced.add(pair, 1);
    if (costState !== 'free' && cost !== undefined) this.#cost.add(pair, Number(cost));
  }

  #noteQueued({ target, outcome, ms }: QueueNote): void {
    const slot = this.#queuedBy.slot(target.slice(0, target.indexOf('/')), outcome);
    this.#queued.add(slot, 1);
    if (ms !== undefined) this.#waits.observe(slot, ms / MILLI);
  }

  /** `up/*` for what is called by an upstream's name and a model's that nobody told us of. */
  #label(model: string): string {
    const slash = model.indexOf('/');
    return slash < 0 || this.#isListed(model) ? model : `${model.slice(0, slash)}/*`;
  }

  expose(): string {
    const families = [
      this.#calls,
      this.#duration,
      this.#firstContent,
      this.#tokens,
      this.#cost,
      this.#saved,
      this.#unpriced,
      this.#cache,
      this.#attempts,
      this.#queued,
      this.#waits,
      ...this.#live,
    ];
    return families.map((family) => family.expose()).join('');
  }
}

function name(rest: string): string {
  return `signalbox_${rest}`;
}

function fromCache(outcome: CacheOutcome): boolean {
  return outcome === 'hit' || outcome === 'joined';
}

function live(options: MetricsOptions): readonly Family[] {
  const { process, version } = options;
  const build = { version, node: process.nodeVersion };
  return [
    new Gauge(name('inflight_calls'), 'Calls being answered.', 'gauge', () => [
      { value: options.inflight() },
    ]),
    new Gauge(name('upstream_inflight'), 'Calls an upstream is working on.', 'gauge', () =>
      [...options.upstreams()].map((of) => ({ labels: { upstream: of.name }, value: of.inflight })),
    ),
    slotGauge('slots_used', 'Slots of an upstream that calls hold.', options, (of) => of.used),
    slotGauge('slots_limit', 'Slots an upstream has.', options, (of) => of.limit),
    slotGauge('queue_length', 'Calls that wait for a slot of an upstream.', options, (of) => of.waiting),
    new Gauge(
      name('target_state'),
      'One in the state a target is in: up, out, probing, ramping.',
      'gauge',
      () =>
        [...options.targets()]
          .filter(({ name: target }) => options.isListed(target))
          .map(({ name: target, state }) => ({ labels: { target, state }, value: 1 })),
    ),
    new Gauge(
      name('event_loop_delay_seconds'),
      'Delay of the event loop since the last scrape.',
      'gauge',
      () => process.loopDelay().map(([quantile, value]) => ({ labels: { quantile }, value })),
    ),
    new Gauge('process_cpu_seconds_total', 'Processor time used.', 'counter', () => [
      { value: process.cpuSeconds() },
    ]),
    new Gauge('process_resident_memory_bytes', 'Memory held.', 'gauge', () => [
      { value: process.residentBytes() },
    ]),
    new Gauge('process_start_time_seconds', 'When the process started, in Unix time.', 'gauge', () => [
      { value: process.startedAt },
    ]),
    new Gauge('process_open_fds', 'Open file descriptors.', 'gauge', () =>
      optional(process.openDescriptors()),
    ),
    ...(options.overload === undefined ? [] : overload(options.overload)),
    new Gauge(name('build_info'), 'What is running.', 'gauge', () => [{ labels: build, value: 1 }]),
  ];
}

function slotGauge(
  rest: string,
  help: string,
  { slots = () => [] }: MetricsOptions,
  read: (figures: SlotFigures) => number,
): Gauge {
  return new Gauge(name(rest), help, 'gauge', () =>
    [...slots()].map((of) => ({ labels: { upstream: of.upstream }, value: read(of) })),
  );
}

function overload(figures: () => OverloadFigures): readonly Family[] {
  const one = (of: string, help: string, read: (all: OverloadFigures) => number | undefined): Family =>
    new Gauge(of, help, 'gauge', () => optional(read(figures())));
  return [
    new Gauge(name('shed_total'), 'Calls turned away because it was too much.', 'counter', () =>
      figures().turnedAway.map(([reason, value]) => ({ labels: { reason }, value })),
    ),
    one(name('overloaded'), 'Is it too much, and for long?', (all) => Number(all.overloaded)),
    one(name('held_body_bytes'), 'Request bodies in memory.', (all) => all.heldBytes),
    one(name('heap_used_bytes'), 'JavaScript heap in use.', (all) => all.heapUsed),
    one(name('heap_limit_bytes'), 'JavaScript heap there may be.', (all) => all.heapLimit),
    one('process_max_fds', 'File descriptors there may be.', (all) => all.mostDescriptors),
  ];
}

function optional(value: number | undefined): readonly { value: number }[] {
  return value === undefined ? [] : [{ value }];
}
