// How an upstream is asked for an exact count of a call's input: by an endpoint of its own, or by the count call of
// a dialect it speaks, whatever dialect the caller came with.
import type { CallWire } from '../canonical/call-wire.ts';
import type { JsonObject } from '../canonical/json.ts';
import { Ledger } from '../canonical/ledger.ts';
import type { Operation, Protocol } from '../canonical/protocol.ts';
import type { Upstream } from '../flow/stage.ts';
import { createProbe, type ProbeAddress } from './probe.ts';
import type { LiveUpstream } from './upstreams.ts';

/** A count is asked for while somebody waits for the call itself, or for nothing else: no engine takes longer. */
const PATIENCE = 5_000;

type Count = NonNullable<Upstream['count']>;

/** Undefined for upstreams that cannot, or sign each call. */
export function createCount(upstream: LiveUpstream): Count | undefined {
  if (upstream.signer !== undefined || upstream.provider.simulate !== undefined) return undefined;
  const [best] = upstream.protocols;
  const { provider } = upstream;
  if (best !== undefined && provider.countTokens !== undefined) {
    return async (call, model) => {
      const body = encoded(call, best, upstream, model, 'chat');
      return provider.countTokens?.(probeOf(upstream, best, upstream.basePath), body);
    };
  }
  const counting = upstream.protocols.find(
    (protocol) => protocol.decodeCount !== undefined && pathOf(upstream, protocol, '') !== undefined,
  );
  if (counting === undefined) return undefined;
  return async (call, model) => {
    const body = encoded(call, counting, upstream, model, 'count');
    const { status, body: answer } = await probeOf(upstream, counting, '').post(
      pathOf(upstream, counting, model) ?? '',
      body,
    );
    return status === 200 && answer !== undefined ? counting.decodeCount?.(answer) : undefined;
  };
}

function pathOf(upstream: LiveUpstream, protocol: Protocol, model: string): string | undefined {
  return upstream.path(protocol.id, 'count', false, model);
}

function probeOf(upstream: LiveUpstream, protocol: Protocol, basePath: string) {
  const headers = {
    ...protocol.upstreamHeaders({}, new Set()),
    ...upstream.provider.authorize(upstream.secret, protocol.id, upstream.options),
    ...upstream.headers,
  };
  const address: ProbeAddress = { origin: upstream.origin, basePath, headers };
  return createProbe(upstream.transport, address, PATIENCE);
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
