// Reads the `data:` lines of a server-sent event stream; both faces put one JSON value on one line.
import { StringDecoder } from 'node:string_decoder';

export class DataLines {
  readonly #take: (data: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(take: (data: string) => void) {
    this.#take = take;
  }

  push(bytes: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const text = line.endsWith('\r') ? line.slice(0, -1) : line;
      if (text.startsWith('data:')) this.#take(text.slice(text.startsWith('data: ') ? 6 : 5));
    }
  }
}
