// Writes a planned call for one target: the caller's own bytes with the model name spliced in when both
// speak one dialect, else decoded and encoded, with the ledger of what that cost.
import type { Edit } from '../../canonical/call-wire.ts';
import { type CallContent, refuseElsewhere } from '../../canonical/content.ts';
import { isErrand } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { Ledger, type LedgerEntry } from '../../canonical/ledger.ts';
import type { EncodeOptions, Operation, Protocol } from '../../canonical/protocol.ts';
import type { Quirks } from '../../canonical/provider.ts';
import type { WireCall, WireHeaders, WireTimers } from '../../canonical/wire.ts';
import type { Cancel } from '../../lib/cancel.ts';
import type { Seals } from '../../ports.ts';
import type { Planned, Target, Upstream } from '../stage.ts';
import { encodeErrand } from './errand-calls.ts';
import { fixedHeaders } from './exchange-parts.ts';
import type { Credential } from './health/credentials.ts';
import { type Way, wayTo } from './ways.ts';

const NO_QUIRKS: Quirks = {};
const NO_EDITS: readonly Edit[] = [];
const NO_HEADERS: WireHeaders = {};
const JSON_TYPE = 'application/json';

export interface Written {
  readonly wire: WireCall;
  readonly protocol: Protocol;
  /** As it is asked of the upstream: one that cannot complete a bare prompt is asked in a chat. */
  readonly operation: Operation;
  readonly ledger: Ledger | undefined;
}

/** The headers of an upstream in one dialect. */
interface Headers {
  readonly upstream: Upstream;
  /** Whoever calls. */
  readonly fixed: WireHeaders;
  /** What the last call added that added anything, and both: mostly the next one adds the same. */
  extra: WireHeaders;
  joined: WireHeaders;
}

/** Builds wire calls; remembers per upstream what seldom changes, and the transport the text of that. */
export class WireWriter {
  readonly #headers = new Map<string, Headers>();
  readonly #seals: Seals | undefined;

  constructor(seals?: Seals) {
    this.#seals = seals;
  }

