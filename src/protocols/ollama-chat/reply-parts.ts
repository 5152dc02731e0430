// Pieces of a reply that its two forms, the stream and the body, have in common.

import type { Sealed } from '../../canonical/blocks.ts';
import { wrapInput } from '../../canonical/free-text-tools.ts';
import { saidInHead } from '../../canonical/head-extras.ts';
import { asArray, asObject, type Json, type JsonObject, objectIn } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { BlockHead, EventOf, StopReason } from '../../canonical/reply.ts';

export interface Call {
  readonly head: Extract<BlockHead, { type: 'tool_call' }>;
  input: string;
}

/** The seconds of an epoch as Go writes a time. */
export function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Calls go out whole, with their arguments as objects: those that are none wait for the reason of the end. */
export class CallShelf {
  readonly #ledger: Ledger;
  #count = 0;
  #broken: Call[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** A call that is complete; undefined when it cannot be said, or not yet. */
  take(call: Call): JsonObject | undefined {
    const { input, head } = call;
    if (head.custom === true) {
      this.#ledger.mapped('tool_calls.custom', 'its free text is an argument');
      return this.#encode(call, wrapInput(input));
    }
    const value = input.trim() === '' ? {} : objectIn(input);
    if (value === undefined) this.#broken.push(call);
    return value === undefined ? undefined : this.#encode(call, value);
  }

  /** What is left: a call that was cut off is none; other bad arguments are shown, for the model to mend them. */
  rest(reason: StopReason): readonly JsonObject[] {
    const broken = this.#broken;
    this.#broken = [];
    if (reason === 'length' || reason === 'context_full') {
      if (broken.length > 0) this.#ledger.dropped('tool_calls', 'cut off in their arguments');
      return [];
    }
    if (broken.length > 0) this.#ledger.approximated('tool_calls.arguments', 'no object: one text');
    return broken.map((call) => this.#encode(call, wrapInput(call.input)));
  }

  #encode({ head }: Call, value: JsonObject): JsonObject {
    const index = this.#count;
    this.#count += 1;
    return { id: head.id, function: { index, name: head.name, arguments: value } };
  }
}

/** Names what a block's head says and this dialect cannot. */
export function noteHead(block: BlockHead, ledger: Ledger): void {
  if (block.type === 'reasoning' && block.redacted !== undefined) ledger.dropped('thinking.redacted');
  if (block.type === 'refusal') ledger.approximated('refusal', 'said as content');
  if (block.type === 'raw') ledger.dropped('content.raw', `only ${block.origin} understands it`);
  if (block.type === 'tool_call') {
    for (const name of Object.keys(block.extras ?? {})) ledger.dropped(`tool_calls.${name}`);
  }
}

export function noteSeal(_sealed: Sealed, onCall: boolean, ledger: Ledger): void {
  ledger.dropped(onCall ? 'tool_calls.signature' : 'thinking.signature');
}

export function noteFinish(event: EventOf<'finish'>, ledger: Ledger): void {
  if (event.sequence !== undefined) ledger.dropped('stop_sequence');
  if (event.reason === 'pause') ledger.approximated('stop_reason', 'a pause looks like a stop');
  if (event.reason === 'refusal') ledger.approximated('stop_reason', 'a refusal looks like a filter');
}

export function noteStart(event: EventOf<'start'>, ledger: Ledger): void {
  for (const name of saidInHead(event.extras)) ledger.dropped(name);
}

/** Chat's object or Responses' bare list, as one list. */
export function logprobList(value: Json): readonly Json[] {
  return asArray(value) ?? asArray(asObject(value)?.content) ?? [];
}

/** The last line, and the body: what was said, then how it ended. */
export function doneFields(reason: string, context: Json | undefined, usage: JsonObject): JsonObject {
  const done = { done: true, done_reason: reason };
  return Object.assign(done, context === undefined ? undefined : { context }, usage);
}
