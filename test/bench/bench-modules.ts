// The bench is plain JavaScript outside the build: its pure parts are loaded from the source tree, with their shapes here.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Reader {
  readonly idle: boolean;
  push(bytes: Buffer): void;
  close(): boolean;
}

interface Sink {
  head(text: string): void;
  body(bytes: Buffer, from: number, to: number): void;
  end(): void;
}

interface HttpReaderModule {
  HttpReader: new (sink: Sink) => Reader;
}

interface HistogramModule {
  Histogram: new () => {
    count: number;
    max: number;
    record(ms: number): void;
    quantile(share: number): number | undefined;
    summary(): { count: number; p50: number; p90: number; p99: number; max: number } | undefined;
  };
}

interface Spread {
  median: number;
  iqr: number;
  n: number;
}

interface StatsModule {
  median(values: readonly number[]): number | undefined;
  spread(values: readonly (number | undefined)[]): Spread | undefined;
  pairedRatios(ours: readonly (number | undefined)[], theirs: readonly (number | undefined)[]): number[];
  shuffle<T>(items: readonly T[], seed: number): T[];
  disturbedRounds(
    rounds: readonly { direct: number | undefined; steal: number; foreign: number }[],
    limits: { drift: number; steal: number; foreign: number },
  ): { index: number; why: string }[];
}

type Figures = Record<string, number | string | undefined> | undefined;
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

interface SummaryRow extends Row {
  values: Record<string, Spread | undefined>;
  ratio: number | undefined;
  peer: number | undefined;
  verdict: string | undefined;
}

interface Window {
  key: string;
  load: { mode: string; connections?: number };
  mock?: { intervalMs: number };
}

interface SummaryModule {
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
  unmeasured(rows: readonly SummaryRow[]): SummaryRow[];
  exitCode(rows: readonly SummaryRow[], rounds: Record<string, readonly Round[]>): number;
}

export interface Outcome {
  readonly rounds: number;
  readonly contestants: readonly string[];
  readonly rows: readonly SummaryRow[];
  readonly raw: Record<string, readonly Round[]>;
}

interface ReadmeModule {
  figuresFor(outcome: Outcome): Record<string, string>;
  replaceFigures(text: string, figures: string): string;
}

interface TableModule {
  markdown(rows: readonly SummaryRow[], contestants: readonly string[]): string;
}

interface OptionsModule {
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

interface DialectsModule {
  callBody(call: {
    dialect: string;
    model: string;
    stream: boolean;
    promptBytes: number;
    id?: string;
  }): string;
  DIALECTS: Record<
    string,
    {
      letter: string;
      model: string;
      terminal: string;
      path(call: { model: string; stream: boolean }): string;
      isCall(head: string): boolean;
      json(): string;
      opening(): string;
      frame(ordinal: number): string;
      closing(): string;
      readonly streams?: (head: string) => boolean;
    }
  >;
}

interface WindowsModule {
  WINDOWS: readonly {
    key: string;
    case: string;
    kind: { face: string; upstream: string; stream: boolean };
    per: string;
  }[];
}

interface Modules {
  'http-reader': HttpReaderModule;
  histogram: HistogramModule;
  stats: StatsModule;
  summary: SummaryModule;
  table: TableModule;
  readme: ReadmeModule;
  options: OptionsModule;
  dialects: DialectsModule;
  windows: WindowsModule;
  rows: { ROWS: readonly Row[] };
}

export async function loadBench<Name extends keyof Modules>(name: Name): Promise<Modules[Name]> {
  return (await import(pathToFileURL(join(process.cwd(), 'bench', `${name}.js`)).href)) as Modules[Name];
}
