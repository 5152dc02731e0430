// Stage admit: calls of dialects whose replies can be gone on from. All others pass without a look.

import type { CallWire } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { CallId, TenantId } from '../../canonical/ids.ts';
import type { TurnDialect, TurnWish } from '../../canonical/turns.ts';
import type { Clock, Records } from '../../ports.ts';
import type { VirtualModel } from '../stage.ts';
import type { Keyed } from './admit.ts';
import { recall } from './recall.ts';
import { keepTurn, type TurnFacts } from './turn-records.ts';

export interface TurnParts {
  readonly records: Records;
  readonly clock: Clock;
  /** How long a turn is kept, in milliseconds. */
  readonly life: number;
  /** Bytes a call may have, its history included. */
  readonly maxBytes: number;
  /** Bytes that a tenant's turns may take up together. */
  readonly maxKept: number;
  /** Told when a turn could not be kept: its caller has his answer all the same. */
  readonly onBug: (cause: unknown, callId: CallId) => void;
}

export interface OpenTurn {
  /** The call with all that it goes on from. */
  readonly wire: CallWire;
  /** Is there anything in it that its caller did not send? */
  readonly recalled: boolean;
  /** The upstreams that have sealed something in it; undefined among them: somebody unknown. */
  readonly sealers: ReadonlySet<string | undefined>;
  /** Why what the caller wants kept is not; undefined when it is, or nobody wants it. */
  keep(ending: string, call: Keyed): Promise<string | undefined>;
}

const NOBODY: ReadonlySet<string | undefined> = new Set();

/** Undefined, and no promise, for a call that has nothing to do with kept turns. */
export function openTurn(
  call: Keyed,
  parts: TurnParts,
): Promise<OpenTurn | GatewayError> | OpenTurn | GatewayError | undefined {
  const dialect = call.face.turns;
  if (dialect === undefined) return undefined;
  try {
    const wish = dialect.wish(call.wire);
    return wish === undefined ? sealsOnly(call, parts) : withHistory(call, wish, parts);
  } catch (cause) {
    if (cause instanceof GatewayError) return cause;
    throw cause;
  }
}

/** Nothing to recall and nothing to keep, but who seals something in the reply must be known when it comes back. */
function sealsOnly(call: Keyed, parts: TurnParts): OpenTurn {
  return { wire: call.wire, recalled: false, sealers: NOBODY, keep: keeper(undefined, parts) };
}

async function withHistory(call: Keyed, wish: TurnWish, parts: TurnParts): Promise<OpenTurn | GatewayError> {
  const dialect = call.face.turns;
  if (dialect === undefined) return sealsOnly(call, parts);
  const { tenant } = call.key.caller;
  try {
    const { wire, items, sealers } = await recall(call.wire, wish, shelfOf(parts, tenant, dialect));
    const previous = wish.previous ?? null;
    // Who may answer it is who can open what is sealed in it: the upstream it is kept with.
    const facts = { previous, model: call.model, upstream: '', sealed: sealers.size > 0, items };
    const recalled = wish.previous !== undefined || wish.references.length > 0;
    return { wire, recalled, sealers, keep: keeper(wish.keep ? facts : undefined, parts) };
  } catch (cause) {
    if (cause instanceof GatewayError) return cause;
    throw cause;
  }
}

function keeper(facts: TurnFacts | undefined, parts: TurnParts): OpenTurn['keep'] {
  return async (ending, call) => {
    const dialect = call.face.turns;
    if (dialect === undefined || call.operation !== 'chat') return undefined;
    const upstream = call.receipt.upstream ?? '';
    const { tenant } = call.key.caller;
    const kept = facts === undefined ? undefined : { ...facts, upstream };
    try {
      return await keepTurn(ending, kept, upstream, shelfOf(parts, tenant, dialect));
    } catch (cause) {
      parts.onBug(cause, call.id);
      return kept === undefined ? undefined : 'what is kept cannot be written at the moment';
    }
  };
}

/** A tenant's own part of what is kept. */
function shelfOf(parts: TurnParts, tenant: TenantId, dialect: TurnDialect) {
  const { records, clock, life, maxBytes, maxKept } = parts;
  return { records, clock, life, maxBytes, maxKept, tenant, dialect };
}

/** The one upstream that can open what is sealed. Throws where none can, or nobody knows which. */
export function pinOf(sealers: ReadonlySet<string | undefined>, virtual: VirtualModel): string | undefined {
  const [sealer] = sealers;
  if (sealers.size === 0) return undefined;
  const upstreams = new Set(virtual.targets.map((target) => target.upstream.name));
  if (sealers.size > 1) throw sealedElsewhere('more than one upstream', virtual);
  // Nobody else could have: the upstream itself judges what is not its own.
  if (sealer === undefined && upstreams.size === 1) return undefined;
  if (sealer === undefined) throw sealedElsewhere('an upstream that is not known here', virtual);
  if (!upstreams.has(sealer)) throw sealedElsewhere(`the upstream "${sealer}"`, virtual);
  return sealer;
}

function sealedElsewhere(whom: string, virtual: VirtualModel): GatewayError {
  return new GatewayError(
    'sealed_elsewhere',
    `The call holds encrypted reasoning of ${whom}, which no target of the model "${virtual.name}" can open.`,
    {
      param: 'input',
      remedy: 'Go on with the model that made it, or leave out the items with "encrypted_content".',
    },
  );
}
