// A terminal for tests: keeps what was written, paints in words.
import type { Screen, Terminal } from './terminal.ts';

export interface Recording {
  readonly terminal: Terminal;
  readonly out: () => string;
  readonly err: () => string;
}

export function recordTerminal(env: NodeJS.ProcessEnv = {}, piped?: string): Recording {
  const written = { out: '', err: '' };
  const screen = (name: 'out' | 'err'): Screen => ({
    write: (text) => {
      written[name] += text;
    },
    paint: (_style, text) => text,
  });
  return {
    terminal: {
      out: screen('out'),
      err: screen('err'),
      env,
      command: 'signalbox',
      input: () => Promise.resolve(piped),
    },
    out: () => written.out,
    err: () => written.err,
  };
}
