// An Outlet over node's ServerResponse.
import type { ServerResponse } from 'node:http';
import type { WireHeaders } from '../canonical/wire.ts';
import type { Outlet } from '../flow/emit/outlet.ts';

export class HttpOutlet implements Outlet {
  readonly #response: ServerResponse;
  /** Headers of every answer on this listener: CORS, and `connection: close` while draining. */
  readonly #always: () => WireHeaders;
  #waiting: (() => void)[] | undefined = undefined;

  constructor(response: ServerResponse, always: () => WireHeaders) {
    this.#response = response;
    this.#always = always;
  }

  get gone(): boolean {
    return this.#response.destroyed;
  }

  begin(status: number, headers: WireHeaders, length: number | undefined): void {
    if (this.#response.headersSent || this.#response.destroyed) return;
    const flat: string[] = [];
    for (const name in headers) flat.push(name, headers[name] as string);
    const always = this.#always();
    for (const name in always) flat.push(name, always[name] as string);
    if (length !== undefined) flat.push('content-length', String(length));
    this.#response.writeHead(status, flat);
  }

  write(bytes: Buffer | string): boolean {
    if (this.#response.destroyed) return true;
    return this.#response.write(bytes);
  }

  end(bytes?: Buffer | string): void {
    if (!this.#response.destroyed) this.#response.end(bytes);
  }

  cut(): void {
    this.#response.destroy();
  }

  /** Resolves when there is room again, and also when nobody reads any more: nothing may wait for ever. */
  drained(): Promise<void> {
    const response = this.#response;
    if (response.destroyed || !response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      if (this.#waiting === undefined) {
        this.#waiting = [];
        response.on('drain', () => this.#release());
        response.on('close', () => this.#release());
      }
      this.#waiting.push(resolve);
    });
  }

  #release(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
