// Stand-ins for everything a stage meets: clock, random, calls, upstreams, a dialect without grammar,
// a receiver that writes down what it is given, and next stages that follow a script.

import { CallWire } from '../../src/canonical/call-wire.ts';
import type { Caller } from '../../src/canonical/caller.ts';
import { GatewayError } from '../../src/canonical/errors.ts';
import { asCallId, asKeyId, asProjectId, asTenantId, asUserId } from '../../src/canonical/ids.ts';
import { asString, type JsonObject } from '../../src/canonical/json.ts';
import type { FrameKind, Operation, Protocol } from '../../src/canonical/protocol.ts';
import type { ModelFacts, Provider } from '../../src/canonical/provider.ts';
import { ReceiptDraft } from '../../src/canonical/receipt.ts';
import { noUsage, type Usage } from '../../src/canonical/usage.ts';
import type { Transport, WireHeaders, WireTimers } from '../../src/canonical/wire.ts';
import type { DispatchParts } from '../../src/flow/dispatch/dispatch.ts';
import { HealthBook } from '../../src/flow/dispatch/health/health-book.ts';
import { createSlots } from '../../src/flow/dispatch/slots/slots.ts';
import type {
  Admitted,
  Call,
  End,
  Head,
  Planned,
  Receiver,
  Target,
  Upstream,
  VirtualModel,
} from '../../src/flow/stage.ts';
import { Cancel } from '../../src/lib/cancel.ts';
import { scanObject } from '../../src/lib/json-scan.ts';
import type { Clock, Random, Ticker } from '../../src/ports.ts';

/** Time stands still until the test moves it; tickers fire on the way, in order. */
export class FakeClock implements Clock, Ticker {
  #now = 0;
  readonly #epoch: number;
  readonly #ticks = new Set<{ readonly period: number; due: number; readonly tick: () => void }>();

  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#epoch + this.#now;
  }

  every(milliseconds: number, tick: () => void): () => void {
    const entry = { period: milliseconds, due: this.#now + milliseconds, tick };
    this.#ticks.add(entry);
    return () => this.#ticks.delete(entry);
  }

  advance(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#ticks].filter((entry) => entry.due <= until).sort((a, b) => a.due - b.due)[0];
      if (due === undefined) break;
      this.#now = due.due;
      due.due += due.period;
      due.tick();
    }
    this.#now = until;
  }
}

/** Yields the given numbers in turn, over and over. */
export function fakeRandom(...values: readonly number[]): Random {
  let at = 0;
  return {
    next() {
      const value = values[at % values.length] ?? 0;
      at += 1;
      return value;
    },
  };
}

/** Lets everything that can settle without outside help settle. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function unscripted(what: string): never {
  throw new Error(`The fake has no ${what}; override it in the test.`);
}

export function fakeProtocol(parts: Partial<Protocol> = {}): Protocol {
  const id = parts.id ?? 'plain';
  return {
    id,
    routes: [{ path: `/${id}/chat`, operation: 'chat' }],
    knownFields: new Set(['model', 'stream', 'messages', 'max_tokens', 'temperature', 'top_p']),
    parameters: { max_tokens: ['max_tokens'], temperature: ['temperature'], top_p: ['top_p'] },
    forwardHeaders: [],
    requestIdHeader: 'x-request-id',
    keepalive: ': wait\n\n',
    streamType: 'text/event-stream',
    upstreamHeaders: () => ({}),
    fits: () => true,
    upstreamEdits: () => [],
    wantsUsage: () => true,
    prependSystem: (_wire, text) => ({ name: 'system', value: JSON.stringify(text) }),
    decodeCall: () => unscripted('decodeCall'),
    encodeCall: () => unscripted('encodeCall'),
    watch: () => unscripted('watch'),
    decoder: () => unscripted('decoder'),
    encoder: () => unscripted('encoder'),
    decodeError: (status, _headers, body) =>
      new GatewayError('upstream_fault', `The upstream said ${status}: ${body.toString()}.`),
    encodeError: (error) => ({
      status: error.status,
      body: JSON.stringify({ code: error.code, message: error.text }),
      headers: {},
    }),
    encodeStreamError: (error) => `error: ${error.code}\n\n`,
    ...parts,
  };
}

export interface CallOptions {
  /** The body: an object, or its exact text. `model` and `stream` are read from it. */
  readonly body?: JsonObject | string;
  readonly id?: string;
  readonly face?: Protocol;
  readonly operation?: Operation;
  readonly headers?: WireHeaders;
  readonly peer?: string;
  readonly clock?: Clock;
}

const defaultFace = fakeProtocol();

export function fakeCall(options: CallOptions = {}): Call {
  const { body = { model: 'fast', messages: [{ role: 'user', content: 'Hello' }] } } = options;
  const face = options.face ?? defaultFace;
  const operation = options.operation ?? 'chat';
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const wire = new CallWire(face, operation, bytes, scanObject(bytes, 64));
  const id = asCallId(options.id ?? 'call-1');
  const [now, wall] = [options.clock?.now() ?? 0, options.clock?.wall() ?? 0];
  const receipt = new ReceiptDraft(id, face.id, operation, now, wall);
  const model = asString(wire.value('model')) ?? '';
  const stream = wire.value('stream') === true;
  receipt.askedModel = model;
  receipt.stream = stream;
  receipt.bytesIn = bytes.length;
  const headers = options.headers ?? {};
  return { id, face, operation, wire, model, stream, headers, peer: options.peer ?? '127.0.0.1', receipt };
}

