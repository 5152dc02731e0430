// How a simulated upstream fails: refusals in the caller's dialect, and plays that go wrong on purpose.
import type { GatewayError } from '../../canonical/errors.ts';
import type { Dialect, SimCall } from './call.ts';
import { type FailureKind, failureKinds, type SimSettings } from './options.ts';
import { type Beat, bodyPlay, type Play } from './play.ts';

interface Fault {
  readonly status: number;
  readonly message: string;
  /** Types and code as each dialect names them. */
  readonly openaiType: string;
  readonly code: string | null;
  readonly anthropicType: string;
  readonly param?: string;
}

export function errorPlay(dialect: Dialect, fault: Fault, serial: string, headers = {}): Play {
  const { message } = fault;
  const body =
    dialect === 'chat'
      ? { error: { message, type: fault.openaiType, param: fault.param ?? null, code: fault.code } }
      : {
          type: 'error',
          error: { type: fault.anthropicType, message },
          request_id: `req_sim_${serial}`,
        };
  return bodyPlay(fault.status, JSON.stringify(body), 0, headers);
}

/** What the caller did wrong, as the vendor of the dialect would put it. */
export function refusalPlay(dialect: Dialect, error: GatewayError, serial: string): Play {
  const missing = error.code === 'model_not_found' || error.code === 'not_found';
  const codes: Readonly<Record<string, string>> = {
    model_not_found: 'model_not_found',
    context_too_long: 'context_length_exceeded',
  };
  const fault: Fault = {
    status: error.status,
    message: error.text,
    openaiType: 'invalid_request_error',
    code: codes[error.code] ?? null,
    anthropicType: missing ? 'not_found_error' : 'invalid_request_error',
  };
  const { param } = error.detail;
  return errorPlay(dialect, param === undefined ? fault : { ...fault, param }, serial);
}

/** Which failure, if any, this call meets. The text of a call can order one: `[[fail:429]]`. */
export function createFailures(random: {
  next(): number;
}): (call: SimCall, settings: SimSettings) => FailureKind | undefined {
  const turns = new Map<string, number>();
  return (call, settings) => {
    const ordered = orderedFailure(call);
    if (ordered !== undefined) return ordered;
    if (settings.failureRate === 0 || random.next() >= settings.failureRate) return undefined;
    const turn = turns.get(call.model) ?? 0;
    turns.set(call.model, turn + 1);
    return settings.failures[turn % settings.failures.length];
  };
}

const ORDER = /\[\[fail:([a-z0-9]+)(?:@([^\]\s]+))?\]\]/g;

/** `[[fail:500@fast]]` is for one model only, so that another one may save the call. */
function orderedFailure(call: SimCall): FailureKind | undefined {
  if (!call.prompt.lastUser.includes('[[fail:')) return undefined;
  for (const [, kind, model] of call.prompt.lastUser.matchAll(ORDER)) {
    if (model !== undefined && model !== call.model) continue;
    const known = failureKinds.find((name) => name === kind);
    if (known !== undefined) return known;
  }
  return undefined;
}

/** The play as it would have been, gone wrong. */
export function failingPlay(kind: FailureKind, good: Play, call: SimCall, serial: string): Play {
  switch (kind) {
    case '500':
      return errorPlay(call.dialect, broken, serial);
    case '429':
      return errorPlay(call.dialect, crowded, serial, { 'retry-after': '1' });
    case 'reset':
      return { head: undefined, beats: [], end: 'reset' };
    case 'cut':
      return { ...good, beats: half(good.beats), end: 'cut' };
    case 'eof':
      return { ...withoutLength(good), beats: half(good.beats) };
    case 'garbage':
      return { ...withoutLength(good), beats: call.stream ? [...half(good.beats), rubbish] : [rubbish] };
    case 'stall':
      return call.stream
        ? { ...good, beats: half(good.beats), end: 'silence' }
        : { head: undefined, beats: [], end: 'silence' };
  }
}

const broken: Fault = {
  status: 500,
  message: 'The simulated model failed on purpose.',
  openaiType: 'server_error',
  code: null,
  anthropicType: 'api_error',
};

const crowded: Fault = {
  status: 429,
  message: 'The simulated model is rate limited on purpose. Try again in 1s.',
  openaiType: 'requests',
  code: 'rate_limit_exceeded',
  anthropicType: 'rate_limit_error',
};

/** Ends in nothing that parses, in either dialect and in none. */
const rubbish: Beat = { text: 'data: {"choices":[{"del\u0000<<simulated garbage>>\n\n', tokens: 0 };

/** A body that ends where the connection does: its early end breaks no promise of the head. */
function withoutLength(play: Play): Play {
  if (play.head === undefined) return play;
  const headers = Object.entries(play.head.headers).filter(([name]) => name !== 'content-length');
  return { ...play, head: { status: play.head.status, headers: Object.fromEntries(headers) } };
}

function half(beats: readonly Beat[]): readonly Beat[] {
  if (beats.length > 1) return beats.slice(0, Math.ceil(beats.length / 2));
  return beats.map((beat) => ({ ...beat, text: beat.text.slice(0, beat.text.length / 2) }));
}
