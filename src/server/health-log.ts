// What operators read when a target goes out or comes back: a line for each change, none for each call.
import { GatewayError } from '../canonical/errors.ts';
import type { HealthChange } from '../flow/dispatch/health/health-book.ts';
import type { Slots } from '../flow/dispatch/slots/slots.ts';
import type { Log } from '../telemetry/log.ts';

const words = {
  up: 'A target is well again.',
  out: 'A target is out.',
  probing: 'A target that was out is probed by a call.',
  ramping: 'A target that was out answers again.',
} as const;

/** Whoever waits for an upstream that cannot be reached goes on to the next. */
export function tellHealth(log: Log, slots: Slots): (change: HealthChange) => void {
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
