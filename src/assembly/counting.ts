// How an upstream is asked for an exact count of a call's input: by an endpoint of its own, or by the count call of
// a dialect it speaks, whatever dialect the caller came with.
import type { CallWire } from '../canonical/call-wire.ts';
import type { JsonObject } from '../canonical/json.ts';
import { Ledger } from '../canonical/ledger.ts';
import type { Operation, Protocol } from '../canonical/protocol.ts';
import type { Upstream } from '../flow/stage.ts';
import type { Cancel } from '../lib/cancel.ts';
import { createProbe, type ProbeAddress } from './probe.ts';
import type { LiveUpstream } from './upstreams.ts';

/** A count is asked for while somebody waits for the call itself, or for nothing else: no engine takes longer. */
const PATIENCE = 5_000;

/** At one upstream: a count is a favour, and must not take an engine away from those who wait for answers. */
const MOST_AT_ONCE = 4;

type Count = NonNullable<Upstream['count']>;

/** Undefined for upstreams that cannot, or sign each call. */
export function createCount(upstream: LiveUpstream): Count | undefined {
  const ask = asking(upstream);
  if (ask === undefined) return undefined;
  let running = 0;
  return async (call, model, caller) => {
    // Others count then, less exactly.
    if (running >= MOST_AT_ONCE) return undefined;
    running += 1;
    try {
      return await ask(call, model, caller);
    } finally {
      running -= 1;
    }
  };
}

function asking(upstream: LiveUpstream): Count | undefined {
  if (upstream.signer !== undefined || upstream.provider.simulate !== undefined) return undefined;
  const [best] = upstream.protocols;
  const { provider } = upstream;
  if (best !== undefined && provider.countTokens !== undefined) {
    return async (call, model, caller) => {
      const body = encoded(call, best, upstream, model, 'chat');
      return provider.countTokens?.(probeOf(upstream, best, upstream.basePath, caller), body);
    };
  }
  const counting = upstream.protocols.find(
    (protocol) => protocol.decodeCount !== undefined && pathOf(upstream, protocol, '') !== undefined,
  );
  if (counting === undefined) return undefined;
  return async (call, model, caller) => {
    const body = encoded(call, counting, upstream, model, 'count');
    const probe = probeOf(upstream, counting, '', caller);
    const { status, body: answer } = await probe.post(pathOf(upstream, counting, model) ?? '', body);
    return status === 200 && answer !== undefined ? counting.decodeCount?.(answer) : undefined;
  };
}

function pathOf(upstream: LiveUpstream, protocol: Protocol, model: string): string | undefined {
  return upstream.path(protocol.id, 'count', false, model);
}

function probeOf(upstream: LiveUpstream, protocol: Protocol, basePath: string, caller: Cancel) {
  const headers = {
    ...protocol.upstreamHeaders({}, new Set()),
    ...upstream.provider.authorize(upstream.secret, protocol.id, upstream.options),
    ...upstream.headers,
  };
  const address: ProbeAddress = { origin: upstream.origin, basePath, headers };
  return createProbe(upstream.transport, address, PATIENCE, caller);
}

function encoded(
  call: CallWire,
  protocol: Protocol,
  upstream: LiveUpstream,
  model: string,
  operation: Operation,
): JsonObject {
  const { quirks = {} } = upstream.provider;
  const options = { model, ledger: new Ledger(), quirks, facts: upstream.facts(model), operation };
  return protocol.encodeCall(call.content(), options).body;
}
