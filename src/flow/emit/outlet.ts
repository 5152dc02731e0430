// Where an answer leaves the flow: the server implements it over a socket, the library over callbacks.
import type { WireHeaders } from '../../canonical/wire.ts';

export interface Outlet {
  /** Nobody is there to read any more. */
  readonly gone: boolean;
  /** `length` is stated when the whole body is known. */
  begin(status: number, headers: WireHeaders, length: number | undefined): void;
  /** False asks to wait for `drained`. */
  write(bytes: Buffer | string): boolean;
  end(bytes?: Buffer | string): void;
  /** Nothing more can be said: the caller is gone, or must notice that the answer is broken. */
  cut(): void;
  drained(): Promise<void>;
}
