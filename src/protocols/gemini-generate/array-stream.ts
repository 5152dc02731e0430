// Streams that nobody asked for as events: one JSON array of chunks, which grows.
import type { Reframe } from '../../canonical/protocol.ts';
import { readEvents } from '../../lib/sse.ts';

export function reframe(query: URLSearchParams): Reframe | undefined {
  return query.get('alt') === 'sse' ? undefined : new ArrayStream();
}

class ArrayStream implements Reframe {
  readonly type = 'application/json';
  #begun = false;

  events(bytes: Buffer | string): string {
    let text = '';
    for (const { data } of readEvents(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)) {
      if (data === '') continue;
      text += (this.#begun ? ',\r\n' : '[') + data;
      this.#begun = true;
    }
    return text;
  }

  end(): string {
    return this.#begun ? ']\n' : '[]\n';
  }
}
