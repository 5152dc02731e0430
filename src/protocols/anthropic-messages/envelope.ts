// Messages as other vendors serve them: the path names the model and says whether to stream, and what this
// dialect states in headers stands in the body. Betas a vendor does not know make it refuse the whole call.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { asArray, asString, type JsonObject } from '../../canonical/json.ts';
import type { Operation } from '../../canonical/protocol.ts';
import type { Quirks } from '../../canonical/provider.ts';
import type { WireHeaders } from '../../canonical/wire.ts';

const none: readonly Edit[] = [];

/** Edits of a same-dialect hop; none for upstreams that take messages as they are. */
export function envelopeEdits(wire: CallWire, quirks: Quirks, caller: WireHeaders): readonly Edit[] {
  const version = quirks.messagesVersion;
  if (version === undefined) return none;
  const betas = betasOf(wire, quirks, caller);
  const edits: Edit[] = [
    { name: 'anthropic_version', value: JSON.stringify(version) },
    { name: 'anthropic_beta', value: betas.length === 0 ? undefined : JSON.stringify(betas) },
  ];
  // What a count is for, its path does not say.
  if (wire.operation !== 'count') edits.push({ name: 'model', value: undefined });
  if (quirks.messagesStream !== true) edits.push({ name: 'stream', value: undefined });
  return edits;
}

/** A call that was written here, in its envelope. */
export function enveloped(body: JsonObject, quirks: Quirks, operation: Operation): JsonObject {
  const version = quirks.messagesVersion;
  if (version === undefined) return body;
  const { model, stream, ...rest } = body;
  return {
    anthropic_version: version,
    ...(operation === 'count' ? { model } : {}),
    ...rest,
    ...(quirks.messagesStream === true && stream !== undefined ? { stream } : {}),
  };
}

/** Those of the header and those already in the body, each once, and only what the vendor knows. */
function betasOf(wire: CallWire, quirks: Quirks, caller: WireHeaders): readonly string[] {
  const stated = (caller['anthropic-beta'] ?? '').split(',').map((name) => name.trim());
  const own = wire.has('anthropic_beta') ? (asArray(wire.value('anthropic_beta')) ?? []) : [];
  const names = new Set([...stated, ...own.map((name) => asString(name) ?? '')]);
  names.delete('');
  const { betas } = quirks;
  return betas === undefined
    ? [...names]
    : [...names].filter((name) => betas.some((known) => name.startsWith(known)));
}
