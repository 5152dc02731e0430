// In which dialect, as which operation and at which path a target is asked.
import { isErrand } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Operation, Protocol } from '../../canonical/protocol.ts';
import type { Planned, Target, Upstream } from '../stage.ts';

export interface Way {
  readonly protocol: Protocol;
  /** As it is asked of the upstream: one that cannot complete a bare prompt is asked in a chat. */
  readonly operation: Operation;
  readonly path: string;
}

/**
 * The caller's own dialect if the target speaks it and prefers no other, else the one it speaks best: in that one, too,
 * it is known to go on with words of its own.
 */
export function wayTo(call: Planned, target: Target): Way {
  const spoken = dialectsOf(target);
  const preferred = preferredWay(spoken, call, target);
  if (preferred !== undefined) return preferred;
  const own =
    call.instead === undefined ? spoken.find((protocol) => protocol.id === call.face.id) : undefined;
  const way = own === undefined ? undefined : wayIn(own, call, target);
  if (way !== undefined) return way;
  for (const protocol of spoken) {
    const other =
      protocol === own || !canTranslate(call, protocol) ? undefined : wayIn(protocol, call, target);
    if (other !== undefined) return other;
  }
  throw new GatewayError('unsupported', `The target ${target.label} does not take calls of this kind.`, {
    param: 'model',
    remedy: 'Choose a model of an upstream that does.',
  });
}

function preferredWay(spoken: readonly Protocol[], call: Planned, target: Target): Way | undefined {
  const { operation, face, wire } = call;
  const id = target.upstream.provider.prefers?.[operation];
  const protocol = id === undefined ? undefined : spoken.find((one) => one.id === id);
  if (protocol === undefined || !canTranslate(call, protocol) || face.isOwn?.(wire) === true)
    return undefined;
  const way = wayIn(protocol, call, target);
  return way?.operation === operation ? way : undefined;
}

/** An upstream told to speak one dialect only speaks that one, whatever its models are called. */
function dialectsOf({ upstream, model }: Target): readonly Protocol[] {
  const { speaks } = upstream.provider;
  if (speaks === undefined) return upstream.protocols;
  const spoken = upstream.protocols.filter((protocol) => speaks(protocol.id, model) !== false);
  return spoken.length === 0 ? upstream.protocols.slice(0, 1) : spoken;
}

function wayIn(protocol: Protocol, call: Planned, { upstream, model }: Target): Way | undefined {
  const { operation, stream } = call;
  const path = upstream.path(protocol.id, operation, stream, model);
  if (path !== undefined && !isTurn(call, protocol) && !onlyChats(call, upstream, model)) {
    return { protocol, operation, path };
  }
  if (operation !== 'complete') return undefined;
  const instead = upstream.path(protocol.id, 'chat', stream, model);
  return instead === undefined ? undefined : { protocol, operation: 'chat', path: instead };
}

/** A prompt that is a turn of a chat in its own dialect is no bare one in another. */
function isTurn({ operation, face, wire }: Planned, { id }: Protocol): boolean {
  return operation === 'complete' && id !== face.id && face.isBare?.(wire) === false;
}

function onlyChats({ operation }: Planned, { provider }: Upstream, model: string): boolean {
  const pattern = provider.quirks?.completionModels;
  return operation === 'complete' && pattern !== undefined && !new RegExp(pattern).test(model);
}

/** Every dialect can hold a conversation; an errand needs both to have its form. */
function canTranslate({ face, operation }: Planned, protocol: Protocol): boolean {
  if (!isErrand(operation)) return true;
  return (
    face.errands?.[operation]?.translation !== undefined &&
    protocol.errands?.[operation]?.translation !== undefined
  );
}
