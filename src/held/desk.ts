// What every deed works with, and what it can say.
import { GatewayError } from '../canonical/errors.ts';
import type { JsonObject } from '../canonical/json.ts';
import type { Limiter } from '../flow/admit/limiter.ts';
import type { Receiver, Upstream } from '../flow/stage.ts';
import type { Clock } from '../ports.ts';
import type { HeldCall } from './call.ts';
import type { Custody } from './custody.ts';
import type { LineParts } from './lines.ts';

export interface HeldParts extends LineParts {
  readonly upstreams: readonly Upstream[];
  readonly limiter: Limiter;
  readonly clock: Clock;
}

/** What the deeds work with. */
export interface Desk {
  readonly parts: HeldParts;
  readonly custody: Custody;
  readonly call: HeldCall;
  readonly to: Receiver;
}

/** What is held stays where it is: nobody else can be asked. */
export function holderOf(name: string, upstreams: readonly Upstream[]): Upstream {
  const holder = upstreams.find((upstream) => upstream.name === name);
  if (holder !== undefined) return holder;
  throw new GatewayError('no_target', `The upstream "${name}", which holds it, is not configured any more.`, {
    remedy: 'Ask the operator.',
  });
}

export function noSuchAnswer({ name }: Upstream): GatewayError {
  return new GatewayError('upstream_garbled', `The upstream "${name}" answered with something else.`);
}

/** An answer as the upstream wrote it: it leaves when the call is on record. */
export function tell({ face, operation }: HeldCall, to: Receiver, bytes: Buffer): void {
  to.start({ status: 200, protocol: face, stream: false, operation, rewritten: false, headers: {} });
  to.frame(bytes, 'terminal');
}

export function tellJson(call: HeldCall, to: Receiver, body: JsonObject): void {
  tell(call, to, Buffer.from(JSON.stringify(body)));
}
