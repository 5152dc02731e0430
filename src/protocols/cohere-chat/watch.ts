// Reads along with a reply of Cohere's. Reads that hold nothing but parts of the answer go on untouched; the start,
// the end and whatever is neither is parsed.
import { asObject, type JsonObject } from '../../canonical/json.ts';
import type { Watcher, WatchOutput } from '../../canonical/protocol.ts';
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
import { wrongBody } from './decode-reply.ts';
import { errorInEnd, errorInside } from './errors.ts';
import { decodeUsage } from './usage.ts';

export function watchCohere(stream: boolean, output: WatchOutput): Watcher {
  return stream ? new StreamWatcher(new CohereReader(), output) : new BodyWatcher(judgeBody, output);
}

const NAME = 'event: ';
const DATA = 'data: {"type":"';
/** What the types of parts of an answer begin with. */
const PARTS = ['content-', 'tool-', 'citation-'] as const;

class CohereReader implements EventReader {
  usage: Usage | undefined = undefined;
  started = false;
  /** Only its last event ends a reply, and then the stream is over. */
  readonly finished = false;
  readonly closing: Buffer = Buffer.alloc(0);

  isEnd(data: string): boolean {
    return data.trim() === '[DONE]';
  }

  /** Every event must show by its first field what it is: an error could have any shape. */
  isPlain(text: string): boolean {
    if (!text.endsWith('}\n\n')) return false;
    for (let at = 0; at < text.length; at = text.indexOf('\n\n', at) + 2) {
      const from = text.startsWith(NAME, at) ? text.indexOf('\n', at) + 1 : at;
      const type = from + DATA.length;
      if (!text.startsWith(DATA, from) || !PARTS.some((part) => text.startsWith(part, type))) return false;
      at = type;
    }
    return true;
  }

  read(event: JsonObject): EventVerdict {
    if (event.type === 'message-end') return this.#end(asObject(event.delta) ?? {});
    const error = errorInside(event);
    if (error !== undefined) return error;
    if (beginsAnswer(event)) this.started = true;
    return this.started ? 'content' : 'prelude';
  }

  #end(end: JsonObject): EventVerdict {
    this.usage = decodeUsage(end.usage) ?? this.usage;
    const error = errorInEnd(end);
    if (error !== undefined) return error;
    if (typeof end.finish_reason !== 'string') return garbled('its end states no reason');
    this.started = true;
    return 'terminal';
  }
}

/** Blocks begin without a word; a call says something by being there. */
function beginsAnswer(event: JsonObject): boolean {
  const message = asObject(asObject(event.delta)?.message);
  const content = asObject(message?.content);
  const said = [content?.text, content?.thinking, message?.tool_plan];
  return event.type === 'tool-call-start' || said.some((words) => typeof words === 'string' && words !== '');
}

/** Fields that settle whether the body is an answer. */
const telling = ['type', 'message', 'finish_reason', 'error', 'usage'] as const;

function judgeBody(outline: BodyOutline): BodyVerdict {
  const body = Object.fromEntries(telling.map((name) => [name, outline.value(name)]));
  const error = errorInEnd(body) ?? errorInside(body);
  if (error !== undefined) return error;
  const wrong = wrongBody(body);
  return wrong === undefined ? { usage: decodeUsage(body.usage) } : garbled(wrong);
}
