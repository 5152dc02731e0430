// What a Responses call says about kept turns, and what of its reply is worth keeping. Ids of replies are the
// gateway's to know: no upstream is asked for one, since all tenants share its account.
import type { CallWire, Edit } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { wrongType } from '../../canonical/fields.ts';
import { asArray, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { TurnDialect, TurnWish } from '../../canonical/turns.ts';
import { backgroundRefused } from './decode-call.ts';
import { keeping, restate } from './keeping.ts';
import { readForeign, SEALED_REASONING, VENDOR } from './origin.ts';

const SEALED = '"encrypted_content"';
const REFERENCE = '"item_reference"';
const ASCII_ESCAPES = ['2', '3', '4', '5', '6', '7'].map((digit) => `\\u00${digit}`);

export const turns: TurnDialect = {
  wish,
  whole,
  referenceOf,
  itemsOf: (reply) => asArray(reply.output) ?? [],
  replyIn,
  sealsIn: (reply) => (asArray(reply.output) ?? []).flatMap(sealOf),
  keeping,
  restate,
};

function wish(wire: CallWire): TurnWish | undefined {
  const conversation = wire.value('conversation') ?? null;
  if (conversation !== null) throw conversationRefused();
  if (wire.value('background') === true) throw backgroundRefused();
  const previous = previousIn(wire);
  const keep = wantsKeeping(wire);
  const disguised = isDisguised(wire);
  const hasReferences = disguised || wire.mentions('input', REFERENCE);
  const hasSeals = disguised || wire.mentions('input', SEALED);
  if (!keep && previous === undefined && !hasReferences && !hasSeals) return undefined;
  const items = itemsIn(wire.value('input'));
  return {
    previous,
    keep,
    items,
    references: items.flatMap((item) => referenceOf(item) ?? []),
    seals: hasSeals ? items.flatMap(sealOf) : [],
  };
}

function previousIn(wire: CallWire): string | undefined {
  const previous = wire.value('previous_response_id') ?? undefined;
  if (previous === undefined || typeof previous === 'string') return previous;
  throw wrongType('previous_response_id', 'a text', previous);
}

function wantsKeeping(wire: CallWire): boolean {
  const store = wire.value('store') ?? true;
  if (typeof store === 'boolean') return store;
  throw wrongType('store', 'true or false', store);
}

/** Letters may be written as escapes; only a parse tells what a name that has them in it is. */
function isDisguised(wire: CallWire): boolean {
  return ASCII_ESCAPES.some((letters) => wire.mentions('input', letters));
}

function conversationRefused(): GatewayError {
  return new GatewayError('unsupported', 'Conversations are not kept here: `conversation` leads nowhere.', {
    param: 'conversation',
    remedy: 'Go on from a reply with `previous_response_id`, or send all items in `input`.',
  });
}

/** A text is short for one message. What makes no sense is found later, by who reads it. */
function itemsIn(input: Json | undefined): readonly Json[] {
  if (typeof input === 'string') {
    return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
  }
  return asArray(input) ?? [];
}

/** No upstream keeps what the gateway keeps. */
function whole(wire: CallWire, items: readonly Json[] | undefined): readonly Edit[] {
  const unkept = wire.value('store') === false ? [] : keptHere(wire);
  if (items === undefined) return unkept;
  return [
    ...unkept,
    { name: 'input', value: JSON.stringify(items) },
    { name: 'previous_response_id', value: undefined },
  ];
}

/** Reasoning that no upstream keeps comes back sealed, or is lost to the next turn. */
function keptHere(wire: CallWire): readonly Edit[] {
  const included = asArray(wire.value('include')) ?? [];
  const include = included.includes(SEALED_REASONING) ? included : [...included, SEALED_REASONING];
  return [
    { name: 'store', value: 'false' },
    { name: 'include', value: JSON.stringify(include) },
  ];
}

function referenceOf(item: Json): string | undefined {
  const object = asObject(item);
  if (object?.type === 'item_reference') return asString(object.id);
  // Its type may go without saying: nothing else has an id alone.
  const isBare = object !== undefined && (object.type ?? null) === null && object.role === undefined;
  return isBare ? asString(object.id) : undefined;
}

/** What we have marked says itself whose it is; the vendor's own is never marked, so such a mark is forged. */
function sealOf(item: Json): readonly string[] {
  const sealed = asString(asObject(item)?.encrypted_content) ?? '';
  const mark = readForeign(sealed);
  const isOthers = mark !== undefined && mark.sealed.origin !== VENDOR;
  return sealed === '' || isOthers ? [] : [sealed];
}

const DATA = 'data: ';

/** A whole body, or the event that ends a stream. */
function replyIn(ending: string): JsonObject | undefined {
  if (ending.startsWith('{')) return replyOf(ending);
  for (const line of ending.split('\n')) {
    if (!line.startsWith('data:') || !line.includes('"response"')) continue;
    const event = parsed(line.slice(line.startsWith(DATA) ? DATA.length : DATA.length - 1));
    const reply = asObject(event?.response);
    if (reply !== undefined && asString(reply.id) !== undefined) return reply;
  }
  return undefined;
}

function replyOf(text: string): JsonObject | undefined {
  const reply = parsed(text);
  return asString(reply?.id) === undefined ? undefined : reply;
}

function parsed(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}
