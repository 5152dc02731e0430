// Faults by name: `fault-rst-after-5`, `fault-status-503`. The reply an upstream would have given is the material;
// what becomes of it stands in the name, so that whoever picks a model picks a fault.
import {
  brokenEvent,
  type Dialect,
  dialectOf,
  errorIn,
  eventsIn,
  garbageEvent,
  replyIn,
  streamHead,
  streamsIn,
} from './dialects.ts';
import type { ReplyOptions } from './replies.ts';
import {
  bytes,
  end,
  fin,
  head,
  json,
  pause,
  repeat,
  reset,
  type Script,
  type Step,
  stall,
} from './script.ts';
import type { RecordedCall } from './scripted-upstream.ts';

interface Parts {
  readonly call: RecordedCall;
  readonly dialect: Dialect;
  /** The reply, as it should be. */
  readonly options: ReplyOptions;
  /** The number in the name. */
  readonly n: number;
  /** The number behind `-retry-`. */
  readonly retry: number | undefined;
}

interface Fault {
  readonly name: RegExp;
  /** As people read it in the help. */
  readonly usage: string;
  readonly says: string;
  readonly script: (parts: Parts) => Script;
}

/** How a reply may end after some of it. */
const deaths: readonly (readonly [
  word: string,
  says: string,
  steps: (dialect: Dialect) => readonly Step[],
])[] = [
  ['rst', 'resets the connection', () => [reset]],
  ['fin', 'closes the connection, whatever was promised', () => [fin]],
  ['end', 'ends the body in good order, without the end of the answer', () => [end]],
  ['stall', 'says no more, and keeps the connection', () => [stall]],
  ['error', 'says in the stream that it broke', (dialect) => [bytes(brokenEvent(dialect)), end]],
  ['garbage', 'sends an event that cannot be read', (dialect) => [bytes(garbageEvent(dialect)), stall]],
];

export const faults: readonly Fault[] = [
  ...(['rst', 'fin', 'stall'] as const).map((word): Fault => {
    const [, says, steps] = deaths.find(([death]) => death === word) ?? ['', '', () => []];
    return {
      name: new RegExp(`^${word}-before-head$`),
      usage: `${word}-before-head`,
      says: `${says}, before the first byte`,
      script: ({ dialect }) => steps(dialect),
    };
  }),
  ...deaths.map(
    ([word, says, steps]): Fault => ({
      name: new RegExp(`^${word}-after-(\\d+)$`),
      usage: `${word}-after-N`,
      says: `${says}, after N events of a stream or N bytes of a body`,
      script: (parts) => [...begun(parts), ...steps(parts.dialect)],
    }),
  ),
  {
    name: /^status-(\d{3})(?:-retry-(\d+))?$/,
    usage: 'status-503, status-429-retry-7',
    says: 'answers with this status, and a retry-after',
    script: ({ dialect, n, retry }) => json(errorIn(dialect, n), n, retryAfter(retry)),
  },
  {
    name: /^error-in-200$/,
    usage: 'error-in-200',
    says: 'answers 200 with an error in place of the answer',
    script: ({ call, dialect }) =>
      streamsIn(dialect, call)
        ? [streamHead(dialect), bytes(brokenEvent(dialect)), end]
        : json(errorIn(dialect, 500)),
  },
  {
    name: /^slow-(\d+)$/,
    usage: 'slow-MS',
    says: 'waits so many milliseconds before the first byte',
    script: ({ n, ...rest }) => [pause(n), ...whole(rest)],
  },
  {
    name: /^drip-(\d+)$/,
    usage: 'drip-MS',
    says: 'waits so many milliseconds before each event',
    script: ({ n, ...rest }) => inPieces(rest, (piece) => [pause(n), bytes(piece)]),
  },
  {
    name: /^dribble-(\d+)$/,
    usage: 'dribble-N',
    says: 'writes N bytes at a time',
    script: ({ n, ...rest }) => inPieces(rest, (piece) => cut(piece, Math.max(1, n)).map(bytes)),
  },
  {
    name: /^endless$/,
    usage: 'endless',
    says: 'streams its words for ever',
    script: (parts) => [...begun({ ...parts, n: opening(parts) }), repeat(bytes(word(parts)))],
  },
  {
    name: /^huge-(\d+)$/,
    usage: 'huge-N',
    says: 'sends one event of N million bytes',
    script: ({ dialect, n }) => [
      streamHead(dialect),
      bytes('data: {"text":"'),
      ...Array.from({ length: n }, () => bytes(MILLION)),
      bytes('"}\n\n'),
      end,
    ],
  },
  {
    name: /^gzip$/,
    usage: 'gzip',
    says: 'says that its reply is compressed, asked or not',
    script: (parts) =>
      whole(parts).map((step) =>
        step.do === 'head' ? { ...step, headers: { ...step.headers, 'content-encoding': 'gzip' } } : step,
      ),
  },
  {
    name: /^redirect$/,
    usage: 'redirect',
    says: 'sends the caller elsewhere',
    script: () => [head(302, { location: 'http://127.0.0.1:9/', 'content-length': '0' }, 'raw'), end],
  },
];

