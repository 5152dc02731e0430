// Why a reply stopped, in this dialect's words and back.
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { ReplyEvent, StopReason } from '../../canonical/reply.ts';

type Finish = Extract<ReplyEvent, { type: 'finish' }>;

const decoded: ReadonlyMap<string, StopReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop_sequence'],
  ['max_tokens', 'length'],
  ['tool_use', 'tools'],
  ['pause_turn', 'pause'],
  ['refusal', 'refusal'],
  ['model_context_window_exceeded', 'context_full'],
]);

const encoded: Readonly<Record<StopReason, string>> = {
  stop: 'end_turn',
  stop_sequence: 'stop_sequence',
  length: 'max_tokens',
  tools: 'tool_use',
  refusal: 'refusal',
  filter: 'refusal',
  context_full: 'model_context_window_exceeded',
  pause: 'pause_turn',
};

/** What a reply's end says besides tokens. */
const END_EXTRAS = ['stop_details', 'container', 'context_management', 'diagnostics'] as const;

/**
 * `delta`: the fields that state the end, of a message or a `message_delta`. Some upstreams say
 * `end_turn` although they called a tool: agents would stop, so the call wins, but never over length.
 */
export function decodeFinish(delta: JsonObject, around: JsonObject, calledTools: boolean): Finish {
  const word = asString(delta.stop_reason);
  const known = word === undefined ? 'stop' : decoded.get(word);
  const sequence = asString(delta.stop_sequence);
  const explanation = asString(asObject(delta.stop_details)?.explanation);
  const extras = endingExtras(delta, around, known === undefined ? word : undefined);
  return {
    type: 'finish',
    choice: 0,
    reason: calledTools && (known ?? 'stop') === 'stop' ? 'tools' : (known ?? 'stop'),
    ...(sequence === undefined ? {} : { sequence }),
    ...(explanation === undefined ? {} : { explanation }),
    ...(extras === undefined ? {} : { extras }),
  };
}

function endingExtras(
  delta: JsonObject,
  around: JsonObject,
  unknownWord: string | undefined,
): JsonObject | undefined {
  const extras: Record<string, Json> = {};
  if (unknownWord !== undefined) extras.stop_reason = unknownWord;
  for (const name of END_EXTRAS) {
    const value = delta[name] ?? around[name];
    if (value !== undefined && value !== null) extras[name] = value;
  }
  return Object.keys(extras).length === 0 ? undefined : extras;
}

/** What the encoder saw of a reply before its end. */
export interface Seen {
  readonly calls: boolean;
  /** Text of refusal blocks; undefined when there was none. */
  readonly refusal: string | undefined;
}

export interface Ending {
  readonly stop_reason: string;
  readonly stop_sequence: string | null;
  readonly stop_details: Json;
  readonly container: Json;
}

export function encodeFinish(finish: Finish | undefined, seen: Seen): Ending {
  const reason = settledReason(finish?.reason ?? 'stop', seen);
  const extras = finish?.extras;
  const container = asObject(extras?.container);
  const refused = reason === 'refusal' || reason === 'filter';
  const word = reason === 'stop' ? asString(extras?.stop_reason) : undefined;
  return {
    stop_reason: word ?? encoded[reason],
    stop_sequence: finish?.sequence ?? null,
    stop_details: refused ? stopDetails(finish, seen) : null,
    container: container ?? null,
  };
}

function settledReason(reason: StopReason, seen: Seen): StopReason {
  if (reason !== 'stop') return reason;
  if (seen.refusal !== undefined) return 'refusal';
  return seen.calls ? 'tools' : 'stop';
}

function stopDetails(finish: Finish | undefined, seen: Seen): Json {
  const own = asObject(finish?.extras?.stop_details);
  if (own !== undefined) return own;
  const explanation = finish?.explanation ?? seen.refusal;
  if (explanation === undefined || explanation === '') return null;
  return { type: 'refusal', category: null, explanation };
}

/** Fields beside the end: of the message when unstreamed, of the `message_delta` event when streamed. */
export function endExtras(extras: JsonObject | undefined): JsonObject {
  const own: Record<string, Json> = {};
  for (const name of ['context_management', 'diagnostics'] as const) {
    const value = asObject(extras?.[name]);
    if (value !== undefined) own[name] = value;
  }
  return own;
}

/** Clients' types have these in every message, null when there is nothing to say. */
export const unsaidEnd = { context_management: null, diagnostics: null } as const;
