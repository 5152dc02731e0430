// Recorded replies of Responses, and those written by hand: whole events as an upstream sends them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const OWN = join('test', 'fixtures', 'wire', 'openai-responses');
export const RECORDED = join('..', 'shared', 'fixtures', 'wire');

export interface RecordedReply {
  readonly name: string;
  readonly text: string;
  /** Its own JSON is broken off in the middle of a line. */
  readonly broken: boolean;
}

function files(ending: string): (readonly [name: string, text: string])[] {
  const folders = existsSync(RECORDED) ? [OWN, RECORDED] : [OWN];
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending) && !basename(name).startsWith('error'))
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const),
  );
}

/** Some files hold the replies of several turns, one after the other. */
export function recordedStreams(): RecordedReply[] {
  return files('.chunks.txt').flatMap(([name, text]) => {
    const lines = text.split('\n').filter((line) => line !== '');
    if (!lines[0]?.includes('"response.created"')) return [];
    const replies: string[][] = [];
    for (const line of lines) {
      if (line.includes('"response.created"')) replies.push([]);
      replies.at(-1)?.push(line);
    }
    return replies.map((reply, at) => ({
      name: replies.length === 1 ? name : `${name} #${at + 1}`,
      text: reply.map((line) => `event: ${typeIn(line)}\ndata: ${line}\n\n`).join(''),
      broken: reply.some((line) => typeIn(line) === ''),
    }));
  });
}

export function recordedBodies(): RecordedReply[] {
  return files('.json').flatMap(([name, text]) =>
    /"object": ?"response"/.test(text) ? [{ name, text, broken: !isJson(text) }] : [],
  );
}

/** The response that a stream ends with, as a body of its own. */
export function finalOf(stream: string): string {
  const last = stream.trimEnd().split('\n').at(-1) ?? '';
  return JSON.stringify((JSON.parse(last.slice('data: '.length)) as { response: object }).response);
}

function typeIn(line: string): string {
  return isJson(line) ? (JSON.parse(line) as { type: string }).type : '';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
