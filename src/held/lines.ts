// A file of calls for a batch, checked before it goes up: each line obeys the same rights and rules as if it had come
// by itself, and names the model as the upstream does. What cannot be checked does not go.

import { CallWire, parseObject } from '../canonical/call-wire.ts';
import { GatewayError } from '../canonical/errors.ts';
import type { Operation, Protocol } from '../canonical/protocol.ts';
import { ReceiptDraft } from '../canonical/receipt.ts';
import { type AcceptBounds, accept } from '../flow/accept/accept.ts';
import type { Keyed } from '../flow/admit/admit.ts';
import { permittedModel, settleBody } from '../flow/admit/admit.ts';
import { type Owners, pinToFiles } from '../flow/admit/held-files.ts';
import type { ModelBook } from '../flow/admit/model-book.ts';
import { type Opening, openCall } from '../flow/admit/opening.ts';
import type { TurnParts } from '../flow/admit/turns.ts';
import type { Target, Upstream } from '../flow/stage.ts';
import type { Cancel } from '../lib/cancel.ts';
import { scanObject } from '../lib/json-scan.ts';
import type { HeldCall } from './call.ts';
import type { CheckedCalls } from './custody.ts';
import { knownFiles } from './known-files.ts';

/** What answers at the path of a call. */
export type FaceOf = (path: string) => { readonly face: Protocol; readonly operation: Operation } | undefined;

export interface LineParts {
  readonly models: ModelBook;
  readonly bounds: AcceptBounds;
  readonly faceOf: FaceOf;
  readonly turns: TurnParts;
}

export interface CheckedFile {
  readonly pieces: readonly Buffer[];
  readonly calls: CheckedCalls;
}

const LF = 0x0a;
const NEWLINE = Buffer.from('\n');
/** Others get their turn after so many bytes. */
const BREATH = 64 * 1024;
/** Each piece is a write of its own later. */
const PIECE = 256 * 1024;
/** What led to the default model can be any text. */
const LONGEST_NAME = 256;
const MOST_MODELS = 100;
/** History and system prompts are added to each line: a file may become so many times what one may have. */
const MOST_GROWTH = 2;

export async function checkLines(
  file: Buffer,
  call: HeldCall,
  upstream: Upstream,
  parts: LineParts,
  cancel: Cancel,
): Promise<CheckedFile> {
  const checker = new LineChecker(call, upstream, parts);
  let breath = 0;
  for (let at = file[0] === 0xef ? MARK.length : 0; at < file.length; ) {
    const end = endOfLine(file, at);
    await checker.take(file.subarray(at, end));
    if (end - breath > BREATH) {
      breath = end;
      await new Promise((resolve) => setImmediate(resolve));
      if (cancel.requested) throw new GatewayError('client_gone', 'The caller left while the file was read.');
    }
    at = end + 1;
  }
  return checker.end();
}

const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function endOfLine(file: Buffer, from: number): number {
  const end = file.indexOf(LF, from);
  return end < 0 ? file.length : end;
}

class LineChecker {
  readonly #call: HeldCall;
  readonly #upstream: Upstream;
  readonly #parts: LineParts;
  readonly #scratch: ReceiptDraft;
  readonly #files: Owners;
  readonly #pieces: Buffer[] = [];
  readonly #models = new Set<string>();
  readonly #upstreamModels = new Set<string>();
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #bytes = 0;
  #number = 0;
  #endpoint: string | undefined = undefined;

  constructor(call: HeldCall, upstream: Upstream, parts: LineParts) {
    const { id, face, operation } = call;
    this.#call = call;
    this.#upstream = upstream;
    this.#parts = parts;
    this.#files = knownFiles(parts.turns.records);
    this.#scratch = new ReceiptDraft(id, face.id, operation, 0, 0);
  }

