// Server-sent events by the letter: what our own streams must look like, byte for byte.
import { must } from './reply-summary.ts';

export interface SseEvent {
  readonly name: string | undefined;
  readonly data: string;
}

/** Our streams are plain: `event:` and one `data:` line, or a comment; LF only; nothing half at the end. */
export function strictEvents(text: string): readonly SseEvent[] {
  must(!text.includes('\r'), 'A stream of ours has a CR in it.', text);
  must(text.endsWith('\n\n'), 'The stream does not end with a whole event.', text.slice(-300));
  const events: SseEvent[] = [];
  for (const block of text.slice(0, -2).split('\n\n')) {
    if (block.startsWith(':')) continue;
    const matched = /^(?:event: ([a-z_.]+)\n)?data: (.+)$/.exec(block);
    must(matched !== null, 'This is no event of ours.', block);
    events.push({ name: matched[1], data: matched[2] ?? '' });
  }
  return events;
}
