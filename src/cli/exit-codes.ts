// What this program's exit codes mean; the help says the same.

export const OK = 0;
/** It ran and did not succeed. */
export const FAILED = 1;
/** The command line or the config file is wrong. */
export const USAGE = 2;

export const exitCodeHelp = `
Exit codes: 0 done, 1 failed, 2 wrong command line or configuration.`;

/** Thrown by a command that cannot go on; its message is for the person at the terminal. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
