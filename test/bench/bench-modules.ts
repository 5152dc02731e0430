// The bench is plain JavaScript outside the build: its pure parts are loaded from the source tree, with their shapes here.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Reader {
  readonly idle: boolean;
  push(bytes: Buffer): void;
  close(): boolean;
}

export interface Sink {
  head(text: string): void;
  body(bytes: Buffer, from: number, to: number): void;
  end(): void;
}

export interface HttpReaderModule {
  HttpReader: new (sink: Sink) => Reader;
}

export interface HistogramModule {
  Histogram: new () => {
    count: number;
    max: number;
    record(ms: number): void;
    quantile(share: number): number | undefined;
    summary(): { count: number; p50: number; p90: number; p99: number; max: number } | undefined;
  };
}

export interface Spread {
  median: number;
  iqr: number;
  n: number;
}

export interface StatsModule {
  quantile(values: readonly number[], share: number): number | undefined;
  median(values: readonly number[]): number | undefined;
  spread(values: readonly (number | undefined)[]): Spread | undefined;
  pairedRatios(ours: readonly (number | undefined)[], theirs: readonly (number | undefined)[]): number[];
  shuffle<T>(items: readonly T[], seed: number): T[];
  disturbedRounds(
    rounds: readonly { direct: number | undefined; steal: number; foreign: number }[],
    limits: { drift: number; steal: number; foreign: number },
  ): { index: number; why: string }[];
}

export type Figures = Record<string, number | string | undefined> | undefined;
export type Round = Record<string, Figures>;

export interface Target {
  kind: 'ratio' | 'value' | 'peer';
  limit: number;
  stretch?: number;
}

export interface Row {
  window: string;
  figure: string;
  label: string;
  unit: string;
  added?: boolean;
  scale?: number;
  digits?: number;
  target?: Target;
}

export interface SummaryRow extends Row {
  values: Record<string, Spread | undefined>;
  ratio: number | undefined;
  peer: number | undefined;
  verdict: string | undefined;
}

export interface Window {
  key: string;
  load: { mode: string; connections?: number };
  mock?: { intervalMs: number };
}

export interface SummaryModule {
  keepCalm(
    window: Window,
    rounds: readonly Round[],
  ): { rounds: Round[]; disturbed: { index: number; why: string }[]; dropped: number };
  summariseRow(row: Row, rounds: readonly Round[], contestants: readonly string[]): SummaryRow;
  notesOn(
    window: Window,
    calm: ReturnType<SummaryModule['keepCalm']>,
    rounds: readonly Round[],
    contestants: readonly string[],
  ): string[];
}

export interface TableModule {
  cell(figure: Spread | undefined, digits: number): string;
  targetText(target: Target | undefined, unit: string): string;
  markdown(rows: readonly SummaryRow[], contestants: readonly string[]): string;
}

export interface OptionsModule {
  UsageError: new () => Error;
  parseOptions(args: readonly string[]): {
    cases: string[];
    contestants: string[];
    rounds: number;
    seed: number;
    quick: boolean;
    json: boolean;
    help: boolean;
  };
}

export interface DialectsModule {
  mark(ordinal: number): string;
  callBody(call: {
    dialect: string;
    model: string;
    stream: boolean;
    promptBytes: number;
    id?: string;
  }): string;
  REPLIES: Record<
    'chat' | 'messages',
    { json(): string; opening(): string; frame(ordinal: number): string; closing(): string }
  >;
  TERMINALS: Record<'chat' | 'messages', string>;
}

interface Modules {
  'http-reader': HttpReaderModule;
  histogram: HistogramModule;
  stats: StatsModule;
  summary: SummaryModule;
  table: TableModule;
  options: OptionsModule;
  dialects: DialectsModule;
}

export async function loadBench<Name extends keyof Modules>(name: Name): Promise<Modules[Name]> {
  return (await import(pathToFileURL(join(process.cwd(), 'bench', `${name}.js`)).href)) as Modules[Name];
}
