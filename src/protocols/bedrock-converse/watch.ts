// Reads along with a Converse reply: binary messages, each an event or an exception. Their headers say which, so
// of most payloads only the structure is checked. Usage may come before or after the end; both make it whole.
import { GatewayError } from '../../canonical/errors.ts';
import { asObject, asString, type JsonObject, objectIn } from '../../canonical/json.ts';
import type { FrameKind, Watcher, WatchOutput } from '../../canonical/protocol.ts';
import type { Usage } from '../../canonical/usage.ts';
import {
  type BodyOutline,
  type BodyVerdict,
  BodyWatcher,
  garbled,
  truncated,
} from '../../canonical/watchers.ts';
import { sendRuns } from '../../lib/event-runs.ts';
import { type EventMessage, EventStreamFramer, readMessages } from '../../lib/event-stream.ts';
import { isObjectText } from '../../lib/object-text.ts';
import { wrongBody } from './decode-reply.ts';
import { errorInBody, errorInMessage, malformed } from './errors.ts';
import { silentEnd } from './messages.ts';
import { readTextDelta } from './text-delta.ts';
import { decodeUsage } from './usage.ts';

const MOST_MESSAGE = 16 * 1024 * 1024;

export function watchConverse(stream: boolean, output: WatchOutput): Watcher {
  return stream ? new ConverseWatcher(output) : new BodyWatcher(judgeBody, output);
}

class ConverseWatcher implements Watcher {
  usage: Usage | undefined = undefined;
  pieces = 0;
  readonly #output: WatchOutput;
  readonly #framer: EventStreamFramer;
  #started = false;
  /** The model has said why it stopped. */
  #finished = false;
  #measured = false;
  #over = false;
  #failure: GatewayError | undefined = undefined;

  constructor(output: WatchOutput) {
    this.#output = output;
    this.#framer = new EventStreamFramer(MOST_MESSAGE, {
      messages: (bytes) => this.#messages(bytes),
      broken: (why) => this.#fail(garbled(why)),
    });
  }

  push(chunk: Buffer): void {
    if (!this.#over) this.#framer.push(chunk);
  }

  /** A reply that was finished is whole without its usage, but not with half a message behind it. */
  end(): void {
    if (this.#over) return;
    if (!this.#finished || this.#framer.pending > 0) this.#fail(truncated());
    else {
      this.#over = true;
      this.#output.frame(silentEnd, 'terminal');
    }
  }

  /** Neighbours of one kind leave together. */
  #messages(bytes: Buffer): void {
    sendRuns(bytes, readMessages(bytes), (message) => this.#kindOf(message), this.#output);
    if (this.#failure !== undefined) this.#output.fault(this.#failure);
  }

  #kindOf(message: EventMessage): FrameKind | undefined {
    if (this.#over) return undefined;
    const verdict = this.#read(message);
    if (!(verdict instanceof GatewayError)) return verdict;
    this.#over = true;
    this.#failure = verdict;
    return undefined;
  }

  #read(message: EventMessage): FrameKind | GatewayError {
    const failure = errorInMessage(message);
    if (failure !== undefined) return failure;
    switch (message.headers.get(':event-type')) {
      case 'contentBlockDelta':
        if (!isTextDelta(message.payload) && !isObjectText(message.payload))
          return garbled('an event of its stream is no JSON object');
        this.#started = true;
        this.pieces += 1;
        return 'content';
      case 'contentBlockStart':
        return this.#readStart(objectIn(message.payload.toString('utf8')));
      case 'messageStop':
        return this.#readStop(objectIn(message.payload.toString('utf8')));
      case 'metadata':
        return this.#readMetadata(objectIn(message.payload.toString('utf8')));
      default:
        if (!isObjectText(message.payload)) return garbled('an event of its stream is no JSON object');
        return this.#kind();
    }
  }

  /** A block that says something by being there. */
  #readStart(event: JsonObject | undefined): FrameKind | GatewayError {
    if (event === undefined) return garbled('an event of its stream is no JSON object');
    if (Object.keys(asObject(event.start) ?? {}).length > 0) this.#started = true;
    return this.#kind();
  }

  #readStop(event: JsonObject | undefined): FrameKind | GatewayError {
    if (event === undefined) return garbled('an event of its stream is no JSON object');
    const failure = malformed(asString(event.stopReason) ?? '');
    if (failure !== undefined) return failure;
    this.#started = true;
    this.#finished = true;
    return this.#measured ? this.#last() : 'content';
  }

  #readMetadata(event: JsonObject | undefined): FrameKind | GatewayError {
    if (event === undefined) return garbled('an event of its stream is no JSON object');
    this.usage = decodeUsage(event.usage) ?? this.usage;
    this.#measured = true;
    return this.#finished ? this.#last() : this.#kind();
  }

  #last(): FrameKind {
    this.#over = true;
    return 'terminal';
  }

  #kind(): FrameKind {
    return this.#started ? 'content' : 'prelude';
  }

  #fail(error: GatewayError): void {
    this.#over = true;
    this.#output.fault(error);
  }
}

/** The one event that comes hundreds of times: its shape proves that it is JSON. */
function isTextDelta(payload: Buffer): boolean {
  return readTextDelta(payload.toString('latin1')) !== undefined;
}

const TELLING = ['stopReason', 'message', '__type', 'output'] as const;

function judgeBody(body: BodyOutline): BodyVerdict {
  const said = Object.fromEntries(TELLING.map((name) => [name, body.value(name)]));
  const error = errorInBody(said);
  if (error !== undefined) return error;
  const wrong = wrongBody(said);
  if (wrong !== undefined) return garbled(wrong);
  const failure = malformed(asString(said.stopReason) ?? '');
  return failure ?? { usage: decodeUsage(body.value('usage')) };
}
