// Who reads along with an upstream's answer: the dialect's own watcher, or, for what is no conversation, one
// that knows only whether it is JSON, events or bytes.
import { isErrand } from '../../canonical/errand.ts';
import { shapeOf, watchErrand } from '../../canonical/errand-watchers.ts';
import type { Operation, Protocol, Watcher, WatchOutput } from '../../canonical/protocol.ts';

export interface Opened {
  readonly stream: boolean;
  readonly watcher: Watcher;
}

/** Streamed or not, by the upstream's word for it, and where it has none by the look of the first bytes. */
export function openWatcher(
  protocol: Protocol,
  operation: Operation,
  contentType: string,
  first: Buffer | undefined,
  output: WatchOutput,
): Opened {
  if (isErrand(operation)) {
    const dialect = protocol.errands?.[operation] ?? {};
    const shape = shapeOf(dialect, contentType);
    return { stream: shape !== 'json', watcher: watchErrand(dialect, shape, output) };
  }
  const stream =
    contentType.includes(protocol.streamType) || (!contentType.includes('json') && looksStreamed(first));
  return { stream, watcher: protocol.watch(stream, output, operation) };
}

function looksStreamed(first: Buffer | undefined): boolean {
  const text = first?.toString('latin1', 0, 16).trimStart() ?? '';
  return ['data:', 'event:', ':', 'id:', 'retry:'].some((field) => text.startsWith(field));
}
