// The composition root: read this first. A config and the edges of the process become one object that
// answers calls; a changed config becomes a new one, while the old one finishes what it has begun.
import { createBook } from './assembly/models.ts';
import { slotRules } from './assembly/slot-rules.ts';
import { createUpstream, inherit, type LiveUpstream } from './assembly/upstreams.ts';
import { GatewayError } from './canonical/errors.ts';
import type { Deed } from './canonical/held.ts';
import type { CallId } from './canonical/ids.ts';
import type { Operation, Place, Protocol } from './canonical/protocol.ts';
import { type Receipt, ReceiptDraft } from './canonical/receipt.ts';
import { noUsage } from './canonical/usage.ts';
import type { Transport, WireHeaders } from './canonical/wire.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import type { Config } from './config/schema.ts';
import { type AcceptBounds, accept, type Incoming } from './flow/accept/accept.ts';
import { ruledFields } from './flow/accept/one-spelling.ts';
import { admit, type Keyed } from './flow/admit/admit.ts';
import type { IssuedKey, KeyRing } from './flow/admit/key-ring.ts';
import type { Limiter } from './flow/admit/limiter.ts';
import type { ModelBook } from './flow/admit/model-book.ts';
import { keptTurns } from './flow/admit/turn-records.ts';
import type { TurnParts } from './flow/admit/turns.ts';
import { cache } from './flow/cache/cache.ts';
import type { ExactStore } from './flow/cache/store.ts';
import { choose } from './flow/choose/choose.ts';
import { dispatch } from './flow/dispatch/dispatch.ts';
import type { HealthBook } from './flow/dispatch/health/health-book.ts';
import type { Slots } from './flow/dispatch/slots/slots.ts';
import { Emitter } from './flow/emit/emit.ts';
import type { Outlet } from './flow/emit/outlet.ts';
import type { Keepalives } from './flow/emit/pulse.ts';
import { closeReceipt } from './flow/record/close.ts';
import { record } from './flow/record/record.ts';
import type { End, Handle } from './flow/stage.ts';
import { createHeld } from './held/answer.ts';
import { type HeldCall, readHeld } from './held/call.ts';
import type { FaceOf } from './held/lines.ts';
import { answerVisit, type PageAnswer, type Visit } from './held/visit.ts';
import type { Cancel } from './lib/cancel.ts';
import type { Deadlines } from './lib/deadlines.ts';
import type { Clock, Journal, Random, Records, Seals, Sink, Ticker, TokenCounter } from './ports.ts';
import { protocols } from './protocols/registry.ts';
import { providers } from './providers/registry.ts';

/** What outlives a config: the edges of the process and what it remembers. */
export interface Edges {
  readonly clock: Clock;
  readonly random: Random;
  readonly ticker: Ticker;
  readonly health: HealthBook;
  readonly transport: Transport;
  readonly journal: Journal;
  readonly sinks: readonly Sink[];
  readonly limiter: Limiter;
  readonly slots: Slots;
  readonly store: ExactStore;
  /** Counts what no upstream counts; without it sizes are guessed. */
  readonly tokenizer?: TokenCounter;
  /** Windows and prices of models that nobody else tells about. */
  readonly catalogue?: Catalogue;
  readonly records: Records;
  readonly seals: Seals;
  /** Where all callers who wait are looked at; without it nobody is kept alive. */
  readonly wheel?: Deadlines;
  readonly newCallId: () => CallId;
  readonly onBug: (cause: unknown, callId: CallId) => void;
}

/** One call as the server or the library hands it in: what its headers say. */
export interface Asked {
  readonly face: Protocol;
  readonly operation: Operation;
  readonly place: Place;
  readonly headers: WireHeaders;
  readonly peer: string;
  readonly outlet: Outlet;
  readonly cancel: Cancel;
}

/** Reads the body; only asked for once. Rejects with a GatewayError. */
export type ReadBody = () => Promise<Buffer>;

export interface Gateway {
  readonly config: Config;
  readonly keys: KeyRing;
  readonly models: ModelBook;
  readonly upstreams: readonly LiveUpstream[];
  /** Calls in the house. */
  readonly inflight: number;
  /** `key` is found by the headers: nobody's body is read before we know whose it is. */
  call(asked: Asked, key: IssuedKey, body: ReadBody): Promise<void>;
  /** A page about what is kept for a tenant: within the limits of the key, and on record. */
  visit(deed: Deed, visit: Visit): Promise<PageAnswer>;
  /** Writes a refusal for a call that never became one, in the dialect given. */
  refuse(asked: Asked, error: GatewayError): void;
}

/** `earlier`: the upstreams of the config before, which know their models already. */
export function createGateway(
  config: Config,
  keys: KeyRing,
  edges: Edges,
  earlier: readonly LiveUpstream[] = [],
): Gateway {
  const upstreams = createUpstreams(config, edges);
  for (const upstream of upstreams) inherit(upstream, earlier);
  edges.slots.arrange(slotRules(config, upstreams));
  const models = createBook(config, upstreams);
  const bounds = acceptBounds(config);
  const keepalives = keepalivesOf(config, edges.wheel);
  const stories = {
    answer: story(config, models, edges),
    hold: heldStory(config, upstreams, models, bounds, edges),
  };
  let inflight = 0;

  return {
    config,
    keys,
    models,
    upstreams,
    get inflight() {
      return inflight;
    },
    // From bytes to bytes. One suspended function per stage and stream is memory: this one does the whole way.
    async call(asked, key, body) {
      inflight += 1;
      const receipt = openReceipt(asked, edges);
      const emitter = createEmitter(asked, receipt, edges, keepalives);
      try {
        const bytes = await body();
        const { face, operation, place, headers, peer } = asked;
        const read = { face, operation, place, headers, peer, key, bytes, receipt };
        emitter.finish(await begin(read, bounds, stories, emitter));
      } catch (cause) {
        emitter.hush();
        turnAway(asked, receipt, asError(cause, receipt, edges), edges);
      } finally {
        inflight -= 1;
      }
    },
    visit(deed, visit) {
      const { clock, newCallId } = edges;
      const draft = new ReceiptDraft(newCallId(), visit.face.id, `turn.${deed}`, clock.now(), clock.wall());
      return answerVisit(visit, keptTurns(edges.records, visit.key.caller.tenant), draft, edges);
    },
    refuse(asked, error) {
      const draft = openReceipt(asked, edges);
      turnAway(asked, draft, error, edges);
    },
  };
}

