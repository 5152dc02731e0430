// For tests: a simulator on a clock that stands still until told, and a receiver that writes down everything.
import type { Json, JsonObject } from '../../canonical/json.ts';
import type {
  WireCall,
  WireEnd,
  WireFlow,
  WireHead,
  WireReceiver,
  WireTimers,
} from '../../canonical/wire.ts';
import { Cancel } from '../../lib/cancel.ts';
import type { Schedule } from './pace.ts';
import { createSim } from './transport.ts';

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/** Time that passes only in `pass`, alarm by alarm. */
export class StageClock {
  #now = 0;
  #alarms: Alarm[] = [];
  /** How many alarms were ever set. */
  set = 0;

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now;
  }

  get pending(): number {
    return this.#alarms.length;
  }

  readonly schedule: Schedule = (ms, fn) => {
    const alarm = { at: this.#now + ms, ring: fn };
    this.set += 1;
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((one) => one !== alarm);
    };
  };

  /** Lets so many milliseconds pass, with the microtasks in between. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#first(until); next !== undefined; next = this.#first(until)) {
      this.#alarms = this.#alarms.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.ring();
      await settle();
    }
    this.#now = until;
  }

  #first(until: number): Alarm | undefined {
    return this.#alarms.filter((alarm) => alarm.at <= until).sort((a, b) => a.at - b.at)[0];
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await Promise.resolve();
}

/** What came, piece by piece, each with its time. */
export class Listener implements WireReceiver {
  readonly #clock: StageClock;
  readonly #onData: ((flow: WireFlow) => void) | undefined;
  readonly cancel: Cancel;
  readonly pieces: { readonly at: number; readonly text: string }[] = [];
  answer: WireHead | undefined = undefined;
  flow: WireFlow | undefined = undefined;
  end: WireEnd | undefined = undefined;

  constructor(clock: StageClock, cancel: Cancel, onData: ((flow: WireFlow) => void) | undefined) {
    this.#clock = clock;
    this.cancel = cancel;
    this.#onData = onData;
  }

  head(head: WireHead): void {
    if (this.answer !== undefined) throw new Error('A second head.');
    this.answer = head;
  }

  data(bytes: Buffer, flow: WireFlow): void {
    if (this.answer === undefined) throw new Error('Data before the head.');
    if (this.end !== undefined) throw new Error('Data after the end.');
    this.flow = flow;
    this.pieces.push({ at: this.#clock.now(), text: bytes.toString() });
    this.#onData?.(flow);
  }

  get text(): string {
    return this.pieces.map((piece) => piece.text).join('');
  }

  /** The times at which something came. */
  get times(): readonly number[] {
    return this.pieces.map((piece) => piece.at);
  }
}

const CHAT = '/v1/chat/completions';
export const timers: WireTimers = {
  connect: 1000,
  firstByte: 60_000,
  firstContent: 60_000,
  idle: 60_000,
  total: 1,
};

export class Rehearsal {
  readonly clock = new StageClock();
  readonly #sim;

  constructor(models: JsonObject = {}, numbers: readonly number[] = []) {
    let drawn = 0;
    const random = {
      next: (): number => {
        const number = numbers[drawn % Math.max(1, numbers.length)] ?? 0.999;
        drawn += 1;
        return number;
      },
    };
    this.#sim = createSim({ clock: this.clock, random, options: { models } }, this.clock.schedule);
  }

  close(): void {
    this.#sim.close();
  }

  /** Begins a call; `onData` hears each piece first. */
  call(
    path: string,
    body: Json | string,
    more: Partial<WireCall> = {},
    onData?: (flow: WireFlow) => void,
  ): Listener {
    const heard = new Listener(this.clock, more.cancel ?? new Cancel(), onData);
    const wire: WireCall = {
      origin: { tls: false, host: 'sim', port: 0 },
      method: 'POST',
      path,
      headers: {},
      body: [Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))],
      timers,
      ...more,
      cancel: heard.cancel,
    };
    this.#sim.send(wire, heard).then((end) => {
      heard.end = end;
    });
    return heard;
  }

  /** The whole reply of one chat call, however long it takes. */
  async chat(body: JsonObject): Promise<Listener> {
    return this.#whole(CHAT, { model: 'fast', ...body });
  }

  async messages(body: JsonObject): Promise<Listener> {
    return this.#whole('/v1/messages', { model: 'fast', max_tokens: 1000, ...body });
  }

  async #whole(path: string, body: JsonObject): Promise<Listener> {
    const heard = this.call(path, body);
    await this.clock.pass(50_000);
    return heard;
  }
}
