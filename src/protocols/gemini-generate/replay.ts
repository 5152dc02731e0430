// For tests: runs wire bytes through watcher and decoder as the flow does, and events through an encoder.
import type { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { FrameKind, Operation } from '../../canonical/protocol.ts';
import type { BlockHead, ReplyEvent } from '../../canonical/reply.ts';
import type { Usage } from '../../canonical/usage.ts';
import { createDecoder } from './decode-reply.ts';
import { createEncoder } from './encode-reply.ts';
import { watchGenerate } from './watch.ts';

/** One event of a stream, lines ended as the vendor ends them. */
export function frame(chunk: unknown): string {
  return `data: ${JSON.stringify(chunk)}\r\n\r\n`;
}

/** A chunk with one candidate. */
export function chunk(
  parts: readonly JsonObject[],
  candidate: JsonObject = {},
  more: JsonObject = {},
): JsonObject {
  const content = { parts, role: 'model' };
  return {
    candidates: [{ content, ...candidate, index: 0 }],
    ...more,
    modelVersion: 'gemini-x',
    responseId: 'r1',
  };
}

export interface Watched {
  readonly frames: readonly Buffer[];
  readonly kinds: readonly FrameKind[];
  readonly fault: GatewayError | undefined;
  readonly usage: Usage | undefined;
  readonly pieces: number;
}

export function watch(
  reads: readonly (string | Buffer)[],
  stream = true,
  operation: Operation = 'chat',
): Watched {
  const frames: Buffer[] = [];
  const kinds: FrameKind[] = [];
  let fault: GatewayError | undefined;
  const output = {
    frame: (bytes: Buffer, kind: FrameKind) => {
      frames.push(Buffer.from(bytes));
      kinds.push(kind);
    },
    fault: (error: GatewayError) => {
      fault = error;
    },
  };
  const watcher = watchGenerate(stream, output, operation);
  for (const read of reads) watcher.push(typeof read === 'string' ? Buffer.from(read) : read);
  watcher.end();
  return { frames, kinds, fault, usage: watcher.usage, pieces: watcher.pieces };
}

/** Chunks of a stream, watched and decoded. */
export function decode(...chunks: readonly unknown[]): ReplyEvent[] {
  return decodeFrames(watch([chunks.map(frame).join('')]).frames);
}

export function decodeFrames(frames: readonly Buffer[], stream = true): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  const decoder = createDecoder(stream, (event) => events.push(event), 'chat');
  for (const bytes of frames) decoder.push(bytes);
  return events;
}

export function decodeBody(body: unknown): ReplyEvent[] {
  return decodeFrames([Buffer.from(JSON.stringify(body))], false);
}

export interface Encoded {
  readonly text: string;
  readonly ledger: readonly string[];
}

export function encode(events: readonly ReplyEvent[], stream = true, operation: Operation = 'chat'): Encoded {
  const encoder = createEncoder({ stream, includeUsage: true, created: 0, callId: 'c1', operation });
  const text = events.map((event) => encoder.event(event)).join('');
  return { text, ledger: encoder.ledger.entries.map((entry) => `${entry.field}=${entry.outcome}`) };
}

/** The data of every event of an encoded stream. */
export function dataOf(stream: string): readonly JsonObject[] {
  const events = stream.split('\r\n\r\n').filter((text) => text !== '');
  return events.map((text) => JSON.parse(text.slice('data: '.length)) as JsonObject);
}

/** Blocks in one line each, then how it ended: what a caller in the end has. */
export function told(events: readonly ReplyEvent[]): readonly string[] {
  const blocks: string[] = [];
  const said = new Map<number, string>();
  for (const event of events) {
    if (event.type === 'open') blocks[event.index] = headLine(event.block);
    else if (event.type === 'delta') said.set(event.index, (said.get(event.index) ?? '') + event.text);
    else if (event.type === 'seal') blocks[event.index] += ` <${event.sealed.origin} ${event.sealed.value}>`;
    else if (event.type === 'annotate') blocks[event.index] += ` [${JSON.stringify(event.value)}]`;
  }
  const lines = blocks.map((line, at) => (said.has(at) ? `${line}: ${said.get(at)}` : line));
  return [...lines, ...events.flatMap(endLine)];
}

function endLine(event: ReplyEvent): readonly string[] {
  if (event.type === 'finish') return [`${event.choice} ${event.reason}`];
  return event.type === 'error' ? [`error ${event.error.code}`] : [];
}

function headLine(block: BlockHead): string {
  if (block.type === 'raw') return `raw ${JSON.stringify(block.value)}`;
  if (block.type !== 'tool_call') return block.type;
  return `${block.custom === true ? 'custom' : 'call'} ${block.id} ${block.name}`;
}
