// The terminal as commands see it: two outputs, one input, colour only where somebody can see it.
import process from 'node:process';
import type { Readable } from 'node:stream';

export interface Screen {
  write(text: string): void;
  /** The text in this style, or as it is. */
  paint(style: Style, text: string): string;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

export interface Terminal {
  readonly out: Screen;
  readonly err: Screen;
  readonly env: NodeJS.ProcessEnv;
  /** How to call this program again, as the person did. */
  readonly command: string;
  /** What was piped in; undefined when a person sits there. */
  input(): Promise<string | undefined>;
}

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

export function createTerminal(): Terminal {
  return {
    out: createScreen(process.stdout),
    err: createScreen(process.stderr),
    env: process.env,
    command: commandName(process.argv[1], process.env),
    input: () => (process.stdin.isTTY ? Promise.resolve(undefined) : readAll(process.stdin)),
  };
}

function createScreen(stream: NodeJS.WriteStream): Screen {
  const colour = stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
  return {
    write: (text) => {
      stream.write(text);
    },
    paint: (style, text) => (colour ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text),
  };
}

/** `signalbox` when it was found by that name, else the command that runs this very file. */
export function commandName(script: string | undefined, env: NodeJS.ProcessEnv): string {
  if (env['npm_command'] === 'exec') return 'npx signalbox';
  if (script === undefined || /(^|[\\/])signalbox$/.test(script)) return 'signalbox';
  const here = `${process.cwd()}/`;
  return `node ${script.startsWith(here) ? script.slice(here.length) : script}`;
}

async function readAll(stream: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece as Buffer));
  return Buffer.concat(pieces).toString('utf8');
}
