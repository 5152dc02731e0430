// Replies to canonical events. A chunk of a stream and a whole body have the same fields, so one reader
// serves both. Nothing marks the end of a stream: the watcher's empty last frame does.
import { BlockKeeper } from '../../canonical/block-keeper.ts';
import type { GatewayError } from '../../canonical/errors.ts';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  type Json,
  type JsonObject,
  objectIn,
} from '../../canonical/json.ts';
import type { Operation, ReplyDecoder } from '../../canonical/protocol.ts';
import type { Emit } from '../../canonical/reply.ts';
import { noUsage } from '../../canonical/usage.ts';
import { garbled, truncated } from '../../canonical/watchers.ts';
import { readEvents } from '../../lib/sse.ts';
import { countIn } from './count-tokens.ts';
import { inBandError } from './errors.ts';
import { decodeLogprobs } from './logprobs.ts';
import { DIALECT } from './origin.ts';
import { PartReader } from './read-parts.ts';
import { brokenOff, decodeStop, finishWord } from './stop-reasons.ts';
import { decodeUsage, usageExtras } from './usage.ts';

/** Fields of a candidate that cite what the answer rests on. */
const NOTES = ['groundingMetadata', 'citationMetadata', 'urlContextMetadata'] as const;
/** Fields of a candidate that only its own dialect reads. */
const ENDING = ['finishReason', 'safetyRatings', 'avgLogprobs', 'continuationToken'] as const;

interface Choice {
  readonly parts: PartReader;
  readonly ending: Record<string, Json>;
  readonly notes: Record<string, Json>;
  finish: string | undefined;
  message: string | undefined;
}

export function createDecoder(stream: boolean, emit: Emit, operation: Operation): ReplyDecoder {
  return operation === 'count' ? new CountDecoder(emit) : new GenerateDecoder(stream, emit);
}

/** A count is a reply without content that states its input. */
class CountDecoder implements ReplyDecoder {
  readonly #emit: Emit;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  push(frame: Buffer): void {
    const fresh = countIn(frame);
    if (fresh === undefined) {
      this.#emit({ type: 'error', error: garbled('its body has no token count') });
      return;
    }
    this.#emit({ type: 'start', id: '', model: '' });
    this.#emit({ type: 'usage', usage: { ...noUsage, fresh } });
    this.#emit({ type: 'end' });
  }
}

export class GenerateDecoder implements ReplyDecoder {
  readonly #stream: boolean;
  readonly #emit: Emit;
  readonly #keeper: BlockKeeper;
  readonly #choices = new Map<number, Choice>();
  #blocked: JsonObject | undefined = undefined;
  #usage: Json | undefined = undefined;
  #seed = '';
  #started = false;
  #over = false;

  constructor(stream: boolean, emit: Emit) {
    this.#stream = stream;
    this.#emit = emit;
    this.#keeper = new BlockKeeper(emit);
  }

  push(frame: Buffer): void {
    if (!this.#stream) {
      this.#json(frame.toString('utf8'));
      this.#end();
    } else if (frame.length === 0) this.#end();
    else this.#events(frame);
  }

