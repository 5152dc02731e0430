// Stage record: a receipt as one line of JSON, built by hand because every call pays for it. Field
// names are a promise: the store, the CLI and people's scripts read them. What is unknown is absent.
import type { LedgerEntry } from '../../canonical/ledger.ts';
import { costOf } from '../../canonical/money.ts';
import type { AttemptNote, ChoiceNote, QueueNote, Receipt, ReceiptDraft } from '../../canonical/receipt.ts';
import { type Units, type Usage, unitNames } from '../../canonical/usage.ts';
import type { ClosedReceipt } from './close.ts';

export type EncodeReceipt = (receipt: Receipt) => string;

const LONGEST_NAME = 200;
const LONGEST_MESSAGE = 300;
const NONE: readonly LedgerEntry[] = [];

/**
 * `redact` sees the only texts that others wrote: the model name asked for and the error message.
 * Cutting comes after it, so that no secret loses only its tail.
 */
export function createReceiptEncoder(redact: (text: string) => string): EncodeReceipt {
  const isoTime = createIsoTime();
  return (receipt) => {
    const closed = receipt as Receipt & Partial<ClosedReceipt>;
    closed.line ??= encode(closed, isoTime, redact);
    return closed.line;
  };
}

function encode(
  receipt: Receipt & Partial<ClosedReceipt>,
  isoTime: (wall: number) => string,
  redact: (text: string) => string,
): string {
  const { draft } = receipt;
  const asked = draft.askedModel;
  const { caller } = draft;
  let line = `{"id":${quote(draft.id)},"at":"${isoTime(draft.arrivedWall)}"`;
  if (caller !== undefined) {
    line += `,"tenant":${quote(caller.tenant)},"project":${quote(caller.project)},"user":${quote(caller.user)},"key":${quote(caller.key)}`;
  }
  line += `,"face":${quote(draft.face)},"op":${quote(draft.operation)}`;
  if (asked === draft.model) line += `,"asked":${quote(asked)}`;
  else line += `,"asked":${quote(redact(asked).slice(0, LONGEST_NAME))}`;
  if (draft.model !== undefined) line += `,"model":${quote(draft.model)}`;
  if (draft.upstream !== undefined) line += `,"upstream":${quote(draft.upstream)}`;
  if (draft.upstreamModel !== undefined) line += `,"upstream_model":${quote(draft.upstreamModel)}`;
  if (draft.held !== undefined) line += `,"held":${quote(draft.held)}`;
  line += `,"stream":${draft.stream},"status":${draft.status},"outcome":"${receipt.outcome}","started":${receipt.started},"cache":"${draft.cache}"`;
  line += decisions(draft);
  line += tokens(receipt.usage);
  if (receipt.cost !== undefined) line += `,"cost_nano":"${receipt.cost}"`;
  line += `,"cost_state":"${receipt.costState}"`;
  if (receipt.saved !== undefined) line += `,"saved_nano":"${receipt.saved}"`;
  line += `,"ms":{"total":${round(receipt.endedAt - draft.arrived)}`;
  if (draft.firstContentAt !== undefined) line += `,"first_content":${round(draft.firstContentAt)}`;
  line += `},"bytes":{"in":${draft.bytesIn},"out":${draft.bytesOut}}`;
  if (draft.keepalives > 0) line += `,"keepalives":${draft.keepalives}`;
  if (receipt.message !== undefined) {
    line += `,"error":{"code":"${receipt.outcome}","message":${quote(redact(receipt.message).slice(0, LONGEST_MESSAGE))}}`;
  }
  return `${line}}`;
}

function decisions(draft: ReceiptDraft): string {
  let text = '';
  if (draft.queued !== undefined) text += `,"queued":${list(draft.queued, wait)}`;
  if (draft.attempts.length > 0) {
    // A single attempt used what the call used.
    const write = draft.attempts.length > 1 ? oneOfSeveral : attempt;
    text += `,"attempts":${list(draft.attempts, write)}`;
  }
  if (draft.choices !== undefined) text += `,"choices":${list(draft.choices, choice)}`;
  if (draft.seam !== undefined) text += `,"seam":${JSON.stringify(draft.seam)}`;
  if (draft.leftOut !== undefined) text += `,"left_out":${list(draft.leftOut, choice)}`;
  if (draft.changed !== undefined) text += `,"changed":${list(draft.changed, quote)}`;
  const losses = [...(draft.ledger ?? NONE), ...(draft.replyLedger ?? NONE)];
  return losses.length === 0 ? text : `${text},"ledger":${list(losses, entry)}`;
}