  /** `left`: milliseconds until the call's own deadline. */
  write(call: Planned, target: Target, credential: Credential, cancel: Cancel, left: number): Written {
    const { upstream } = target;
    const way = wayTo(call, target);
    const { protocol, operation } = way;
    const same = isSame(call, target, way);
    const encoded = same ? splice(call, target, protocol) : translate(call, target, way, this.#seals);
    const wire: WireCall = {
      origin: upstream.origin,
      method: 'POST',
      path: same ? placeOf(call, way) : way.path,
      headers: joined(this.#headersOf(upstream, protocol, credential), extrasOf(call, encoded)),
      body: encoded.body,
      timers: timersOf(call, upstream, left),
      cancel,
    };
    return { wire, protocol, operation, ledger: encoded.ledger };
  }

  #headersOf(upstream: Upstream, protocol: Protocol, { secret, number }: Credential): Headers {
    const key = `${upstream.name} ${protocol.id} ${number}`;
    const known = this.#headers.get(key);
    if (known !== undefined && known.upstream === upstream) return known;
    const fixed = { 'content-type': JSON_TYPE, ...fixedHeaders(upstream, protocol.id, secret) };
    const made = { upstream, fixed, extra: NO_HEADERS, joined: fixed };
    this.#headers.set(key, made);
    return made;
  }
}

/** What differs for the model, and no more time than the call has left. */
function timersOf({ virtual }: Planned, upstream: Upstream, left: number): WireTimers {
  const timers = virtual.timers === undefined ? upstream.timers : { ...upstream.timers, ...virtual.timers };
  return left < timers.total ? { ...timers, total: left } : timers;
}

interface Encoded {
  readonly body: readonly Buffer[];
  readonly headers: WireHeaders;
  readonly ledger: Ledger | undefined;
}

function isSame(call: Planned, { upstream }: Target, { protocol, operation }: Way): boolean {
  if (protocol.id !== call.face.id || operation !== call.operation || call.instead !== undefined)
    return false;
  const quirks = upstream.provider.quirks ?? NO_QUIRKS;
  if (!isErrand(operation)) return protocol.fits(call.wire, quirks);
  return protocol.errands?.[operation]?.fits?.(call.wire, quirks) ?? true;
}

/** Dialects may have more than one place for an errand: bytes go where their shape belongs. */
function placeOf({ wire }: Planned, { protocol, operation, path }: Way): string {
  const dialect = isErrand(operation) ? protocol.errands?.[operation] : undefined;
  return dialect?.path?.(path, wire) ?? path;
}

function splice(call: Planned, target: Target, protocol: Protocol): Encoded {
  const { upstream, model } = target;
  const quirks = upstream.provider.quirks ?? NO_QUIRKS;
  const own = isErrand(call.operation)
    ? (protocol.errands?.[call.operation]?.edits?.(call.wire, model) ?? NO_EDITS)
    : protocol.upstreamEdits(call.wire, quirks, call.headers, { model, facts: upstream.facts(model) });
  const unnamed = protocol.modelInPath === true || own.some((edit) => edit.name === 'model');
  const edits = unnamed ? own : [...own, { name: 'model', value: JSON.stringify(model) }];
  return {
    body: call.wire.splice(edits),
    headers: protocol.upstreamHeaders(call.headers, call.wire, quirks),
    ledger: undefined,
  };
}

function translate(
  call: Planned,
  target: Target,
  { protocol, operation }: Way,
  seals: Seals | undefined,
): Encoded {
  const ledger = new Ledger();
  const options: EncodeOptions = {
    model: target.model,
    ledger,
    quirks: target.upstream.provider.quirks ?? NO_QUIRKS,
    facts: target.upstream.facts(target.model),
    operation,
    seals: seals?.of(call.caller.tenant),
  };
  const { body, headers } = isErrand(call.operation)
    ? encodeErrand(call, protocol, options)
    : protocol.encodeCall(askedContent(call, protocol), options);
  const losses = ledger.losses();
  if (call.strict && losses.length > 0) {
    const fields = losses.map((loss) => loss.field).join(', ');
    throw new GatewayError(
      'translation_loss',
      `The target ${target.label} cannot take the call as it is: ${fields}.`,
      {
        param: losses[0]?.field ?? 'body',
        remedy: remedyOf(losses),
      },
    );
  }
  return { body: [Buffer.from(JSON.stringify(body))], headers, ledger };
}

/** What was chosen for a caller who said nothing cannot be left out: it must be said. */
function remedyOf(losses: readonly LedgerEntry[]): string {
  const unstated = losses.filter((loss) => loss.unstated === true).map((loss) => loss.field);
  const ways = 'choose a model that speaks this dialect, or drop "strict".';
  if (unstated.length === 0) return `Leave these fields out, ${ways}`;
  const state = `It needs ${unstated.join(', ')}: state it`;
  return unstated.length === losses.length
    ? `${state}, or drop "strict".`
    : `${state}, leave the others out, ${ways}`;
}

/** Where the path says whether to stream, the body cannot. */
function askedContent({ wire, stream, instead }: Planned, protocol: Protocol): CallContent {
  const content = instead ?? wire.content();
  refuseElsewhere(content, protocol.id);
  return content.stream === stream ? content : { ...content, stream };
}

/** What a call's headers add to the upstream's own. */
function extrasOf(call: Planned, { headers, ledger }: Encoded): WireHeaders {
  const { traceparent } = call.headers;
  const { mediaType } = call.wire;
  const isForm = ledger === undefined && mediaType !== JSON_TYPE;
  if (traceparent === undefined && !isForm) return headers;
  return {
    ...headers,
    ...(isForm ? { 'content-type': mediaType } : {}),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function joined(headers: Headers, extra: WireHeaders): WireHeaders {
  if (isEqual(extra, NO_HEADERS)) return headers.fixed;
  if (!isEqual(extra, headers.extra)) {
    headers.extra = extra;
    // Not two spreads: the engine would make a new shape for each call.
    headers.joined = Object.assign({}, headers.fixed, extra);
  }
  return headers.joined;
}

function isEqual(some: WireHeaders, others: WireHeaders): boolean {
  for (const name in some) if (some[name] !== others[name]) return false;
  for (const name in others) if (some[name] === undefined) return false;
  return true;
}
