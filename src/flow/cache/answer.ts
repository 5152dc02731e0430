// Stage cache: a whole answer as it is kept, its frames joined so that giving it costs a few writes.
import type { FrameKind } from '../../canonical/protocol.ts';
import type { ReceiptDraft } from '../../canonical/receipt.ts';
import type { Usage } from '../../canonical/usage.ts';
import type { Head } from '../stage.ts';

/** One frame or several in a row: whole events, all of one kind. */
export interface Piece {
  readonly bytes: Buffer;
  readonly kind: FrameKind;
}

/** What the receipt of the call that fetched an answer says about where it is from. */
export type Source = Pick<ReceiptDraft, 'upstream' | 'upstreamModel' | 'ledger' | 'price'>;

export interface Answer {
  readonly head: Head;
  readonly pieces: readonly Piece[];
  readonly usage: Usage;
  readonly source: Source;
  readonly bytes: number;
}

/** Joined frames stay small enough for backpressure to mean something. */
const LARGEST_JOINED = 64 * 1_024;

export function createAnswer(head: Head, frames: readonly Piece[], usage: Usage, source: Source): Answer {
  const pieces = joined(frames);
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
  // Upstream headers tell of ids and limits of a call that the next caller did not cause.
  return { head: { ...head, headers: {} }, pieces, usage, source, bytes };
}

export function sourceOf(receipt: ReceiptDraft): Source {
  const { upstream, upstreamModel, ledger, price } = receipt;
  return { upstream, upstreamModel, ledger, price };
}

export function noteSource(receipt: ReceiptDraft, source: Source): void {
  receipt.upstream = source.upstream;
  receipt.upstreamModel = source.upstreamModel;
  receipt.ledger = source.ledger;
  receipt.price = source.price;
}

/** Joining copies: what is kept does not hold on to the larger buffers that upstream reads came in. */
function joined(frames: readonly Piece[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let run: Buffer[] = [];
  let size = 0;
  for (const [at, frame] of frames.entries()) {
    run.push(frame.bytes);
    size += frame.bytes.length;
    const next = frames[at + 1];
    const kind = settledKind(frame.kind);
    if (next !== undefined && settledKind(next.kind) === kind && size + next.bytes.length <= LARGEST_JOINED)
      continue;
    pieces.push({ bytes: Buffer.concat(run), kind });
    run = [];
    size = 0;
  }
  return pieces;
}

/** Holding a prelude back is for answers that may yet fail. This one did not. */
function settledKind(kind: FrameKind): FrameKind {
  return kind === 'prelude' ? 'content' : kind;
}
