// Reads along with answers that are no conversation: JSON is checked and kept whole, events are cut, anything
// else (sound, pictures, plain text) passes read by read, and is whole when the upstream says so.
import { readEvents } from '../lib/sse.ts';
import { SseFramer } from '../lib/sse-framer.ts';
import type { ErrandDialect } from './errand.ts';
import { GatewayError } from './errors.ts';
import { objectIn } from './json.ts';
import type { Watcher, WatchOutput } from './protocol.ts';
import type { Usage } from './usage.ts';
import { type BodyOutline, BodyWatcher, garbled } from './watchers.ts';

const MOST_EVENT = 16 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

export type ErrandShape = 'json' | 'events' | 'bytes';

export function shapeOf(dialect: ErrandDialect, contentType: string): ErrandShape {
  if (dialect.media !== true) return 'json';
  if (contentType.includes('event-stream')) return 'events';
  return contentType.includes('json') ? 'json' : 'bytes';
}

export function watchErrand(dialect: ErrandDialect, shape: ErrandShape, output: WatchOutput): Watcher {
  if (shape === 'json') {
    const judge = (outline: BodyOutline) => dialect.judge?.(outline) ?? { usage: undefined };
    return new BodyWatcher(judge, output, dialect.lists);
  }
  return shape === 'events' ? new EventsWatcher(dialect, output) : new BytesWatcher(output);
}

class BytesWatcher implements Watcher {
  readonly usage = undefined;
  readonly pieces = 0;
  readonly #output: WatchOutput;

  constructor(output: WatchOutput) {
    this.#output = output;
  }

  push(chunk: Buffer): void {
    this.#output.frame(chunk, 'content');
  }

  end(): void {
    this.#output.frame(NOTHING, 'terminal');
  }
}

/** Events of a kind that only caller and upstream understand; their usage is the last one stated. */
class EventsWatcher implements Watcher {
  usage: Usage | undefined = undefined;
  readonly pieces = 0;
  readonly #dialect: ErrandDialect;
  readonly #output: WatchOutput;
  readonly #framer: SseFramer;
  #over = false;

  constructor(dialect: ErrandDialect, output: WatchOutput) {
    this.#dialect = dialect;
    this.#output = output;
    this.#framer = new SseFramer(MOST_EVENT, {
      events: (bytes) => this.#events(bytes),
      overflow: () => this.#fail(garbled(`an event of its stream is larger than ${MOST_EVENT} bytes`)),
    });
  }

  push(chunk: Buffer): void {
    if (!this.#over) this.#framer.push(chunk);
  }

  end(): void {
    const rest = this.#over ? undefined : this.#framer.rest();
    if (rest !== undefined) this.#fail(garbled('it ends within an event'));
    if (!this.#over) this.#output.frame(NOTHING, 'terminal');
    this.#over = true;
  }

  #events(bytes: Buffer): void {
    if (this.#over) return;
    for (const event of readEvents(bytes)) {
      const telling = event.data.includes('"error"') || event.data.includes('"usage"');
      const value = telling ? objectIn(event.data) : undefined;
      if (value === undefined) continue;
      const verdict = this.#dialect.judgeEvent?.(value) ?? { usage: undefined };
      if (verdict instanceof GatewayError) {
        this.#fail(verdict);
        return;
      }
      this.usage = verdict.usage ?? this.usage;
    }
    this.#output.frame(bytes, 'content');
  }

  #fail(error: GatewayError): void {
    this.#over = true;
    this.#output.fault(error);
  }
}
