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
    // White space around the value, a carriage return among it, means nothing in JSON.
    for (const line of lines) if (line.startsWith('data:')) this.#take(line.slice('data:'.length).trim());
  }
}
