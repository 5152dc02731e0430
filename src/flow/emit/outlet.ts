// Where an answer leaves the flow: the server implements it over a socket, the library over callbacks.
export interface Outlet {
  /** What was written waits for the caller to read. */
  readonly blocked: boolean;
  /** `headers`: names and values in turn, the outlet's to extend. `length` is stated when the whole body is known. */
  begin(status: number, headers: string[], length: number | undefined): void;
  /** False asks to wait for `drained`. */
  write(bytes: Buffer | string): boolean;
  end(bytes?: Buffer | string): void;
  /** Nothing more can be said: the caller is gone, or must notice that the answer is broken. */
  cut(): void;
  drained(): Promise<void>;
}
