// What a scripted upstream does with one call, step by step: every byte and every silence is on purpose.
import type { JsonValue } from './json-value.ts';

export type Step =
  /** `chunked`: each piece of body becomes one chunk; otherwise bytes go out as they are. */
  | { readonly do: 'head'; readonly status: number; readonly headers: Headers; readonly chunked: boolean }
  /** One TCP write of its own, flushed before the next step. */
  | { readonly do: 'bytes'; readonly bytes: Buffer }
  /** Until the test opens the gate. */
  | { readonly do: 'wait'; readonly gate: Promise<unknown> }
  /** Until so many milliseconds have passed by the upstream's own timer. */
  | { readonly do: 'pause'; readonly milliseconds: number }
  /** These steps over and over, until the other side leaves. */
  | { readonly do: 'repeat'; readonly steps: readonly Step[] }
  /** Ends the body as its framing asks; the connection may serve the next call. */
  | { readonly do: 'end' }
  /** FIN, whatever was promised. */
  | { readonly do: 'fin' }
  /** RST. */
  | { readonly do: 'reset' }
  /** Nothing more, until the other side closes. */
  | { readonly do: 'stall' };

export type Script = readonly Step[];
type Headers = Readonly<Record<string, string>>;

export function head(status: number, headers: Headers = {}, framing: 'chunked' | 'raw' = 'chunked'): Step {
  return { do: 'head', status, headers, chunked: framing === 'chunked' };
}

export function bytes(data: string | Buffer): Step {
  return { do: 'bytes', bytes: Buffer.isBuffer(data) ? data : Buffer.from(data) };
}

export function wait(gate: Promise<unknown>): Step {
  return { do: 'wait', gate };
}

export function pause(milliseconds: number): Step {
  return { do: 'pause', milliseconds };
}

export function repeat(...steps: readonly Step[]): Step {
  return { do: 'repeat', steps };
}

export const end: Step = { do: 'end' };
export const fin: Step = { do: 'fin' };
export const reset: Step = { do: 'reset' };
export const stall: Step = { do: 'stall' };

/** A whole JSON reply; text is sent as it stands, valid or not. */
export function json(body: JsonValue | string, status = 200, headers: Headers = {}): Script {
  const data = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const own = { 'content-type': 'application/json', 'content-length': String(data.length) };
  return [head(status, { ...own, ...headers }, 'raw'), bytes(data), end];
}

/** A stream of server-sent events. */
export function sse(text: string | Buffer, headers: Headers = {}): Script {
  return [sseHead(headers), bytes(text), end];
}

export function sseHead(headers: Headers = {}): Step {
  return head(200, { 'content-type': 'text/event-stream', ...headers });
}

/** The same bytes, each piece a write of its own; the other side may read several of them at once. */
export function splitAt(data: string | Buffer, offsets: readonly number[]): Script {
  return piecesOf(data, offsets).map(bytes);
}

/** Read before the next piece is written: a poll of the event loop lies between two of its turns. */
const READ: Step = {
  do: 'wait',
  get gate() {
    return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  },
};

/** Pieces that arrive one by one, where the reader is in this process. */
export function torn(data: string | Buffer, offsets: readonly number[]): Script {
  return splitAt(data, offsets).flatMap((piece) => [piece, READ]);
}

export function piecesOf(data: string | Buffer, offsets: readonly number[]): readonly Buffer[] {
  const all = Buffer.isBuffer(data) ? data : Buffer.from(data);
  const cuts = [0, ...[...offsets].sort((a, b) => a - b), all.length];
  return cuts.slice(1).map((to, at) => all.subarray(cuts[at] ?? 0, to));
}

export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** A promise the test settles by hand. */
export function createGate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
