// What stands around the one choice of a chunk, in both kinds of stream: made once per reply, joined per delta.
import type { JsonObject } from '../../canonical/json.ts';

/** Up to the value of the choice's first field. */
export function chunkHead(head: JsonObject, field: string): string {
  return `data: ${JSON.stringify(head).slice(0, -1)},"choices":[{"${field}":`;
}

/** Like OpenAI: whoever asked for usage finds the field in every chunk. */
export function chunkClose(includeUsage: boolean): string {
  return includeUsage ? '}],"usage":null}\n\n' : '}]}\n\n';
}

/** The last chunk, which has usage and no choice, and the end; `head` as `chunkHead` made it of `field`. */
export function streamEnd(head: string, field: string, usage: JsonObject | undefined): string {
  const done = 'data: [DONE]\n\n';
  if (usage === undefined) return done;
  return `${head.slice(0, -`{"${field}":`.length)}],"usage":${JSON.stringify(usage)}}\n\n${done}`;
}

/** A chunk without choices that says something of the gateway's own; `head` as `chunkHead` made it of `field`. */
export function noteChunk(head: string, field: string, note: JsonObject): string {
  return `${head.slice(0, -`{"${field}":`.length)}],"signalbox":${JSON.stringify(note)}}\n\n`;
}
