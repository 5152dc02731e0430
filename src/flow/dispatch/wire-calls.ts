// Writes a planned call for one target: the caller's own bytes with the model name spliced in when both
// speak one dialect, else decoded and encoded, with the ledger of what that cost.
import { GatewayError } from '../../canonical/errors.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { Operation, Protocol } from '../../canonical/protocol.ts';
import type { Quirks } from '../../canonical/provider.ts';
import type { WireCall, WireHeaders } from '../../canonical/wire.ts';
import type { Cancel } from '../../lib/cancel.ts';
import type { Seals } from '../../ports.ts';
import type { Planned, Target, Upstream } from '../stage.ts';

const NO_QUIRKS: Quirks = {};

export interface Written {
  readonly wire: WireCall;
  readonly protocol: Protocol;
  /** As it is asked of the upstream: one that cannot complete a bare prompt is asked in a chat. */
  readonly operation: Operation;
  readonly ledger: Ledger | undefined;
}

/** Builds wire calls; remembers per upstream what never changes. */
export class WireWriter {
  readonly #fixed = new Map<string, { readonly upstream: Upstream; readonly headers: WireHeaders }>();
  readonly #seals: Seals | undefined;

  constructor(seals?: Seals) {
    this.#seals = seals;
  }

  write(call: Planned, target: Target, cancel: Cancel): Written {
    const { upstream } = target;
    const protocol = dialectFor(call, upstream);
    const quirks = upstream.provider.quirks ?? NO_QUIRKS;
    const { operation, path } = this.#way(call, target, protocol);
    const same =
      protocol.id === call.face.id && operation === call.operation && protocol.fits(call.wire, quirks);
    const encoded = same
      ? splice(call, target, protocol)
      : translate(call, target, protocol, { operation, seals: this.#seals });
    const wire: WireCall = {
      origin: upstream.origin,
      method: 'POST',
      path,
      headers: withExtras(this.#headers(upstream, protocol), encoded.headers, call.headers.traceparent),
      body: encoded.body,
      timers:
        call.virtual.timers === undefined ? upstream.timers : { ...upstream.timers, ...call.virtual.timers },
      cancel,
    };
    return { wire, protocol, operation, ledger: encoded.ledger };
  }

  #way({ operation, stream }: Planned, { upstream, model, label }: Target, { id }: Protocol): Way {
    const path = upstream.path(id, operation, stream, model);
    if (path !== undefined) return { operation, path };
    const instead = operation === 'complete' ? upstream.path(id, 'chat', stream, model) : undefined;
    if (instead !== undefined) return { operation: 'chat', path: instead };
    throw new GatewayError('unsupported', `The target ${label} does not take calls of this kind.`, {
      param: 'model',
      remedy: 'Choose a model of an upstream that does.',
    });
  }

  #headers(upstream: Upstream, protocol: Protocol): WireHeaders {
    const key = `${upstream.name} ${protocol.id}`;
    const known = this.#fixed.get(key);
    if (known !== undefined && known.upstream === upstream) return known.headers;
    const headers = {
      'content-type': 'application/json',
      accept: '*/*',
      'accept-encoding': 'identity',
      'user-agent': 'signalbox',
      ...upstream.provider.authorize(upstream.secret, protocol.id),
      ...upstream.headers,
    };
    this.#fixed.set(key, { upstream, headers });
    return headers;
  }
}

interface Way {
  readonly operation: Operation;
  readonly path: string;
}

interface Encoded {
  readonly body: readonly Buffer[];
  readonly headers: WireHeaders;
  readonly ledger: Ledger | undefined;
}

/** The caller's own dialect if the upstream speaks it, else the one it speaks best. */
export function dialectFor(call: Planned, upstream: Upstream): Protocol {
  const own = upstream.protocols.find((protocol) => protocol.id === call.face.id);
  const best = own ?? upstream.protocols[0];
  if (best === undefined)
    throw new GatewayError('internal', `The upstream "${upstream.name}" speaks no dialect.`);
  return best;
}

function splice(call: Planned, target: Target, protocol: Protocol): Encoded {
  const own = protocol.upstreamEdits(call.wire, target.upstream.provider.quirks ?? {});
  const edits =
    protocol.modelInPath === true ? own : [...own, { name: 'model', value: JSON.stringify(target.model) }];
  const names = call.wire.fields.map((field) => field.name);
  return {
    body: call.wire.splice(edits),
    headers: protocol.upstreamHeaders(call.headers, names),
    ledger: undefined,
  };
}

interface Translation {
  readonly operation: Operation;
  readonly seals: Seals | undefined;
}

function translate(call: Planned, target: Target, protocol: Protocol, how: Translation): Encoded {
  const ledger = new Ledger();
  const content = call.wire.content();
  // Where the path says whether to stream, the body cannot.
  const asked = content.stream === call.stream ? content : { ...content, stream: call.stream };
  const { body, headers } = protocol.encodeCall(asked, {
    model: target.model,
    ledger,
    quirks: target.upstream.provider.quirks ?? {},
    facts: target.upstream.facts(target.model),
    operation: how.operation,
    seals: how.seals?.of(call.caller.tenant),
  });
  const losses = ledger.losses();
  if (call.strict && losses.length > 0) {
    const fields = losses.map((loss) => loss.field).join(', ');
    throw new GatewayError(
      'translation_loss',
      `The target ${target.label} cannot take the call as it is: ${fields}.`,
      {
        param: losses[0]?.field ?? 'body',
        remedy: 'Leave these fields out, choose a model that speaks this dialect, or drop "strict".',
      },
    );
  }
  return { body: [Buffer.from(JSON.stringify(body))], headers, ledger };
}

/** The very same object when there is nothing to add: the transport keeps its rendered text. */
function withExtras(fixed: WireHeaders, extra: WireHeaders, traceparent: string | undefined): WireHeaders {
  let some = traceparent !== undefined;
  for (const _name in extra) some = true;
  if (!some) return fixed;
  return traceparent === undefined ? { ...fixed, ...extra } : { ...fixed, ...extra, traceparent };
}
