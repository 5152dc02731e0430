// What operators read when a target goes out or comes back: a line for each change, none for each call.
import { GatewayError } from '../canonical/errors.ts';
import type { HealthChange, HealthParts, RefusedSecret } from '../flow/dispatch/health/health-book.ts';
import type { Slots } from '../flow/dispatch/slots/slots.ts';
import type { Log } from '../telemetry/log.ts';

const words = {
  up: 'A target is well again.',
  out: 'A target is out.',
  probing: 'A target that was out is probed by a call.',
  ramping: 'A target that was out answers again.',
} as const;

export function healthTold(log: Log, slots: Slots): Pick<HealthParts, 'changed' | 'refused'> {
  return { changed: tellHealth(log, slots), refused: tellRefused(log) };
}

/** Whoever waits for an upstream that cannot be reached goes on to the next. */
function tellHealth(log: Log, slots: Slots): (change: HealthChange) => void {
  return ({ target, upstream, state, fault, wait }) => {
    const again = state === 'out' ? { again_in: `${Math.ceil(wait / 1_000)} s` } : {};
    if (state === 'out' && fault === 'unreachable') slots.dismiss(upstream, wentOut(target));
    log.event(state === 'out' ? 'warn' : 'info', words[state], { target, ...again });
  };
}

function wentOut(target: string): GatewayError {
  return new GatewayError(
    'upstream_refused',
    `${target} could no longer be reached while the call waited for it.`,
  );
}

/** With several of them the calls go on, and nobody would notice. */
function tellRefused(log: Log): (refused: RefusedSecret) => void {
  return ({ upstream, secret, of }) =>
    log.event('warn', 'An upstream refuses a secret, or its account is empty.', {
      upstream,
      secret: of === 1 ? 'its only one' : `${secret} of ${of}`,
    });
}
