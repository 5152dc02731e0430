// Log lines for people at a terminal: short, coloured, local time.
import { formatDollars } from '../canonical/money.ts';
import type { Receipt } from '../canonical/receipt.ts';
import { inputTokens, type Usage, unitNames } from '../canonical/usage.ts';

const DIM = 2;
const RED = 31;
const GREEN = 32;
const YELLOW = 33;
const CYAN = 36;

export function prettyCall(receipt: Receipt): string {
  const { draft, usage } = receipt;
  const ok = receipt.outcome === 'ok';
  const target = draft.upstream === undefined ? '' : ` → ${draft.upstream}/${draft.upstreamModel ?? '?'}`;
  const parts = [
    paint(DIM, timeOfDay(draft.arrivedWall)),
    paint(ok ? GREEN : RED, String(draft.status)),
    draft.face,
    `${printable(draft.model ?? draft.askedModel)}${target}`,
  ];
  if (draft.cache !== 'off') parts.push(paint(CYAN, draft.cache));
  parts.push(amountOf(usage));
  parts.push(`${Math.round(receipt.endedAt - draft.arrived)} ms`);
  parts.push(costOf(receipt));
  if (!ok) parts.push(paint(RED, `${receipt.outcome}: ${printable(receipt.message ?? '')}`));
  return `${parts.join('  ')}\n`;
}

function costOf({ cost, costState }: Receipt): string {
  if (cost === undefined) return paint(YELLOW, 'unpriced');
  const dollars = formatDollars(cost);
  return costState === 'unpriced' ? paint(YELLOW, `at least ${dollars}`) : dollars;
}

/** What is not counted in tokens: `12 seconds`, `? units` when nobody said. */
function amountOf(usage: Usage): string {
  const { units } = usage;
  if (units === undefined) return `${inputTokens(usage)}+${usage.output}${usage.estimated ? '~' : ''} tok`;
  const known = unitNames.filter((unit) => units[unit] !== undefined);
  return known.map((unit) => `${units[unit]} ${unit}`).join(', ') || '? units';
}

export function prettyEvent(
  level: 'debug' | 'info' | 'warn' | 'error',
  wall: number,
  message: string,
  fields: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const colours = { debug: DIM, info: GREEN, warn: YELLOW, error: RED };
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => paint(DIM, `${name}=${printable(String(value))}`));
  const start = `${paint(DIM, timeOfDay(wall))}  ${paint(colours[level], level)}`;
  return `${[start, printable(message), ...pairs].join('  ')}\n`;
}

/** Callers choose model names, and upstreams their words: neither may move the cursor. */
function printable(text: string): string {
  let clean = '';
  for (const char of text) clean += char < ' ' || (char >= '\x7f' && char < '\xa0') ? '?' : char;
  return clean;
}

function paint(colour: number, text: string): string {
  return `\x1b[${colour}m${text}\x1b[0m`;
}

function timeOfDay(wall: number): string {
  const date = new Date(wall);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
