// For tests: runs wire bytes through watcher and decoder as the flow does.
import type { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { FrameKind } from '../../canonical/protocol.ts';
import type { BlockHead, ReplyEvent } from '../../canonical/reply.ts';
import type { Usage } from '../../canonical/usage.ts';
import { createDecoder } from './decode-reply.ts';
import { watchInteraction } from './watch.ts';

/** One event of a stream, as the vendor frames it. */
export function frame(event: JsonObject): string {
  return `event: ${event.event_type}\ndata: ${JSON.stringify(event)}\n\n`;
}

export const created = frame({
  interaction: { id: '', status: 'in_progress', object: 'interaction', model: 'gemini-x' },
  event_type: 'interaction.created',
});

export function start(index: number, step: JsonObject): string {
  return frame({ index, step, event_type: 'step.start' });
}

export function delta(index: number, piece: JsonObject): string {
  return frame({ index, delta: piece, event_type: 'step.delta' });
}

export function stop(index: number): string {
  return frame({ index, event_type: 'step.stop' });
}

export function completed(more: JsonObject = {}): string {
  const interaction = { id: '', status: 'completed', object: 'interaction', model: 'gemini-x', ...more };
  return frame({ interaction, event_type: 'interaction.completed' });
}

export interface Watched {
  readonly frames: readonly Buffer[];
  readonly kinds: readonly FrameKind[];
  readonly fault: GatewayError | undefined;
  readonly usage: Usage | undefined;
  readonly pieces: number;
}

export function watch(reads: readonly (string | Buffer)[], stream = true): Watched {
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
  const watcher = watchInteraction(stream, output, 'chat');
  for (const read of reads) watcher.push(typeof read === 'string' ? Buffer.from(read) : read);
  watcher.end();
  return { frames, kinds, fault, usage: watcher.usage, pieces: watcher.pieces };
}

export function decodeFrames(frames: readonly Buffer[], stream = true): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  const decoder = createDecoder(stream, (event) => events.push(event), 'chat');
  for (const bytes of frames) decoder.push(bytes);
  return events;
}

/** Events of a stream, watched and decoded. */
export function decode(...frames: readonly string[]): ReplyEvent[] {
  return decodeFrames(watch([frames.join('')]).frames);
}

export function decodeBody(body: JsonObject): ReplyEvent[] {
  return decodeFrames([Buffer.from(JSON.stringify(body))], false);
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
  if (event.type === 'finish') return [event.reason];
  return event.type === 'error' ? [`error ${event.error.code}`] : [];
}

function headLine(block: BlockHead): string {
  if (block.type === 'raw') return `raw ${JSON.stringify(block.value)}`;
  if (block.type !== 'tool_call') return block.type;
  return `${block.custom === true ? 'custom' : 'call'} ${block.id} ${block.name}`;
}
