// Replies to canonical events: a stream's events one by one, or a whole interaction at once. What follows the last
// event, and a stream without one that the watcher took for whole, ends the same way.
import { BlockKeeper } from '../../canonical/block-keeper.ts';
import type { GatewayError } from '../../canonical/errors.ts';
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Operation, ReplyDecoder } from '../../canonical/protocol.ts';
import type { Emit } from '../../canonical/reply.ts';
import { garbled, truncated } from '../../canonical/watchers.ts';
import { readEvents } from '../../lib/sse.ts';
import { errorIn, inBandError } from './errors.ts';
import { StepReader } from './read-steps.ts';
import { brokenOff, decodeStop, isOver } from './stop-reasons.ts';
import { readTextDelta } from './text-delta.ts';
import { decodeUsage } from './usage.ts';

export function createDecoder(stream: boolean, emit: Emit, _operation: Operation): ReplyDecoder {
  return new InteractionDecoder(stream, emit);
}

class InteractionDecoder implements ReplyDecoder {
  readonly #stream: boolean;
  readonly #emit: Emit;
  readonly #steps: StepReader;
  /** All that events about the interaction as a whole have said. */
  #whole: JsonObject = {};
  #started = false;
  #over = false;

  constructor(stream: boolean, emit: Emit) {
    this.#stream = stream;
    this.#emit = emit;
    this.#steps = new StepReader(new BlockKeeper(emit));
  }

  push(frame: Buffer): void {
    if (!this.#stream) this.#body(frame.toString('utf8'));
    else if (frame.length === 0) this.#end();
    else for (const { data } of readEvents(frame)) this.#data(data);
  }

  #body(text: string): void {
    const interaction = parse(text);
    if (interaction === undefined) this.#fail(garbled('its body is not a JSON object'));
    else {
      this.#whole = interaction;
      this.#end();
    }
  }

  #data(data: string): void {
    if (this.#over || data === '') return;
    const plain = this.#started ? readTextDelta(data) : undefined;
    if (plain !== undefined) this.#steps.say(plain.at, plain.text);
    else if (data === '[DONE]') this.#end();
    else {
      const event = parse(data);
      if (event === undefined) this.#fail(garbled('an event of its stream is not JSON'));
      else this.#event(event);
    }
  }

  #event(event: JsonObject): void {
    const type = asString(event.event_type) ?? '';
    const error = errorIn(event);
    if (error !== undefined) this.#fail(error);
    else if (type.startsWith('interaction.')) this.#interaction(type === 'interaction.completed', event);
    else this.#step(type, event);
  }

  #interaction(last: boolean, event: JsonObject): void {
    const { event_type: _, interaction, interaction_id: __, ...update } = event;
    const usual = last ? { status: 'completed' } : {};
    this.#whole = { ...this.#whole, ...usual, ...present(asObject(interaction) ?? update) };
    if (last) this.#end();
  }

  #step(type: string, event: JsonObject): void {
    const at = asNumber(event.index) ?? 0;
    this.#start();
    if (type === 'step.start') this.#steps.start(at, asObject(event.step) ?? {});
    else if (type === 'step.delta') this.#steps.delta(at, asObject(event.delta) ?? {});
    else if (type === 'step.stop') this.#steps.stop(at);
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    const id = asString(this.#whole.id) ?? '';
    this.#steps.seed = id;
    const created = Date.parse(asString(this.#whole.created) ?? '') / 1000;
    this.#emit({
      type: 'start',
      id,
      model: asString(this.#whole.model) ?? '',
      ...(Number.isFinite(created) ? { created: Math.floor(created) } : {}),
    });
  }

  #end(): void {
    if (this.#over) return;
    const failure = this.#endFault();
    if (failure !== undefined) {
      this.#fail(failure);
      return;
    }
    this.#start();
    // Some state the steps only here.
    if (!this.#steps.any) this.#readWhole();
    if (this.#over) return;
    this.#steps.finish();
    this.#emit({ type: 'finish', choice: 0, reason: decodeStop(this.#whole, this.#steps.called) });
    this.#report();
    this.#over = true;
    this.#emit({ type: 'end' });
  }

  #endFault(): GatewayError | undefined {
    const failure = brokenOff(this.#whole);
    if (failure !== undefined) return failure;
    if (this.#stream) return isOver(this.#whole) ? undefined : truncated();
    const known = isOver(this.#whole) || asArray(this.#whole.steps) !== undefined;
    return known ? undefined : garbled('it has neither a status nor steps');
  }

  #readWhole(): void {
    for (const [at, value] of (asArray(this.#whole.steps) ?? []).entries()) {
      const step = asObject(value) ?? {};
      const error = inBandError(step);
      if (error !== undefined) {
        this.#fail(error);
        return;
      }
      this.#steps.start(at, step);
      this.#steps.stop(at);
    }
  }

  #report(): void {
    const usage = decodeUsage(this.#whole.usage);
    if (usage !== undefined) this.#emit({ type: 'usage', usage });
  }

  #fail(error: GatewayError): void {
    if (this.#over) return;
    this.#report();
    this.#over = true;
    this.#emit({ type: 'error', error });
  }
}

/** What an event leaves out, the one before it has said. */
function present(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''),
  );
}

function parse(data: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(data) as Json);
  } catch {
    return undefined;
  }
}