function list<Item>(items: readonly Item[], write: (item: Item) => string): string {
  let text = '';
  for (const item of items) text += text === '' ? write(item) : `,${write(item)}`;
  return `[${text}]`;
}

function wait(note: QueueNote): string {
  let text = `{"target":${quote(note.target)},"start_ms":${round(note.startedAt)}`;
  if (note.position !== undefined) text += `,"position":${note.position}`;
  if (note.ms !== undefined) text += `,"ms":${round(note.ms)}`;
  return `${text},"outcome":"${note.outcome}"}`;
}

function attempt(note: AttemptNote): string {
  return `${timesOf(note)}}`;
}

function oneOfSeveral(note: AttemptNote): string {
  const { usage, price } = note;
  if (usage === undefined) return attempt(note);
  const due = price === undefined ? undefined : costOf(usage, price);
  const cost = due === undefined ? '' : `,"cost_nano":"${due}"`;
  return `${timesOf(note)}${tokens(usage)}${cost}}`;
}

function timesOf(note: AttemptNote): string {
  let text = `{"target":${quote(note.target)},"start_ms":${round(note.startedAt)}`;
  if (note.firstContentAt !== undefined) text += `,"first_content_ms":${round(note.firstContentAt)}`;
  if (note.endedAt !== undefined) text += `,"end_ms":${round(note.endedAt)}`;
  text += `,"outcome":"${note.outcome}"`;
  if (note.status !== undefined) text += `,"status":${note.status}`;
  if (note.secret !== undefined) text += `,"secret":${note.secret}`;
  return text;
}

function choice(note: ChoiceNote): string {
  return `{"target":${quote(note.target)},"reason":${quote(note.reason)}}`;
}

/** `dropped:seed`. Notes stay out: they may cite values. */
function entry(of: LedgerEntry): string {
  return quote(`${of.outcome}:${of.field}`);
}

function tokens(usage: Usage): string {
  const counted = `,"tokens":{"fresh":${usage.fresh},"cache_read":${usage.cacheRead},"cache_write":${usage.cacheWrite},"output":${usage.output},"reasoning":${usage.reasoning},"estimated":${usage.estimated}}`;
  return usage.units === undefined ? counted : `${counted}${units(usage.units)}`;
}

/** What is billed instead of tokens; `{}` when nobody said how much of it. */
function units(of: Units): string {
  const known = unitNames.filter((unit) => of[unit] !== undefined);
  return `,"units":${JSON.stringify(Object.fromEntries(known.map((unit) => [unit, of[unit]])))}`;
}

const HUNDREDTHS: readonly string[] = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0'));

/** Hundredths of a millisecond: what a cache hit takes is still visible. Fractions are slow to print as such. */
function round(milliseconds: number): string {
  const all = Math.max(0, Math.round(milliseconds * 100));
  const whole = Math.floor(all / 100);
  return `${whole}.${HUNDREDTHS[all - whole * 100] ?? '00'}`;
}

/** Names are short and plain nearly always: looking is cheaper than escaping. */
function quote(text: string): string {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return asciiJson(text);
  }
  return `"${text}"`;
}

/** Nothing but ASCII, so that a line has as many bytes as characters. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** ISO time; most calls share the second of the one before. */
function createIsoTime(): (wall: number) => string {
  let second = Number.NaN;
  let text = '';
  return (wall) => {
    const whole = Math.floor(wall / 1000);
    if (whole !== second) {
      second = whole;
      text = new Date(whole * 1000).toISOString().slice(0, -4);
    }
    const rest = Math.floor(wall - whole * 1000);
    return `${text}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
  };
}
