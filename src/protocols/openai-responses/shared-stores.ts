// What a call names and the upstream keeps in its account, which all tenants share: templates, stores that are searched,
// containers. Callers name them only where the operator has opened them; files have owners and are checked elsewhere.
import type { CallWire } from '../../canonical/call-wire.ts';
import type { GatewayError } from '../../canonical/errors.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { type Closed, closedStore, findClosed, firstText } from '../../canonical/shared-store.ts';

const STORES = 'vector_store_ids';
const CONTAINER = 'container';
/** What tools take, answers look like and callers note can have any name. */
const DATA = new Set(['parameters', 'schema', 'metadata']);
/** Without the quote before it, a search is several times as fast. */
const SIGNS = [STORES, `${CONTAINER}"`, '\\u005', '\\u006', '\\u007'] as const;

/** Asked of every call: a false alarm costs a parse. */
function mayNameStores(wire: CallWire): boolean {
  if (wire.fields.some(({ name }) => name === 'prompt' || name.includes('\\'))) return true;
  return SIGNS.some((sign) => wire.mentions('tools', sign) || wire.mentions('input', sign));
}

export function closedStoreOf(wire: CallWire, quirks: Quirks): GatewayError | undefined {
  if (quirks.sharedFiles === true || !mayNameStores(wire)) return undefined;
  return closedIn(asObject(JSON.parse(wire.bytes.toString('utf8')) as Json) ?? {}, quirks);
}

export function closedIn(body: JsonObject, { sharedFiles }: Quirks): GatewayError | undefined {
  if (sharedFiles === true) return undefined;
  const { prompt = null, tools, input } = body;
  const template = prompt === null ? undefined : { path: 'prompt', address: firstText(prompt) ?? 'prompt' };
  const closed: Closed | undefined = template ?? findClosed({ tools, input }, judge, DATA);
  return closed === undefined ? undefined : closedStore(closed);
}

/** A container that is described, and not named, is made for the call. */
function judge(name: string, value: Json): string | undefined {
  if (name === STORES) return firstText(value);
  return name === CONTAINER && typeof value === 'string' ? value : undefined;
}
