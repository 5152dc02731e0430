// `signalbox prices update`: fetches what the catalogue's package publishes, checks all of it, and only then puts
// it into the state folder. A running gateway takes it over within half a minute. Asked for, never by itself.
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sheetText } from '../catalogue/data.ts';
import { PublishedError, parsePublished } from '../catalogue/published.ts';
import { type Service, Sheet, writeSheet } from '../catalogue/sheet.ts';
import { SHEET_FILE } from '../server/price-list.ts';
import { CommandError, FAILED, OK, USAGE } from './exit-codes.ts';
import { callHttp } from './http-call.ts';
import type { Terminal } from './terminal.ts';
import { stateOf } from './whereabouts.ts';

export interface UpdateFlags {
  readonly from?: string;
  readonly state?: string;
  readonly json?: boolean;
}

export const PUBLISHED =
  'https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/new_data/v2/data.json';
const MOST_BYTES = 32 * 1024 * 1024;
const PATIENCE = 60_000;

export async function updatePrices(flags: UpdateFlags, terminal: Terminal): Promise<number> {
  const from = flags.from ?? PUBLISHED;
  if (flags.json !== true) terminal.err.write(`Taking prices from ${from}\n`);
  const text = isAddress(from) ? await fetched(new URL(from)) : readFrom(from);
  const services = checked(text, from);
  const state = stateOf(flags, terminal.env);
  const date = new Date().toISOString().slice(0, 10);
  const file = keep(state, writeSheet({ source: from, edition: 'as published', date }, services));
  const models = services.reduce((sum, service) => sum + service.models.length, 0);
  const told = { ok: true, from, file, date, services: services.length, models };
  terminal.out.write(
    flags.json === true
      ? `${JSON.stringify(told)}\n`
      : `${models} models of ${services.length} services are in ${file}; a running gateway uses them within 30 seconds.\n`,
  );
  return OK;
}

function isAddress(from: string): boolean {
  return /^https?:\/\//.test(from);
}

function readFrom(from: string): string {
  const path = from.startsWith('file:') ? fileURLToPath(from) : from;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new CommandError(USAGE, `${path} cannot be read (${reason}).`);
  }
}

async function fetched(url: URL): Promise<string> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  const pieces: Buffer[] = [];
  let size = 0;
  const onRead = (bytes: Buffer): void => {
    size += bytes.length;
    if (size > MOST_BYTES) stop.abort();
    else pieces.push(bytes);
  };
  try {
    const { status } = await callHttp({
      url,
      headers: { accept: 'application/json' },
      signal: stop.signal,
      onRead,
    });
    if (status !== 200)
      throw new CommandError(FAILED, `${url.href} answered with status ${status}. Nothing was changed.`);
    return Buffer.concat(pieces).toString('utf8');
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(FAILED, `${url.href} ${failureOf(cause, size)} Nothing was changed.`);
  } finally {
    clearTimeout(timer);
  }
}

function failureOf(cause: unknown, size: number): string {
  if (size > MOST_BYTES) return 'sent more than a list of prices can be.';
  if (cause instanceof Error && cause.name === 'AbortError') return 'did not answer in time.';
  return `could not be asked: ${cause instanceof Error ? cause.message : String(cause)}.`;
}

function checked(text: string, from: string): readonly Service[] {
  try {
    return parsePublished(JSON.parse(text), new Sheet(sheetText).services);
  } catch (cause) {
    if (!(cause instanceof PublishedError || cause instanceof SyntaxError)) throw cause;
    const what = cause instanceof SyntaxError ? 'It is not JSON.' : cause.message;
    throw new CommandError(
      FAILED,
      `What ${from} holds is not a list of prices: ${what} Nothing was changed.`,
    );
  }
}

/** Written beside and renamed: a gateway that looks meanwhile sees the old file or the new one. */
function keep(state: string, text: string): string {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const file = join(state, SHEET_FILE);
  const beside = `${file}.new`;
  writeFileSync(beside, text, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, file);
  return file;
}