  async take(line: Buffer): Promise<void> {
    this.#number += 1;
    if (isBlank(line)) return;
    try {
      await this.#check(line);
    } catch (cause) {
      throw cause instanceof GatewayError ? inLine(cause, this.#number) : cause;
    }
  }

  async #check(line: Buffer): Promise<void> {
    const { url, start, end } = this.#call.dialect.lineWish(line, this.#parts.bounds.maxDepth);
    const place = this.#placeOf(url);
    const inner = this.#read(line.subarray(start, end), place);
    const virtual = permittedModel(this.#parts.models, inner, inner.key);
    const target = virtual.targets.find((one) => one.upstream.name === this.#upstream.name);
    if (target === undefined) throw elsewhere(inner.model, this.#upstream);
    const closed = inner.face.closedStoreOf?.(inner.wire, this.#upstream.provider.quirks ?? {});
    if (closed !== undefined) throw closed;
    const { turn, places } = await this.#opened({ ...inner, wire: byItself(inner.wire) });
    const pin = pinToFiles(places, virtual, undefined);
    if (pin !== undefined && pin !== this.#upstream.name) throw pinned(pin, this.#upstream);
    const { wire } = settleBody(turn === undefined ? inner : { ...inner, wire: turn.wire }, virtual);
    this.#note(inner.model.length > LONGEST_NAME ? virtual.name : inner.model, target);
    this.#add([line.subarray(0, start), ...wire.splice([named(target)]), line.subarray(end), NEWLINE]);
  }

  /** All of them go to one path: what was checked for one must not be done at another. */
  #placeOf(url: string): { readonly face: Protocol; readonly operation: Operation } {
    const endpoint = endpointOf(url);
    const place = this.#call.dialect.endpoints.has(endpoint) ? this.#parts.faceOf(endpoint) : undefined;
    if (place === undefined) {
      throw new GatewayError(
        'bad_request',
        `names the url "${url.slice(0, 80)}", at which no call of a batch is taken.`,
        {
          param: 'url',
        },
      );
    }
    this.#endpoint ??= endpoint;
    if (endpoint === this.#endpoint) return place;
    throw new GatewayError('bad_request', `names another url than the lines before: "${url.slice(0, 80)}".`, {
      param: 'url',
    });
  }

  #read(bytes: Buffer, { face, operation }: { face: Protocol; operation: Operation }): Keyed {
    const { peer, key } = this.#call;
    const headers = { ...this.#call.headers, 'content-type': 'application/json' };
    const incoming = { face, operation, place: {}, bytes, headers, peer, receipt: this.#scratch, key };
    return accept(incoming, this.#parts.bounds);
  }

  /** No upstream keeps anything of it. */
  async #opened(call: Keyed): Promise<Opening> {
    const opening = await openCall(call, this.#parts.turns, this.#files);
    if (opening instanceof GatewayError) throw opening;
    return opening;
  }

  #note(asked: string, { model }: Target): void {
    this.#models.add(asked);
    this.#upstreamModels.add(model);
    if (this.#models.size > MOST_MODELS) {
      throw new GatewayError('bad_request', `is the first to name more than ${MOST_MODELS} models.`);
    }
  }

  #add(pieces: readonly Buffer[]): void {
    for (const piece of pieces) {
      this.#pending.push(piece);
      this.#pendingBytes += piece.length;
    }
    if (this.#pendingBytes > PIECE) this.#flush();
    const most = MOST_GROWTH * this.#parts.turns.maxBytes;
    if (this.#bytes + this.#pendingBytes > most) throw tooLong(most);
  }

  #flush(): void {
    if (this.#pendingBytes > 0) this.#pieces.push(Buffer.concat(this.#pending, this.#pendingBytes));
    this.#bytes += this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  end(): CheckedFile {
    this.#flush();
    if (this.#endpoint === undefined) throw new GatewayError('bad_request', 'The file has no call in it.');
    const calls = {
      endpoint: this.#endpoint,
      models: [...this.#models],
      upstreamModels: [...this.#upstreamModels],
    };
    return { pieces: this.#pieces, calls };
  }
}

/** One vendor leaves the version out. */
export function endpointOf(url: string): string {
  return url.startsWith('/v1/') ? url : `/v1${url}`;
}

function named({ model }: Target): { readonly name: string; readonly value: string } {
  return { name: 'model', value: JSON.stringify(model) };
}

function isBlank(line: Buffer): boolean {
  return line.length === 0 || (line.length < 16 && line.toString('latin1').trim() === '');
}

/**
 * A line that reaches for something kept is refused: its answer is nobody's turn here, and what is kept upstream is
 * the account's, not the tenant's. Written anew, so that no escape hides a word from who looks for it.
 */
function byItself(wire: CallWire): CallWire {
  const { turns } = wire.protocol;
  if (turns === undefined) return wire;
  const bytes = Buffer.from(JSON.stringify(parseObject(wire.bytes)));
  const plain = new CallWire(
    wire.protocol,
    wire.operation,
    bytes,
    scanObject(bytes, Number.POSITIVE_INFINITY),
  );
  const wish = turns.wish(plain);
  if (wish === undefined) return wire;
  if (wish.previous !== undefined) throw reaching('goes on from a kept reply', 'previous_response_id');
  if (wish.references.length > 0) throw reaching('stands for a kept item', 'input');
  if (wish.seals.length > 0) throw reaching('has sealed content in it', 'input');
  return wire;
}

function reaching(what: string, param: string): GatewayError {
  return new GatewayError('bad_request', `${what}, which calls of a batch cannot.`, {
    param,
    remedy: 'Send all items in the line itself, or make the call without a batch.',
  });
}

function tooLong(most: number): GatewayError {
  const message = `makes the file larger than ${most} bytes, with what its models' rules add to each call.`;
  return new GatewayError('body_too_large', message, { remedy: 'Send fewer calls in one file.' });
}

function pinned(pin: string, upstream: Upstream): GatewayError {
  return new GatewayError('bad_request', `needs what is at "${pin}", not at "${upstream.name}".`);
}

function elsewhere(model: string, upstream: Upstream): GatewayError {
  return new GatewayError('bad_request', `names the model "${model}", which is not at "${upstream.name}".`, {
    param: 'model',
    remedy: 'Name a model of the upstream that holds the file, or upload it to that of the model.',
  });
}

/** Says in which line; a sentence without a subject is about the line itself. */
function inLine(error: GatewayError, number: number): GatewayError {
  const { message, detail } = error;
  const about = /^[a-z]/.test(message) ? ' ' : ': ';
  return new GatewayError(error.code, `Line ${number}${about}${message}`, {
    ...detail,
    param: detail.param === undefined ? `line ${number}` : `line ${number}: ${detail.param}`,
  });
}
