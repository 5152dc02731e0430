// A log's way into a stream such as stdout. A pipe takes what fits and queues the rest in memory without
// end, so no more is handed over than it has taken; a reader that is gone must not end the server.
import type { Writable } from 'node:stream';

/** False while the stream still holds what it was given before. */
export function createStreamWrite(stream: Writable): (text: string) => boolean {
  let gone = false;
  stream.on('error', () => {
    gone = true;
  });
  return (text) => {
    if (gone || stream.writableNeedDrain) return false;
    stream.write(text);
    return true;
  };
}
