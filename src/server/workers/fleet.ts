// The supervisor's whole work: so many workers are there, a dead one is replaced, all of them hear what one
// should know, and they leave in good order. It takes no calls itself.
import type { Clock, Ticker } from '../../ports.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Facts, FromWorker, ToWorker } from './messages.ts';
import { countersOf, sumMetrics } from './sum-metrics.ts';

/** A process as the fleet needs it. */
export interface WorkerProcess {
  readonly pid: number;
  send(message: ToWorker): void;
  kill(): void;
}

export interface WorkerEvents {
  said(message: FromWorker): void;
  exited(how: string): void;
}

export interface FleetParts {
  readonly count: number;
  /** Bytes. */
  readonly memory: number | undefined;
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly log: Pick<Log, 'event'>;
  readonly spawn: (events: WorkerEvents) => WorkerProcess;
}

/** Who lived for so long has not failed by starting. */
const SETTLED = 10_000;
const FIRST_WAIT = 100;
const LONGEST_WAIT = 10_000;
/** Beats come every few seconds; who has been silent for so long does nothing else any more either. */
const SILENT = 30_000;
/** Before it is ready it has no beats, and may wait for others: engines to answer, lists to come. */
const SILENT_START = 120_000;
/** Growth takes time: who is too large from the start would be replaced for ever. */
const GROWN = 60_000;
const LOOK = 1_000;
const GATHER = 1_000;

interface Member {
  readonly process: WorkerProcess;
  readonly since: number;
  state: 'starting' | 'ready' | 'leaving';
  heard: number;
  /** Its metrics when last asked. */
  figures: string;
  readonly ready: Promise<Facts>;
  readonly gone: Promise<void>;
}

interface Gathering {
  readonly waiting: Set<Member>;
  done(): void;
}