/** The story of a call. Its stages run in alphabetical order; accept and emit are the two ends. */
function story(config: Config, models: ModelBook, edges: Edges): Handle<Keyed> {
  const { clock, random, journal, sinks, limiter, store, tokenizer, onBug } = edges;
  const { attempts, deadline, retryWait } = config;
  const dispatching = dispatch({ ...edges, attempts, deadline, patience: retryWait });
  const choosing = choose({ clock, random, tokenizer })(dispatching);
  const caching = cache({ clock, store })(choosing);
  const admitting = admit({ models, limiter, turns: turnParts(config, edges) })(caching);
  return record({ clock, journal, sinks, onBug })(admitting);
}

function turnParts(config: Config, { records, clock, onBug }: Edges): TurnParts {
  const { keep, maxBytesPerTenant } = config.history;
  return { records, clock, life: keep, maxBytes: config.listen.maxBody, maxKept: maxBytesPerTenant, onBug };
}

/** A call with its body. */
type Read = Incoming<IssuedKey>;

interface Stories {
  readonly answer: Handle<Keyed>;
  readonly hold: Handle<HeldCall>;
}

/** A shorter one, for calls that name no model: files and batches. */
function heldStory(
  config: Config,
  upstreams: readonly LiveUpstream[],
  models: ModelBook,
  bounds: AcceptBounds,
  edges: Edges,
): Handle<HeldCall> {
  const { clock, journal, sinks, limiter, onBug } = edges;
  const turns = turnParts(config, edges);
  const holding = createHeld({ upstreams, models, bounds, limiter, turns, clock, faceOf });
  return record({ clock, journal, sinks, onBug })(holding);
}

/** Who answers at a path that says nothing of the call but what it is for. */
const faceOf: FaceOf = (path) => {
  for (const face of protocols) {
    const route = face.routes.find((one) => one.path === path && one.deed === undefined);
    if (route !== undefined) return { face, operation: route.operation };
  }
  return undefined;
};

/** Throws for a body that is no call. */
function begin(read: Read, bounds: AcceptBounds, stories: Stories, emitter: Emitter): Promise<End> {
  const { operation } = read;
  if (operation === 'file' || operation === 'batch') {
    const held = readHeld({ ...read, kind: operation }, bounds.maxDepth);
    emitter.expect(held);
    return stories.hold(held, emitter);
  }
  const call = accept(read, bounds);
  emitter.expect(call);
  return stories.answer(call, emitter);
}

/** A body that never became a call leaves no receipt in the journal, but is seen by log and metrics. */
function turnAway(asked: Asked, draft: ReceiptDraft, error: GatewayError, edges: Edges): void {
  const end = { ok: false, error, started: false, usage: noUsage } as const;
  createEmitter(asked, draft, edges).finish(end);
  const reach = { face: asked.face, status: error.status, passed: 0, waiting: 0, started: false };
  const receipt: Receipt = closeReceipt(draft, end, reach, edges.clock.now());
  for (const sink of edges.sinks) {
    try {
      sink.take(receipt);
    } catch (cause) {
      edges.onBug(cause, draft.id);
    }
  }
}

function openReceipt(asked: Asked, edges: Edges): ReceiptDraft {
  const { clock, newCallId } = edges;
  const { deed } = asked.place;
  const operation = deed === undefined ? asked.operation : `${asked.operation}.${deed}`;
  return new ReceiptDraft(newCallId(), asked.face.id, operation, clock.now(), clock.wall());
}

function createEmitter(
  { face, outlet, cancel }: Asked,
  receipt: ReceiptDraft,
  { clock, seals }: Edges,
  keepalives?: Keepalives,
): Emitter {
  const now = (): number => clock.now();
  return new Emitter({ face, outlet, cancel, receipt, callId: receipt.id, now, seals, keepalives });
}

function keepalivesOf({ keepalive, models }: Config, wheel: Deadlines | undefined): Keepalives | undefined {
  if (wheel === undefined) return undefined;
  const periods = new Map(models.map((model) => [model.name, model.keepalive ?? keepalive] as const));
  const least = Math.min(keepalive, ...periods.values());
  return { wheel, least, of: (model) => periods.get(model) ?? keepalive };
}

function asError(cause: unknown, draft: ReceiptDraft, edges: Edges): GatewayError {
  if (cause instanceof GatewayError) return cause;
  edges.onBug(cause, draft.id);
  return new GatewayError('internal', 'The gateway could not read the call.', { cause });
}

function acceptBounds(config: Config): AcceptBounds {
  const rules = config.models.flatMap((model) => model.parameters);
  return { maxDepth: config.listen.maxDepth, ruled: ruledFields(rules.map((rule) => rule.name)) };
}

function createUpstreams(config: Config, edges: Edges): readonly LiveUpstream[] {
  const { transport, clock, random, catalogue } = edges;
  const byId = new Map(providers.map((provider) => [provider.id, provider] as const));
  const parts = { providers: byId, protocols, transport, clock, random, catalogue, timers: config.timers };
  return config.upstreams.map((options) => createUpstream(options, parts));
}
