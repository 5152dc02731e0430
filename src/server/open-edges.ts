// Opens the edges of the process: clock, sockets, journal, log, metrics. Closed again by the lifeline.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Secret } from '../canonical/ids.ts';
import type { Config } from '../config/schema.ts';
import { createLimiter } from '../flow/admit/limiter.ts';
import { createExactStore } from '../flow/cache/store.ts';
import type { BreakerState } from '../flow/dispatch/health/breaker.ts';
import { HealthBook } from '../flow/dispatch/health/health-book.ts';
import { createSlots } from '../flow/dispatch/slots/slots.ts';
import { createReceiptEncoder } from '../flow/record/encode.ts';
import type { Edges } from '../gateway.ts';
import { Deadlines } from '../lib/deadlines.ts';
import type { Journal, Seals, Ticker } from '../ports.ts';
import { createFileJournal, type FileJournalOptions } from '../store/journal.ts';
import { createSeals } from '../store/seals.ts';
import { startStore, ThreadRecords } from '../store/thread-records.ts';
import { createLog, type Log, type LogOptions } from '../telemetry/log.ts';
import { createMetrics, type Metrics, type OverloadFigures } from '../telemetry/metrics.ts';
import { createProcessFigures } from '../telemetry/process-figures.ts';
import { createRedactor, type Redact } from '../telemetry/redact.ts';
import { createStreamWrite } from '../telemetry/stream-write.ts';
import { startThread, Tokenizer } from '../tokens/tokenizer.ts';
import { HttpTransport } from '../transport/http-transport.ts';
import { createCallIds } from './call-ids.ts';
import { createClock, createRandom, createTicker } from './edges.ts';
import { healthTold } from './health-log.ts';
import type { LiveGateway } from './live-gateway.ts';
import { createFigures } from './overload/figures.ts';
import type { Figures, OverloadGuard } from './overload/guard.ts';
import { overloadFigures } from './overload/told.ts';
import { PriceList, SHEET_FILE } from './price-list.ts';
import type { StateFolder } from './state.ts';
import { version } from './version.ts';
import type { WorkerTies } from './workers/messages.ts';
import { tellingSeals } from './workers/telling-seals.ts';

/** Keepalives need not be punctual. */
const GRAIN = 50;

export interface OpenEdges {
  readonly flow: Edges;
  readonly ticker: Ticker;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly prices: PriceList;
  readonly figures: Figures;
  /** These texts leave the process in no output, ever: calls begun before a reload still hold its old secrets. */
  guard(secrets: readonly Secret[]): void;
  /** Whose figures the metrics show. */
  watch(live: LiveGateway): void;
  /** What the metrics tell of overload. */
  watchGuard(guard: OverloadGuard): void;
  close(): Promise<void>;
}

const AWAKENING = 2_000;

export function openEdges(config: Config, state: StateFolder, ties?: WorkerTies): OpenEdges {
  const clock = createClock();
  const ticker = createTicker();
  const guarded = new Map<string, Secret>();
  let redacting: Redact = createRedactor([]);
  let live: LiveGateway | undefined;
  const stopAwakening = ticker.every(AWAKENING, () => live?.awaken());
  let guard: OverloadGuard | undefined;
  const figures = createFigures();
  const redact: Redact = (text) => redacting(text);
  const encode = createReceiptEncoder(redact);
  const journal = openJournal(config, state, { clock, ticker, encode });
  const log = openLog(config, { clock, ticker, redact, encode });
  const random = createRandom();
  const slots = createSlots({ clock, ticker });
  const health = new HealthBook({ clock, random, ...healthTold(log, slots) });
  const overload = () => overloadFigures(guard, figures);
  const metrics = openMetrics(() => live, overload, { clock, health, slots });
  const transport = new HttpTransport(clock, ticker);
  const seals = sealsAmong(createSeals(clock), metrics, ties);
  const tokenizer = new Tokenizer({ clock, ticker, start: startThread });
  const records = new ThreadRecords(startStore(state.file('store.db')));
  const prices = new PriceList(state.file(SHEET_FILE), (message) => log.event('warn', message));
  return {
    ticker,
    log,
    metrics,
    prices,
    figures,
    flow: {
      clock,
      random,
      ticker,
      health,
      transport,
      journal: knownCallersOnly(journal),
      sinks: [log, metrics],
      limiter: createLimiter(clock),
      slots,
      store: createExactStore({ maxBytes: config.cache.maxBytes, maxEntry: config.cache.maxEntry, clock }),
      tokenizer,
      catalogue: prices.catalogue,
      records,
      seals,
      wheel: new Deadlines(clock, ticker, GRAIN),
      newCallId: createCallIds(),
      onBug: tellBug(log),
    },
    guard(secrets) {
      for (const secret of secrets) guarded.set(secret.reveal(), secret);
      redacting = createRedactor(guarded.values());
    },
    watch(gateway) {
      live = gateway;
    },
    watchGuard(watching) {
      guard = watching;
    },
    async close() {
      stopAwakening();
      transport.close();
      tokenizer.close();
      await journal.close();
      await records.close();
      log.close();
    },
  };
}

function* targetStates(health: HealthBook): Generator<{ name: string; state: BreakerState }> {
  for (const { label, breaker } of health.all()) yield { name: label, state: breaker.state };
}

function openMetrics(
  live: () => LiveGateway | undefined,
  overload: () => OverloadFigures,
  { clock, health, slots }: Pick<Edges, 'clock' | 'health' | 'slots'>,
): Metrics {
  return createMetrics({
    version,
    inflight: () => live()?.inflight ?? 0,
    upstreams: () => upstreamLoads(live()),
    targets: () => targetStates(health),
    slots: () => slots.readings(),
    process: createProcessFigures(() => clock.wall()),
    overload,
    isListed: (model) => live()?.current.models.has(model) === true,
  });
}

/** What one worker has seen sealed, the next call may bring to another. */
function sealsAmong(seals: Seals, metrics: Metrics, ties: WorkerTies | undefined): Seals {
  if (ties === undefined) return seals;
  ties.opened({
    metrics: () => metrics.expose(),
    learn: ({ tenant, callId, sealed }) => seals.of(tenant).keep(callId, sealed),
  });
  return tellingSeals(seals, ties);
}

function openLog(config: Config, parts: Pick<LogOptions, 'clock' | 'ticker' | 'redact' | 'encode'>): Log {
  const { level, format = process.stderr.isTTY ? 'pretty' : 'json' } = config.log;
  return createLog({ write: createStreamWrite(process.stderr), level, format, ...parts });
}

function openJournal(
  config: Config,
  state: StateFolder,
  parts: Pick<FileJournalOptions, 'clock' | 'ticker' | 'encode'>,
): Journal {
  const folder = config.journal.path ?? state.file('journal');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return createFileJournal({
    path: join(folder, 'receipts.ndjson'),
    maxBytes: config.journal.maxSize,
    ...parts,
  });
}

/** Strangers are logged and counted, but cannot fill the disk. */
function knownCallersOnly(journal: Journal): Journal {
  const nothing = Promise.resolve();
  return {
    append: (receipt) => (receipt.draft.caller === undefined ? nothing : journal.append(receipt)),
    close: () => journal.close(),
  };
}

function upstreamLoads(live: LiveGateway | undefined): { name: string; inflight: number }[] {
  const upstreams = live?.current.upstreams ?? [];
  return upstreams.map(({ name, load }) => ({ name, inflight: load.inflight }));
}

function tellBug(log: Log): Edges['onBug'] {
  return (cause, call) =>
    log.event('error', 'Something that must not happen.', { call, cause: describe(cause) });
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