export class Fleet {
  readonly #parts: FleetParts;
  readonly #members = new Set<Member>();
  readonly #stopLooking: () => void;
  readonly #gatherings = new Map<number, Gathering>();
  /** Of those who have left. */
  #departed = '';
  #nth = 0;
  #failures = 0;
  #started = false;
  #stopping = false;
  /** One replacement at a time. */
  #rolling: Promise<void> = Promise.resolve();

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#stopLooking = parts.ticker.every(LOOK, () => this.#look());
  }

  /** Resolves with what the first one found; rejects when it cannot start. */
  async start(): Promise<Facts> {
    const facts = await this.#spawn().ready;
    const others = Array.from({ length: this.#parts.count - 1 }, () => this.#spawn().ready);
    await Promise.all(others);
    this.#started = true;
    return facts;
  }

  reload(): void {
    this.#tell({ say: 'reload' });
  }

  /** A new one for each, one after the other. */
  roll(): Promise<void> {
    for (const member of this.#members) this.#queue(member);
    return this.#rolling;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { process, state } of this.#members) {
      // Who is not there yet has nothing to finish.
      if (state === 'starting') process.kill();
      else process.send({ say: 'stop' });
    }
    // Who hangs on its way out is found by looking.
    await Promise.all([...this.#members].map((member) => member.gone));
    this.#stopLooking();
  }

  /** Everybody's metrics; who does not answer in time is there with what it said before. */
  async metrics(): Promise<string> {
    const asked = [...this.#members].filter(({ state }) => state !== 'starting');
    await this.#gather(asked);
    const texts = [...this.#members].map(({ figures }) => figures);
    return sumMetrics([this.#departed, ...texts]) + this.#own();
  }

  #spawn(): Member {
    const now = this.#parts.clock.now();
    let isReady: (facts: Facts) => void = () => undefined;
    let isNot: (cause: Error) => void = () => undefined;
    let isGone: () => void = () => undefined;
    const ready = new Promise<Facts>((resolve, reject) => {
      isReady = resolve;
      isNot = reject;
    });
    ready.catch(() => undefined);
    const gone = new Promise<void>((resolve) => {
      isGone = resolve;
    });
    let why = 'A worker ended before it was ready';
    const process = this.#parts.spawn({
      said: (message) => {
        member.heard = this.#parts.clock.now();
        if (message.say === 'ready') {
          if (member.state === 'starting') member.state = 'ready';
          isReady(message.facts);
        } else if (message.say === 'failed') why = message.why;
        else this.#hear(member, message);
      },
      exited: (how) => {
        isNot(new Error(why));
        this.#exited(member, how);
        isGone();
      },
    });
    const member: Member = { process, since: now, state: 'starting', heard: now, figures: '', ready, gone };
    this.#members.add(member);
    return member;
  }

  #hear(member: Member, message: FromWorker): void {
    if (message.say === 'beat') this.#weigh(member, message.memory);
    else if (message.say === 'sealed') this.#tell(message, member);
    else if (message.say === 'figures') {
      member.figures = message.text;
      this.#answered(member, message.nth);
    } else if (message.say === 'sum?') {
      void this.metrics().then((text) => member.process.send({ say: 'sum', nth: message.nth, text }));
    }
  }

  #exited(member: Member, how: string): void {
    this.#members.delete(member);
    for (const nth of this.#gatherings.keys()) this.#answered(member, nth);
    this.#departed = sumMetrics([this.#departed, countersOf(member.figures)]);
    if (member.state === 'leaving' || this.#stopping) return;
    const { clock, log } = this.#parts;
    const lived = clock.now() - member.since;
    this.#failures = lived >= SETTLED ? 0 : this.#failures + 1;
    const wait = this.#failures === 0 ? 0 : Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.#failures - 1));
    log.event('error', 'A worker has ended.', { worker: member.process.pid, how });
    if (wait === 0) this.#refill();
    else {
      const stop = this.#parts.ticker.every(wait, () => {
        stop();
        this.#refill();
      });
    }
  }

  /** Not before all have been there once: somebody waits for the start, and its failure is told, not mended. */
  #refill(): void {
    if (this.#stopping || !this.#started) return;
    const there = [...this.#members].filter(({ state }) => state !== 'leaving').length;
    for (let missing = this.#parts.count - there; missing > 0; missing -= 1) this.#spawn();
  }

  #weigh(member: Member, memory: number): void {
    const { memory: most, clock, log } = this.#parts;
    if (most === undefined || memory <= most || member.state !== 'ready') return;
    if (clock.now() - member.since < GROWN) return;
    log.event('warn', 'A worker has grown too large and is replaced.', {
      worker: member.process.pid,
      memory,
    });
    this.#queue(member);
  }

  #queue(member: Member): void {
    this.#rolling = this.#rolling.then(() => this.#replace(member));
  }

  /** The new one is there before the old one goes. */
  async #replace(member: Member): Promise<void> {
    // One that is still starting may have read the old program already.
    await member.ready.catch(() => undefined);
    if (this.#stopping || member.state !== 'ready' || !this.#members.has(member)) return;
    try {
      await this.#spawn().ready;
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#parts.log.event('error', 'A worker could not be replaced; the old one stays.', { why });
      return;
    }
    // Its last figures, so that nothing it has counted gets lost.
    await this.#gather([member]);
    member.state = 'leaving';
    member.process.send({ say: 'stop' });
    await member.gone;
  }

  #look(): void {
    const now = this.#parts.clock.now();
    for (const member of this.#members) {
      if (now - member.heard < (member.state === 'starting' ? SILENT_START : SILENT)) continue;
      // Not every second again.
      member.heard = now;
      this.#parts.log.event('error', 'A worker says nothing any more and is ended.', {
        worker: member.process.pid,
      });
      member.process.kill();
    }
  }

  #gather(asked: readonly Member[]): Promise<void> {
    if (asked.length === 0) return Promise.resolve();
    this.#nth += 1;
    const nth = this.#nth;
    return new Promise((resolve) => {
      const stop = this.#parts.ticker.every(GATHER, () => done());
      const done = (): void => {
        stop();
        this.#gatherings.delete(nth);
        resolve();
      };
      this.#gatherings.set(nth, { waiting: new Set(asked), done });
      for (const { process } of asked) process.send({ say: 'figures?', nth });
    });
  }

  #answered(member: Member, nth: number): void {
    const gathering = this.#gatherings.get(nth);
    if (gathering === undefined) return;
    gathering.waiting.delete(member);
    if (gathering.waiting.size === 0) gathering.done();
  }

  #own(): string {
    const states = [...this.#members].map(({ state }) => state);
    const rows = (['starting', 'ready', 'leaving'] as const).map(
      (state) => `signalbox_workers{state="${state}"} ${states.filter((one) => one === state).length}\n`,
    );
    return `# HELP signalbox_workers Processes that take calls.\n# TYPE signalbox_workers gauge\n${rows.join('')}`;
  }

  #tell(message: ToWorker, but?: Member): void {
    for (const member of this.#members) if (member !== but) member.process.send(message);
  }
}
