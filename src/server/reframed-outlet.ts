// An Outlet for callers who want a stream in another framing than its dialect's usual one. Errors that come
// before the stream, and bodies, pass as they are.
import type { Reframe } from '../canonical/protocol.ts';
import type { Outlet } from '../flow/emit/outlet.ts';

export class ReframedOutlet implements Outlet {
  readonly #inner: Outlet;
  readonly #framing: Reframe;
  #streams = false;

  constructor(inner: Outlet, framing: Reframe) {
    this.#inner = inner;
    this.#framing = framing;
  }

  get blocked(): boolean {
    return this.#inner.blocked;
  }

  begin(status: number, headers: string[], length: number | undefined): void {
    this.#streams = length === undefined;
    this.#inner.begin(status, this.#streams ? withType(headers, this.#framing.type) : headers, length);
  }

  write(bytes: Buffer | string): boolean {
    return this.#inner.write(this.#streams ? this.#framing.events(bytes) : bytes);
  }

  end(bytes?: Buffer | string): void {
    if (!this.#streams) this.#inner.end(bytes);
    else this.#inner.end((bytes === undefined ? '' : this.#framing.events(bytes)) + this.#framing.end());
  }

  cut(): void {
    this.#inner.cut();
  }

  drained(): Promise<void> {
    return this.#inner.drained();
  }
}

/** Names and values in turn. */
function withType(headers: readonly string[], type: string): string[] {
  return headers.map((text, at) => (at % 2 === 1 && headers[at - 1] === 'content-type' ? type : text));
}