  #events(frame: Buffer): void {
    const only = onlyData(frame);
    if (only !== undefined) this.#json(only);
    else for (const event of readEvents(frame)) if (event.data !== '') this.#json(event.data);
  }

  #json(data: string): void {
    if (this.#over) return;
    const value = objectIn(data);
    if (value === undefined) this.#fail(garbled('a part of it is not a JSON object'));
    else this.#chunk(value);
  }

  #chunk(chunk: JsonObject): void {
    const error = inBandError(chunk);
    if (error !== undefined) {
      this.#fail(error);
      return;
    }
    // Every chunk states its own; only the last one is read.
    if (asObject(chunk.usageMetadata)?.promptTokenCount !== undefined) this.#usage = chunk.usageMetadata;
    const feedback = asObject(chunk.promptFeedback);
    if (typeof feedback?.blockReason === 'string') this.#blocked = feedback;
    const candidates = asArray(chunk.candidates) ?? [];
    if (!this.#started && (candidates.length > 0 || this.#blocked !== undefined)) this.#start(chunk);
    for (let at = 0; at < candidates.length; at += 1) {
      const candidate = asObject(candidates[at]);
      if (candidate !== undefined) this.#candidate(asNumber(candidate.index) ?? at, candidate);
    }
  }

  #start(chunk: JsonObject): void {
    this.#started = true;
    const id = asString(chunk.responseId) ?? '';
    this.#seed = id;
    const created = Date.parse(asString(chunk.createTime) ?? '') / 1000;
    this.#emit({
      type: 'start',
      id,
      model: asString(chunk.modelVersion) ?? '',
      ...(Number.isFinite(created) ? { created: Math.floor(created) } : {}),
    });
  }

  #candidate(index: number, wire: JsonObject): void {
    const choice = this.#choice(index);
    const logprobs = decodeLogprobs(wire.logprobsResult);
    if (logprobs !== undefined) this.#emit({ type: 'logprobs', choice: index, value: logprobs });
    const parts = asObject(wire.content)?.parts;
    for (const part of asArray(parts) ?? (parts === undefined ? [] : [parts])) {
      const object = asObject(part);
      if (object !== undefined) choice.parts.read(object);
    }
    if (choice.parts.fault !== undefined) this.#fail(choice.parts.fault);
    if (!isBare(wire)) this.#remarks(choice, wire);
  }

  #remarks(choice: Choice, wire: JsonObject): void {
    collect(choice.notes, NOTES, wire);
    collect(choice.ending, ENDING, wire);
    choice.finish = finishWord(wire) ?? choice.finish;
    choice.message = asString(wire.finishMessage) ?? choice.message;
  }

  #choice(index: number): Choice {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      const parts = new PartReader(this.#keeper, index, () => this.#seed);
      choice = { parts, ending: {}, notes: {}, finish: undefined, message: undefined };
      this.#choices.set(index, choice);
    }
    return choice;
  }

  #end(): void {
    if (this.#over) return;
    const failure = this.#endFault() ?? this.#finishAll();
    if (failure !== undefined) {
      this.#fail(failure);
      return;
    }
    this.#report();
    this.#over = true;
    this.#emit({ type: 'end' });
  }

  /** What makes this no answer at all. */
  #endFault(): GatewayError | undefined {
    const unfinished = [...this.#choices.values()].every(({ finish }) => finish === undefined);
    if (this.#stream && unfinished && this.#blocked === undefined) return truncated();
    if (!this.#started) return garbled('it has neither candidates nor a reason why there are none');
    return undefined;
  }

  #finishAll(): GatewayError | undefined {
    for (const index of [...this.#choices.keys()].sort((a, b) => a - b)) {
      const failure = this.#finish(index, this.#choice(index));
      if (failure !== undefined) return failure;
    }
    if (this.#choices.size > 0 || this.#blocked === undefined) return undefined;
    const why = `The prompt was blocked: ${asString(this.#blocked.blockReason)}.`;
    this.#emit({
      type: 'finish',
      choice: 0,
      reason: 'filter',
      explanation: asString(this.#blocked.blockReasonMessage) ?? why,
      extras: { promptFeedback: this.#blocked },
    });
    return undefined;
  }

  #finish(index: number, choice: Choice): GatewayError | undefined {
    const { parts, finish, message, ending, notes } = choice;
    parts.finish();
    const failure = brokenOff(finish, parts.spoken);
    if (failure !== undefined) return failure;
    if (Object.keys(notes).length > 0) this.#annotate(index, notes);
    this.#keeper.closeAll(index);
    const reason = decodeStop(finish, parts.calls);
    const told = message === undefined ? ending : { ...ending, finishMessage: message };
    this.#emit({
      type: 'finish',
      choice: index,
      reason,
      ...(reason === 'filter' && message !== undefined ? { explanation: message } : {}),
      ...(Object.keys(told).length === 0 ? {} : { extras: told }),
    });
    return undefined;
  }

  /** They speak of the text as a whole: with the text that is open at the end, or with none. */
  #annotate(index: number, notes: JsonObject): void {
    const key = this.#choice(index).parts.openText();
    this.#keeper.annotate(index, key, notes, DIALECT);
  }

  #report(): void {
    const usage = decodeUsage(this.#usage);
    if (usage === undefined) return;
    const extras = usageExtras(this.#usage);
    this.#emit({ type: 'usage', usage, ...(extras === undefined ? {} : { extras }) });
    this.#usage = undefined;
  }

  #fail(error: GatewayError): void {
    this.#report();
    this.#over = true;
    this.#emit({ type: 'error', error });
  }
}

const DATA = 'data: ';
const BLANK_LINE = '\r\n\r\n';

/** The data of a frame that is one event of one line, as the vendor sends them. */
function onlyData(frame: Buffer): string | undefined {
  const text = frame.toString('utf8');
  const end = text.length - BLANK_LINE.length;
  if (!text.startsWith(DATA) || !text.endsWith(BLANK_LINE) || text.indexOf('\r') !== end) return undefined;
  return text.indexOf('\n') === end + 1 ? text.slice(DATA.length, end) : undefined;
}

/** Content and nothing else, as in most chunks. */
function isBare(wire: JsonObject): boolean {
  for (const name in wire) if (name !== 'content' && name !== 'index') return false;
  return true;
}

function collect(into: Record<string, Json>, names: readonly string[], wire: JsonObject): void {
  for (const name of names) {
    const value = wire[name];
    if (value !== undefined && value !== null) into[name] = value;
  }
}
