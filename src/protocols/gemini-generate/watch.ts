// Reads along with a reply. Every chunk is a whole reply of its own, usage included, so the read that came
// last is kept and its usage read only when somebody asks; plain content goes on untouched.
import type { GatewayError } from '../../canonical/errors.ts';
import { asArray, asObject, type JsonObject, objectIn } from '../../canonical/json.ts';
import type { Operation, Watcher, WatchOutput } from '../../canonical/protocol.ts';
import type { Usage } from '../../canonical/usage.ts';
import {
  type BodyOutline,
  type BodyVerdict,
  BodyWatcher,
  type EventReader,
  type EventVerdict,
  garbled,
  StreamWatcher,
} from '../../canonical/watchers.ts';
import { readEvents } from '../../lib/sse.ts';
import { inBandError } from './errors.ts';
import { brokenOff, finishWord } from './stop-reasons.ts';
import { decodeUsage } from './usage.ts';

export function watchGenerate(stream: boolean, output: WatchOutput, operation: Operation): Watcher {
  if (stream && operation !== 'count') return new StreamWatcher(new GenerateReader(), output);
  return new BodyWatcher(operation === 'count' ? judgeCount : judgeBody, output);
}

class GenerateReader implements EventReader {
  started = false;
  finished = false;
  /** A stream just ends: this tells those further on that it did. */
  readonly closing: Buffer = Buffer.alloc(0);
  #usage: Usage | undefined = undefined;
  /** The last plain read; it may state a later usage. */
  #plain: string | undefined = undefined;

  get usage(): Usage | undefined {
    const plain = this.#plain;
    this.#plain = undefined;
    for (const event of plain === undefined ? [] : readEvents(Buffer.from(plain, 'latin1'))) {
      this.#usage = decodeUsage(objectIn(event.data)?.usageMetadata) ?? this.#usage;
    }
    return this.#usage;
  }

  /**
   * Words that can only stand in it when it is not plain, and now and then in an answer. Without their first
   * quote they are found several times as fast: quotes are everywhere.
   */
  isPlain(text: string): boolean {
    const plain =
      text.includes('candidates":') &&
      !text.includes('finishReason"') &&
      !text.includes('promptFeedback"') &&
      !text.includes('error"');
    if (plain) this.#plain = text;
    return plain;
  }

  read(chunk: JsonObject): EventVerdict {
    const error = inBandError(chunk);
    if (error !== undefined) return error;
    const stated = decodeUsage(chunk.usageMetadata);
    if (stated !== undefined) {
      this.#usage = stated;
      this.#plain = undefined;
    }
    if (isBlocked(chunk)) this.#finish();
    for (const candidate of asArray(chunk.candidates) ?? []) {
      const failure = this.#candidate(asObject(candidate) ?? {});
      if (failure !== undefined) return failure;
    }
    return this.started ? 'content' : 'prelude';
  }

  #candidate(candidate: JsonObject): GatewayError | undefined {
    if (hasContent(candidate)) this.started = true;
    const word = finishWord(candidate);
    if (word === undefined) return undefined;
    const failure = brokenOff(word, this.started);
    if (failure === undefined) this.#finish();
    return failure;
  }

  #finish(): void {
    this.finished = true;
    this.started = true;
  }
}

/** A prompt that was refused has no candidates: the reason is the answer. */
function isBlocked(chunk: JsonObject): boolean {
  return typeof asObject(chunk.promptFeedback)?.blockReason === 'string';
}

function hasContent(candidate: JsonObject): boolean {
  const parts = asArray(asObject(candidate.content)?.parts) ?? [];
  return parts.some((part) => {
    const { text, ...others } = asObject(part) ?? {};
    return (text !== undefined && text !== '') || Object.keys(others).some((name) => name !== 'thought');
  });
}

const telling = ['error', 'candidates', 'promptFeedback', 'usageMetadata'] as const;

function judgeBody(outline: BodyOutline): BodyVerdict {
  const body: JsonObject = Object.fromEntries(telling.map((name) => [name, outline.value(name)]));
  const error = inBandError(body);
  if (error !== undefined) return error;
  const candidates = (asArray(body.candidates) ?? []).map(asObject).filter((value) => value !== undefined);
  if (candidates.length === 0 && !isBlocked(body)) {
    return garbled('it has neither candidates nor a reason why there are none');
  }
  for (const candidate of candidates) {
    const failure = brokenOff(finishWord(candidate), hasContent(candidate));
    if (failure !== undefined) return failure;
  }
  return { usage: decodeUsage(body.usageMetadata) };
}

function judgeCount(outline: BodyOutline): BodyVerdict {
  const error = inBandError({ error: outline.value('error') });
  if (error !== undefined) return error;
  if (typeof outline.value('totalTokens') === 'number') return { usage: undefined };
  return garbled('its body has no token count');
}
