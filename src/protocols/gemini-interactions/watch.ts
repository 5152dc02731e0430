// Reads along with a reply. Its head and its end are events of their own, so everything between them goes on
// untouched; usage comes with the end.
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';
import type { Operation, Watcher, WatchOutput } from '../../canonical/protocol.ts';
import type { Usage } from '../../canonical/usage.ts';
import {
  type BodyOutline,
  type BodyVerdict,
  BodyWatcher,
  type EventReader,
  type EventVerdict,
  garbled,
  StreamWatcher,
} from '../../canonical/watchers.ts';
import { errorIn } from './errors.ts';
import { brokenOff, isOver } from './stop-reasons.ts';
import { decodeUsage } from './usage.ts';

/** Pictures and sound travel in one event. */
const MOST_EVENT = 16 * 1024 * 1024;
const DONE = '[DONE]';
const LAST = 'interaction.completed';

export function watchInteraction(stream: boolean, output: WatchOutput, _operation: Operation): Watcher {
  return stream ? new StreamWatcher(new InteractionReader(), output) : new BodyWatcher(judgeBody, output);
}

class InteractionReader implements EventReader {
  started = false;
  finished = false;
  usage: Usage | undefined = undefined;
  readonly mostEvent = MOST_EVENT;
  /** A stream whose last event never came: this tells those further on that it is over. */
  readonly closing: Buffer = Buffer.alloc(0);

  /**
   * Words that stand in every event but those about steps, and now and then in an answer. Without their first quote
   * they are found several times as fast: quotes are everywhere.
   */
  isPlain(text: string): boolean {
    return text.includes('step.') && !text.includes('interaction') && !text.includes('error"');
  }

  isEnd(data: string): boolean {
    return data === DONE;
  }

  read(event: JsonObject): EventVerdict {
    const type = asString(event.event_type) ?? '';
    const error = errorIn(event);
    if (error !== undefined) return error;
    if (type.startsWith('interaction.')) return this.#interaction(type, event);
    if (says(event)) this.started = true;
    return this.#here();
  }

  /** An event of its end, or one that tells how far it is. */
  #interaction(type: string, event: JsonObject): EventVerdict {
    const interaction = asObject(event.interaction) ?? event;
    this.usage = decodeUsage(interaction.usage) ?? decodeUsage(event.usage) ?? this.usage;
    const last = type === LAST;
    if (!last && !isOver(interaction)) return this.#here();
    const failure = brokenOff(interaction);
    // What tells only how far it is leaves the reason to the event behind it.
    if (failure !== undefined) return last ? failure : this.#here();
    this.finished = true;
    this.started = true;
    return last ? 'terminal' : 'content';
  }

  #here(): EventVerdict {
    return this.started ? 'content' : 'prelude';
  }
}

/** A signature alone is no answer yet: thoughts come first, and only their end tells how they went. */
function says(event: JsonObject): boolean {
  const type = event.event_type;
  if (type === 'step.start') {
    const step = asString(asObject(event.step)?.type);
    return step !== 'thought' && step !== 'model_output' && step !== 'user_input';
  }
  return type === 'step.delta' && asObject(event.delta)?.type !== 'thought_signature';
}

const telling = ['error', 'errors', 'status'] as const;

function judgeBody(outline: BodyOutline): BodyVerdict {
  const body: JsonObject = Object.fromEntries(telling.map((name) => [name, outline.value(name)]));
  const failure = brokenOff(body);
  if (failure !== undefined) return failure;
  const known = typeof body.status === 'string' || outline.length('steps') !== undefined;
  return known
    ? { usage: decodeUsage(outline.value('usage')) }
    : garbled('it has neither a status nor steps');
}