const MILLION = Buffer.alloc(1_000_000, 'a');
const PREFIX = 'fault-';

/** The script of the fault with this name, with or without `fault-` before it; undefined when there is none. */
export function faultScript(
  name: string,
  call: RecordedCall,
  dialect: Dialect,
  options: ReplyOptions,
): Script | undefined {
  const bare = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
  for (const fault of faults) {
    const matched = fault.name.exec(bare);
    if (matched === null) continue;
    const [, n = '0', retry] = matched;
    const retryNumber = retry === undefined ? undefined : Number(retry);
    return fault.script({ call, dialect, options, n: Number(n), retry: retryNumber });
  }
  return undefined;
}

/** The fault that a call asks for by the name of its model, wherever its dialect has that name. */
export function faultOfModel(call: RecordedCall): string | undefined {
  const dialect = dialectOf(call);
  const inBody = dialect === undefined ? undefined : call.text;
  if (inBody === undefined) return undefined;
  const model = pathModel(call.path) ?? bodyModel(call);
  const at = model?.lastIndexOf(PREFIX) ?? -1;
  return at < 0 ? undefined : model?.slice(at);
}

function bodyModel(call: RecordedCall): string | undefined {
  try {
    return typeof call.json.model === 'string' ? call.json.model : undefined;
  } catch {
    return undefined;
  }
}

/** Two dialects name it in the path. */
function pathModel(path: string): string | undefined {
  const named = /\/models?\/([^/:?]+)[:/]/.exec(path)?.[1];
  return named === undefined ? undefined : decodeURIComponent(named);
}

function whole({ call, dialect, options }: Omit<Parts, 'n'>): Script {
  return replyIn(dialect, options)(call);
}

/** The head, and the first n events of a stream or bytes of a body. */
function begun({ call, dialect, options, n }: Omit<Parts, 'retry'>): Script {
  if (streamsIn(dialect, call)) {
    return [streamHead(dialect), ...eventsIn(dialect, options, call).slice(0, n).map(bytes)];
  }
  const [first, ...rest] = replyIn(dialect, options)(call);
  const body = rest.flatMap((step) => (step.do === 'bytes' ? [step.bytes] : []));
  return first === undefined ? [] : [first, bytes(Buffer.concat(body).subarray(0, n))];
}

function inPieces(parts: Omit<Parts, 'n'>, write: (piece: Buffer) => readonly Step[]): Script {
  const { call, dialect, options } = parts;
  if (!streamsIn(dialect, call)) {
    return whole(parts).flatMap((step) => (step.do === 'bytes' ? write(step.bytes) : [step]));
  }
  return [streamHead(dialect), ...eventsIn(dialect, options, call).flatMap(write), end];
}

/** How many events a stream has up to and with its first words. */
function opening({ call, dialect, options }: Omit<Parts, 'n'>): number {
  const [first = ''] = [options.text ?? ''].flat();
  return eventsIn(dialect, options, call).findIndex((event) => event.includes(first)) + 1;
}

function word(parts: Parts): Buffer {
  const { call, dialect, options } = parts;
  return eventsIn(dialect, options, call)[opening(parts) - 1] ?? Buffer.alloc(0);
}

function cut(data: Buffer, length: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(data.length / length) }, (_, at) =>
    data.subarray(at * length, (at + 1) * length),
  );
}

function retryAfter(seconds: number | undefined): Readonly<Record<string, string>> {
  return seconds === undefined ? {} : { 'retry-after': String(seconds) };
}
