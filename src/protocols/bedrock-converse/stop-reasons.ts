// Why a reply stopped, in this dialect's words and back.
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { ReplyEvent, StopReason } from '../../canonical/reply.ts';

type Finish = Extract<ReplyEvent, { type: 'finish' }>;

const decoded: ReadonlyMap<string, StopReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop_sequence'],
  ['max_tokens', 'length'],
  ['tool_use', 'tools'],
  ['guardrail_intervened', 'filter'],
  ['content_filtered', 'filter'],
  // Claude says it through the service in its own word.
  ['refusal', 'refusal'],
  ['model_context_window_exceeded', 'context_full'],
]);

const encoded: Readonly<Record<StopReason, string>> = {
  stop: 'end_turn',
  stop_sequence: 'stop_sequence',
  length: 'max_tokens',
  tools: 'tool_use',
  refusal: 'content_filtered',
  filter: 'content_filtered',
  context_full: 'model_context_window_exceeded',
  pause: 'end_turn',
};

/**
 * `end`: the fields that state the end, of a body or a `messageStop`. Some models say `end_turn` although they
 * called a tool: agents would stop, so the call wins, but never over length.
 */
export function decodeFinish(end: JsonObject, calledTools: boolean): Finish {
  const word = asString(end.stopReason);
  const known = word === undefined ? 'stop' : decoded.get(word);
  const extras: Record<string, Json> = {};
  if (word !== undefined && (known === undefined || encoded[known] !== word)) extras.stopReason = word;
  const fields = end.additionalModelResponseFields;
  if (fields !== undefined && fields !== null) extras.additionalModelResponseFields = fields;
  const sequence = matched(asObject(fields));
  return {
    type: 'finish',
    choice: 0,
    reason: calledTools && (known ?? 'stop') === 'stop' ? 'tools' : (known ?? 'stop'),
    ...(sequence === undefined ? {} : { sequence }),
    ...(Object.keys(extras).length === 0 ? {} : { extras }),
  };
}

/** The matched stop string, if the model was asked for it: in a stream it stands one level down. */
function matched(fields: JsonObject | undefined): string | undefined {
  return asString(fields?.stop_sequence) ?? asString(asObject(fields?.delta)?.stop_sequence);
}

/** Where a model of Claude's says which stop string it met. */
export function matchedPath(stream: boolean): string {
  return stream ? '/delta/stop_sequence' : '/stop_sequence';
}

/** What the encoder saw of a reply before its end. */
export interface Seen {
  readonly calls: boolean;
  readonly refused: boolean;
}

export function encodeFinish(finish: Finish | undefined, seen: Seen): JsonObject {
  const reason = settledReason(finish?.reason ?? 'stop', seen);
  const own = asString(finish?.extras?.stopReason);
  const fields = finish?.extras?.additionalModelResponseFields;
  return {
    stopReason: own !== undefined && sameReason(own, reason) ? own : encoded[reason],
    ...(fields === undefined ? {} : { additionalModelResponseFields: fields }),
  };
}

/** A word of this dialect's own is the better one while it means the same. */
function sameReason(word: string, reason: StopReason): boolean {
  return (decoded.get(word) ?? 'stop') === reason;
}

function settledReason(reason: StopReason, seen: Seen): StopReason {
  if (reason !== 'stop') return reason;
  if (seen.refused) return 'refusal';
  return seen.calls ? 'tools' : 'stop';
}