export function fakeCaller(parts: Partial<Record<keyof Caller, string>> = {}): Caller {
  return {
    tenant: asTenantId(parts.tenant ?? 'acme'),
    project: asProjectId(parts.project ?? 'demo'),
    user: asUserId(parts.user ?? 'ada'),
    key: asKeyId(parts.key ?? 'key-1'),
    keyName: parts.keyName ?? 'laptop',
  };
}

export interface AdmittedOptions extends CallOptions {
  readonly caller?: Caller;
  readonly virtual?: VirtualModel;
  readonly strict?: boolean;
}

export function fakeAdmitted(options: AdmittedOptions = {}): Admitted {
  const call = fakeCall(options);
  const caller = options.caller ?? fakeCaller();
  const virtual = options.virtual ?? fakeVirtual();
  call.receipt.caller = caller;
  call.receipt.model = virtual.name;
  return { ...call, caller, virtual, strict: options.strict ?? virtual.strict };
}

export function fakePlanned(
  options: AdmittedOptions & { readonly targets?: readonly Target[] } = {},
): Planned {
  const call = fakeAdmitted(options);
  return { ...call, targets: options.targets ?? call.virtual.targets };
}

/** What dispatch needs, with the dice always at one half. */
export function fakeDispatch(clock = new FakeClock()): DispatchParts {
  const random = fakeRandom(0.5);
  const health = new HealthBook({ clock, random });
  const slots = createSlots({ clock, ticker: clock });
  return { clock, random, ticker: clock, health, slots, attempts: 3, patience: 5_000, deadline: 900_000 };
}

export function fakeVirtual(parts: Partial<VirtualModel> = {}): VirtualModel {
  return {
    name: 'fast',
    targets: [],
    select: 'priority',
    parameters: [],
    cache: undefined,
    strict: false,
    systemPrompt: undefined,
    timers: undefined,
    deadline: undefined,
    hedge: undefined,
    rescue: false,
    limits: [],
    fingerprint: 'v1',
    ...parts,
  };
}

export const fakeTimers: WireTimers = {
  connect: 1_000,
  firstByte: 10_000,
  firstContent: 30_000,
  idle: 10_000,
  total: 60_000,
};

export function fakeProvider(parts: Partial<Provider> = {}): Provider {
  return {
    id: 'engine',
    summary: 'An engine that exists in tests only.',
    zone: 'local',
    protocols: ['plain'],
    authorize: () => ({}),
    ...parts,
  };
}

export interface UpstreamOptions extends Partial<Omit<Upstream, 'facts' | 'known' | 'load'>> {
  readonly models?: readonly ModelFacts[];
  readonly inflight?: number;
}

export function fakeUpstream(options: UpstreamOptions = {}): Upstream {
  const { models = [], inflight = 0, ...parts } = options;
  const transport: Transport = { send: () => unscripted('transport'), close: () => {} };
  return {
    name: 'here',
    provider: fakeProvider(),
    protocols: [defaultFace],
    origin: { tls: false, host: '127.0.0.1', port: 1 },
    path: (protocol, operation) => `/${protocol}/${operation}`,
    signer: undefined,
    secret: undefined,
    secrets: [],
    health: undefined,
    options: {},
    headers: {},
    zone: 'local',
    timers: fakeTimers,
    transport,
    facts: (model) => models.find((facts) => facts.id === model),
    known: () => models,
    knows: (model) => models.some((facts) => facts.id === model),
    load: { inflight },
    ...parts,
  };
}

export function fakeTarget(model: string, parts: Partial<Omit<Target, 'model' | 'label'>> = {}): Target {
  const upstream = parts.upstream ?? fakeUpstream();
  return { upstream, model, weight: parts.weight ?? 1, label: `${upstream.name}/${model}` };
}

export interface RecordedFrame {
  readonly text: string;
  readonly kind: FrameKind;
}

/** Writes down what it is given. `hold()` makes it a slow reader until `release()`. */
export class RecordingReceiver implements Receiver {
  readonly cancel = new Cancel();
  readonly heads: Head[] = [];
  readonly frames: RecordedFrame[] = [];
  #held = false;
  #waiting: (() => void)[] = [];

  start(head: Head): void {
    this.heads.push(head);
  }

  frame(bytes: Buffer, kind: FrameKind): boolean {
    this.frames.push({ text: bytes.toString(), kind });
    return !this.#held;
  }

  drained(): Promise<void> {
    if (!this.#held) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  get text(): string {
    return this.frames.map((frame) => frame.text).join('');
  }

  /** How many `drained` promises nobody has kept yet. */
  get waiting(): number {
    return this.#waiting.length;
  }
}

export function fakeUsage(fresh: number, output: number): Usage {
  return { ...noUsage, fresh, output };
}

export function okEnd(usage: Usage = fakeUsage(10, 5)): End {
  return { ok: true, usage };
}

export function failedEnd(error: GatewayError, started = false, usage: Usage = noUsage): End {
  return { ok: false, error, started, usage };
}

export function fakeHead(parts: Partial<Head> = {}): Head {
  return {
    status: 200,
    protocol: defaultFace,
    stream: false,
    operation: 'chat',
    rewritten: false,
    headers: {},
    ...parts,
  };
}

/** One call that reached the next stage: the test drives its answer and ends it. */
export interface Played<C extends Call> {
  readonly call: C;
  readonly to: Receiver;
  end(end: End): void;
  fail(cause: unknown): void;
}

/** A next stage whose every answer the test plays by hand. */
export function scripted<C extends Call>(): {
  readonly next: (call: C, to: Receiver) => Promise<End>;
  readonly played: Played<C>[];
} {
  const played: Played<C>[] = [];
  const next = (call: C, to: Receiver): Promise<End> =>
    new Promise((resolve, reject) => {
      played.push({ call, to, end: resolve, fail: reject });
    });
  return { next, played };
}
