// The messages of a stream as this dialect writes them: the kind of an event in the headers, its fields as JSON.
import { encodeHeaders, encodeMessage } from '../../lib/event-stream.ts';

export type EventType =
  | 'messageStart'
  | 'contentBlockStart'
  | 'contentBlockDelta'
  | 'contentBlockStop'
  | 'messageStop'
  | 'metadata';

function headersOf(type: EventType): Buffer {
  return encodeHeaders({
    ':event-type': type,
    ':content-type': 'application/json',
    ':message-type': 'event',
  });
}

const headers: Readonly<Record<EventType, Buffer>> = {
  messageStart: headersOf('messageStart'),
  contentBlockStart: headersOf('contentBlockStart'),
  contentBlockDelta: headersOf('contentBlockDelta'),
  contentBlockStop: headersOf('contentBlockStop'),
  messageStop: headersOf('messageStop'),
  metadata: headersOf('metadata'),
};

export function eventMessage(type: EventType, json: string): Buffer {
  return encodeMessage(headers[type], json);
}

/** The end of a stream whose usage was never told. */
export const silentEnd = eventMessage('metadata', '{}');
