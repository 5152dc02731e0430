// TGI's answers to canonical events: one choice, one block of text. Tokens that are no text (beginnings, ends) are not
// shown. The last event repeats the whole text: only who has heard nothing before it needs that.
import { asArray, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { ReplyDecoder } from '../../canonical/protocol.ts';
import type { Emit } from '../../canonical/reply.ts';
import { garbled, truncated } from '../../canonical/watchers.ts';
import { readEvents } from '../../lib/sse.ts';
import { inBandError } from './errors.ts';
import { decodeLogprobs } from './logprobs.ts';
import { decodeStop } from './stop-reasons.ts';
import { readTextDelta } from './text-delta.ts';
import { decodeUsage } from './usage.ts';

const CHOICE = 0;
const BLOCK = 0;

export class GenerateDecoder implements ReplyDecoder {
  readonly #stream: boolean;
  readonly #emit: Emit;
  #started = false;
  /** Text has been said: its block is open. */
  #open = false;
  #over = false;

  constructor(stream: boolean, emit: Emit) {
    this.#stream = stream;
    this.#emit = emit;
  }

  push(frame: Buffer): void {
    if (!this.#stream) {
      this.#json(frame.toString('utf8'));
      return;
    }
    for (const { data } of readEvents(frame)) this.#event(data);
  }

  #event(data: string): void {
    if (this.#over || data === '') return;
    const text = readTextDelta(data);
    if (text === undefined) this.#json(data);
    else {
      this.#start();
      this.#say(text);
    }
  }

  #json(data: string): void {
    const value = parsed(data);
    const error = value === undefined ? garbled('a part of it is not a JSON object') : inBandError(value);
    if (value === undefined || error !== undefined) {
      this.#over = true;
      this.#emit({ type: 'error', error: error ?? truncated() });
      return;
    }
    this.#start();
    if (this.#stream) this.#token(value);
    else this.#tell(asObject(value.details));
    const details = asObject(value.details);
    const whole = asString(value.generated_text);
    if (whole !== undefined || details !== undefined) this.#end(whole ?? '', details);
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    // It names neither itself nor the answer.
    this.#emit({ type: 'start', id: '', model: '' });
  }

  #token(event: JsonObject): void {
    const token = asObject(event.token);
    if (token === undefined) return;
    const tops = asArray(event.top_tokens) ?? [];
    this.#note(decodeLogprobs([token], tops.length === 0 ? undefined : [tops]));
    if (token.special !== true) this.#say(asString(token.text) ?? '');
  }

  #tell(details: JsonObject | undefined): void {
    this.#note(decodeLogprobs(asArray(details?.tokens) ?? [], details?.top_tokens));
  }

  #note(value: Json | undefined): void {
    if (value !== undefined) this.#emit({ type: 'logprobs', choice: CHOICE, value });
  }

  #say(text: string): void {
    if (text === '') return;
    if (!this.#open) {
      this.#open = true;
      this.#emit({ type: 'open', index: BLOCK, choice: CHOICE, block: { type: 'text' } });
    }
    this.#emit({ type: 'delta', index: BLOCK, text });
  }

  #end(whole: string, details: JsonObject | undefined): void {
    this.#over = true;
    if (!this.#open) this.#say(whole);
    if (this.#open) this.#emit({ type: 'close', index: BLOCK });
    this.#emit({ type: 'finish', choice: CHOICE, reason: decodeStop(asString(details?.finish_reason)) });
    const usage = decodeUsage(details);
    if (usage !== undefined) this.#emit({ type: 'usage', usage });
    this.#emit({ type: 'end' });
  }
}

function parsed(data: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(data) as Json);
  } catch {
    return undefined;
  }
}
