// Reads along with Ollama's reply: lines of JSON, or one body. Most reads are plain content: a few searches say so
// and the bytes go on untouched. Everything else (opening, done line, error) is parsed, once per stream or so.
import type { GatewayError } from '../../canonical/errors.ts';
import { asArray, asObject, asString, type JsonObject, objectIn } from '../../canonical/json.ts';
import type { FrameKind, Watcher, WatchOutput } from '../../canonical/protocol.ts';
import type { Usage } from '../../canonical/usage.ts';
import {
  type BodyOutline,
  type BodyVerdict,
  BodyWatcher,
  garbled,
  truncated,
} from '../../canonical/watchers.ts';
import { sendRuns } from '../../lib/event-runs.ts';
import { LineFramer } from '../../lib/line-framer.ts';
import { isObjectText } from '../../lib/object-text.ts';
import type { EventSpan } from '../../lib/sse.ts';
import { inBandError } from './errors.ts';
import { decodeStop } from './stop-reasons.ts';
import { headOf, readTextDelta } from './text-delta.ts';
import { decodeUsage } from './usage.ts';

/** Calls come whole, so a line holds all the arguments of one. */
const MOST_LINE = 8 * 1024 * 1024;
const LF = Buffer.from('\n');

export function watchOllama(stream: boolean, output: WatchOutput): Watcher {
  return stream ? new LineWatcher(output) : new BodyWatcher(judgeBody, output);
}

class LineWatcher implements Watcher {
  usage: Usage | undefined = undefined;
  pieces = 0;
  readonly #output: WatchOutput;
  readonly #framer: LineFramer;
  #started = false;
  #over = false;
  /** What ordinary lines of this reply begin with. */
  #head: string | undefined = undefined;
  #failure: GatewayError | undefined = undefined;

  constructor(output: WatchOutput) {
    this.#output = output;
    this.#framer = new LineFramer(MOST_LINE, {
      lines: (bytes) => this.#lines(bytes),
      overflow: () => this.#fail(garbled(`a line of its stream is longer than ${MOST_LINE} bytes`)),
    });
  }

  push(chunk: Buffer): void {
    if (!this.#over) this.#framer.push(chunk);
  }

  end(): void {
    const rest = this.#over ? undefined : this.#framer.rest();
    if (rest !== undefined) this.#lines(Buffer.concat([rest, LF]));
    if (!this.#over) this.#fail(truncated());
  }

  #lines(bytes: Buffer): void {
    if (this.#over) return;
    const plain = this.#started ? plainLines(bytes, this.#head) : 0;
    if (plain === 0) {
      this.#read(bytes);
      return;
    }
    this.pieces += plain;
    this.#output.frame(bytes, 'content');
  }

  /** Line by line; neighbours of one kind stay one frame. */
  #read(bytes: Buffer): void {
    sendRuns(bytes, linesOf(bytes), (line) => this.#kindOf(line.data), this.#output);
    if (this.#failure !== undefined) this.#output.fault(this.#failure);
  }

  #kindOf(line: string): FrameKind | undefined {
    if (this.#over || line === '') return undefined;
    const verdict = this.#verdict(line);
    if (typeof verdict === 'string') {
      this.#over = verdict === 'terminal';
      return verdict;
    }
    this.#over = true;
    this.#failure = verdict;
    return undefined;
  }

  #verdict(text: string): FrameKind | GatewayError {
    const line = objectIn(text);
    if (line === undefined) return garbled('a line of its stream is not a JSON object');
    const error = inBandError(line);
    if (error !== undefined) return error;
    const message = asObject(line.message);
    if (message === undefined && typeof line.response !== 'string') {
      return garbled('a line of its stream is no part of an answer');
    }
    const says = saysSomething(message ?? line);
    if (says) this.pieces += 1;
    if (line.done === true) return this.#done(line);
    if (says) this.#started = true;
    this.#head ??= headOf(text, asString(line.model) ?? '');
    return this.#started ? 'content' : 'prelude';
  }

  #done(line: JsonObject): FrameKind | GatewayError {
    const stop = decodeStop(asString(line.done_reason), false);
    if ('code' in stop) return stop;
    this.usage = decodeUsage(line);
    return 'terminal';
  }

  #fail(error: GatewayError): void {
    this.#over = true;
    this.#output.fault(error);
  }
}

/** The lines of whole ones, empty ones too. */
function linesOf(bytes: Buffer): EventSpan[] {
  const lines: EventSpan[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(LF, at) + 1;
    lines.push({ start: at, end, name: '', data: bytes.toString('utf8', at, end).trim() });
    at = end;
  }
  return lines;
}

function saysSomething(message: JsonObject): boolean {
  for (const name of ['content', 'response', 'thinking', 'image'] as const) {
    const value = message[name];
    if (typeof value === 'string' && value !== '') return true;
  }
  return [message.tool_calls, message.images].some((list) => (asArray(list) ?? []).length > 0);
}

/**
 * How many lines these are, if all of them are whole objects of an answer that goes on; 0 if any is not, and must
 * be looked at closely. Inside JSON strings quotes are escaped, so these patterns only match real keys.
 */
function plainLines(bytes: Buffer, head: string | undefined): number {
  const text = bytes.toString('latin1');
  const quick = head === undefined ? 0 : textLines(text, head);
  if (quick > 0) return quick;
  if (text.includes('"error"') || !allOngoing(text)) return 0;
  let count = 0;
  for (let at = 0; at < text.length; count += 1) {
    const end = text.indexOf('\n', at);
    if (!isObjectText(bytes.subarray(at, end))) return 0;
    at = end + 1;
  }
  return count;
}

/** The same for lines that hold a text and nothing else, told by their shape; 0 if any is another. */
function textLines(text: string, head: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count += 1) {
    const end = text.indexOf('\n', at);
    if (readTextDelta(text.slice(at, end), head) === undefined) return 0;
    at = end + 1;
  }
  return count;
}

const DONE = '"done"';
const SPACE = 0x20;
const COLON = 0x3a;

function allOngoing(text: string): boolean {
  for (let at = text.indexOf(DONE); at >= 0; at = text.indexOf(DONE, at)) {
    at += DONE.length;
    while (text.charCodeAt(at) === SPACE || text.charCodeAt(at) === COLON) at += 1;
    if (!text.startsWith('false', at)) return false;
  }
  return true;
}

/** Fields that settle whether the body is an answer; what it says is not parsed. */
const telling = ['error', 'done', 'done_reason', 'prompt_eval_count', 'eval_count'] as const;

function judgeBody(outline: BodyOutline): BodyVerdict {
  const body: JsonObject = Object.fromEntries(telling.map((name) => [name, outline.value(name)]));
  const error = inBandError(body);
  if (error !== undefined) return error;
  if (!outline.has('message') && !outline.has('response')) return garbled('its body is no answer');
  // A rendered prompt was asked for, and no answer.
  if (body.done !== true && !outline.has('_debug_info')) return truncated();
  const stop = decodeStop(asString(body.done_reason), false);
  return 'code' in stop ? stop : { usage: decodeUsage(body) };
}
