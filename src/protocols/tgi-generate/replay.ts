// For tests: events as TGI writes them, and what watcher and decoder make of them.
import type { FrameKind } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import type { Usage } from '../../canonical/usage.ts';
import { GenerateDecoder } from './decode-reply.ts';
import { watchGenerate } from './watch.ts';

let count = 0;

export function event(value: object): string {
  return `data:${JSON.stringify(value)}\n\n`;
}

/** One token that is not the last. */
export function token(
  text: string,
  more: object = {},
  { special = false, tops = [] as object[] } = {},
): string {
  count += 1;
  return event({
    index: count,
    token: { id: count, text, logprob: -0.5, special },
    ...(tops.length === 0 ? {} : { top_tokens: tops }),
    generated_text: null,
    details: null,
    ...more,
  });
}

export const details = { finish_reason: 'length', generated_tokens: 2, input_length: 7, seed: 42 };

/** The last one: a token that is no text, unless told otherwise. */
export function last(generated: string, more: object = {}, text = '</s>', special = true): string {
  const stated = { ...details, finish_reason: 'eos_token', ...more };
  return token(text, { generated_text: generated, details: stated }, { special });
}

export interface Watched {
  /** Neighbouring frames of one kind are one: in how many reads they came is chance. */
  readonly frames: readonly (readonly [kind: FrameKind, text: string])[];
  readonly fault: string | undefined;
  readonly usage: Usage | undefined;
  readonly pieces: number;
  readonly events: readonly ReplyEvent[];
}

export function watch(chunks: readonly (Buffer | string)[], stream = true): Watched {
  const frames: [FrameKind, string][] = [];
  const events: ReplyEvent[] = [];
  let fault: string | undefined;
  const decoder = new GenerateDecoder(stream, (one) => events.push(one));
  const watcher = watchGenerate(stream, {
    frame: (bytes, kind) => {
      decoder.push(bytes);
      const before = frames.at(-1);
      if (before?.[0] === kind) before[1] += bytes.toString();
      else frames.push([kind, bytes.toString()]);
    },
    fault: (error) => {
      fault = error.code;
    },
  });
  for (const chunk of chunks) watcher.push(Buffer.from(chunk));
  watcher.end();
  return { frames, fault, usage: watcher.usage, pieces: watcher.pieces, events };
}
