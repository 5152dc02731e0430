// What is to happen on the wire, before anybody thinks about time: beats, then an end.
import type { WireHead } from '../../canonical/wire.ts';

/** One event or one whole body, and how many tokens' time it takes. */
export interface Beat {
  readonly text: string;
  readonly tokens: number;
}

export interface Play {
  /** Undefined: not even a status line comes. */
  readonly head: WireHead | undefined;
  readonly beats: readonly Beat[];
  /** `silence`: nothing more, until a timer or the caller ends it. */
  readonly end: 'close' | 'reset' | 'cut' | 'silence';
}

/** What a reply says about itself. */
export interface Colophon {
  /** Part of all ids of this reply. */
  readonly serial: string;
  readonly model: string;
  /** Epoch seconds. */
  readonly created: number;
  readonly includeUsage: boolean;
}

const SERVER = { server: 'signalbox-sim' } as const;

export function bodyPlay(
  status: number,
  body: string,
  tokens: number,
  headers: Record<string, string> = {},
): Play {
  const length = String(Buffer.byteLength(body));
  return {
    head: {
      status,
      headers: { ...SERVER, 'content-type': 'application/json', 'content-length': length, ...headers },
    },
    beats: [{ text: body, tokens }],
    end: 'close',
  };
}

export function streamPlay(beats: readonly Beat[], headers: Record<string, string> = {}): Play {
  return {
    head: {
      status: 200,
      headers: { ...SERVER, 'content-type': 'text/event-stream', 'cache-control': 'no-cache', ...headers },
    },
    beats,
    end: 'close',
  };
}
