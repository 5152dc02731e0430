// A stream through watcher, decoder and encoders in memory: what the flow would see and both kinds of caller get.
import { GatewayError } from '../../src/canonical/errors.ts';
import type { FrameKind, Protocol } from '../../src/canonical/protocol.ts';
import type { ReplyEvent } from '../../src/canonical/reply.ts';
import type { Usage } from '../../src/canonical/usage.ts';
import { protocols } from '../../src/protocols/registry.ts';

interface ReadAlong {
  /** What a caller of the same dialect gets: comments aside, which say nothing, and usage nobody asked for. */
  readonly passed: string;
  readonly kinds: readonly FrameKind[];
  readonly fault: string | undefined;
  readonly usage: Usage | undefined;
  readonly events: readonly ReplyEvent[];
}

export interface Reading extends ReadAlong {
  /** Content events seen: what the estimate of a reply without usage is based on. */
  readonly pieces: number;
}

function protocolOf(id: string): Protocol {
  const protocol = protocols.find((candidate) => candidate.id === id);
  if (protocol === undefined) throw new Error(`No protocol is called ${id}.`);
  return protocol;
}

export function readAlong(dialect: string, pieces: readonly Buffer[]): Reading {
  const protocol = protocolOf(dialect);
  const frames: { bytes: Buffer; kind: FrameKind }[] = [];
  let fault: string | undefined;
  const watcher = protocol.watch(
    true,
    {
      frame: (bytes, kind) => frames.push({ bytes: Buffer.from(bytes), kind }),
      fault: (error) => {
        fault = `${error.code}: ${error.message}`;
      },
    },
    'chat',
  );
  for (const piece of pieces) watcher.push(piece);
  watcher.end();
  const events = decodeAll(protocol, frames);
  const shown = frames.filter(({ kind }) => kind !== 'usage').map(({ bytes }) => bytes);
  return {
    passed: withoutComments(Buffer.concat(shown).toString()),
    kinds: runs(frames.map(({ kind }) => kind)),
    fault,
    usage: watcher.usage,
    pieces: watcher.pieces,
    events,
  };
}

function decodeAll(protocol: Protocol, frames: readonly { bytes: Buffer }[]): readonly ReplyEvent[] {
  const events: ReplyEvent[] = [];
  const decoder = protocol.decoder(true, (event) => events.push(plain(event)), 'chat');
  for (const { bytes } of frames) decoder.push(bytes);
  return events;
}

/** Errors compare by what they say, not by where they were made. */
function plain(event: ReplyEvent): ReplyEvent {
  if (event.type !== 'error') return event;
  return { type: 'error', error: new GatewayError(event.error.code, event.error.message) };
}

/** The reply in every dialect that callers speak. */
export function encodeAll(events: readonly ReplyEvent[]): Readonly<Record<string, string>> {
  const faces = protocols.filter(({ routes }) => routes.length > 0);
  return Object.fromEntries(faces.map((face) => [face.id, encode(face, events)]));
}

function encode(face: Protocol, events: readonly ReplyEvent[]): string {
  const encoder = face.encoder({
    stream: true,
    includeUsage: true,
    created: 1,
    callId: 'req_1',
    operation: 'chat',
  });
  return events
    .map((event) =>
      event.type === 'error' ? face.encodeStreamError(event.error, 'req_1') : encoder.event(event),
    )
    .join('');
}

function withoutComments(text: string): string {
  return text.replaceAll(/^:.*(\r\n|\n|\r)\1?/gm, '').replaceAll(/^retry:.*(\r\n|\n|\r)\1?/gm, '');
}

/** Neighbours of one kind count once: how many reads they came in is chance. */
function runs(kinds: readonly FrameKind[]): readonly FrameKind[] {
  return kinds.filter((kind, at) => kind !== kinds[at - 1]);
}
