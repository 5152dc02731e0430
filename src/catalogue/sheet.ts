// The catalogue as text: one JSON value per line, so that a new edition is a difference people can read.
// The first line says where it comes from; a line with `service` opens a service, the lines after it are its
// models. What is read here was written by us: it is checked where it comes from, in `published.ts`.

/** Where the catalogue comes from. */
export interface SheetSource {
  readonly source: string;
  readonly edition: string;
  /** Day it was taken over, `2026-11-20`. */
  readonly date: string;
}

export interface ServiceLine {
  readonly service: string;
  /** Services to look in for models this one does not have. */
  readonly others?: readonly string[];
}

export interface ModelLine {
  readonly id: string;
  readonly window?: number;
  /** How its names are told; without it only `id` is one. */
  readonly names?: readonly NamePattern[];
  /** The last that holds at a moment is in force; none: nobody told a price. */
  readonly prices?: readonly PriceLine[];
}

/** `=exact`, `^beginning`, `~middle`, `$end`, `/pattern/`, or several that must all hold. */
export type NamePattern = string | { readonly all: readonly NamePattern[] };

/** Dollars per million tokens; a list is the base rate, then bound and rate by turns. */
export type RateLine = number | readonly number[];

export interface PriceLine {
  readonly from?: string;
  /** Times of day, UTC, from and until: `16:30:00`. */
  readonly daily?: readonly [string, string];
  readonly input: RateLine;
  readonly output?: RateLine;
  readonly read?: RateLine;
  readonly write?: RateLine;
  /** Dollars per call. */
  readonly call?: number;
}

export interface Service extends ServiceLine {
  readonly models: readonly ModelLine[];
}

/** A sheet whose services are read when they are asked for. */
export class Sheet {
  readonly source: SheetSource;
  readonly #texts = new Map<string, string>();
  readonly #services = new Map<string, Service>();

  constructor(text: string) {
    const [first = '{}', ...blocks] = text.split('\n{"service":');
    this.source = JSON.parse(first) as SheetSource;
    for (const block of blocks) {
      const whole = `{"service":${block}`;
      this.#texts.set(serviceLine(whole).service, whole);
    }
  }

  get services(): readonly string[] {
    return [...this.#texts.keys()];
  }

  service(name: string): Service | undefined {
    const known = this.#services.get(name);
    if (known !== undefined) return known;
    const text = this.#texts.get(name);
    if (text === undefined) return undefined;
    const lines = text.trimEnd().split('\n').slice(1);
    const service = { ...serviceLine(text), models: lines.map((line) => JSON.parse(line) as ModelLine) };
    this.#services.set(name, service);
    return service;
  }
}

function serviceLine(text: string): ServiceLine {
  const end = text.indexOf('\n');
  return JSON.parse(end < 0 ? text : text.slice(0, end)) as ServiceLine;
}

export function writeSheet(source: SheetSource, services: readonly Service[]): string {
  const lines = [JSON.stringify(source)];
  for (const { models, ...line } of services) {
    lines.push(JSON.stringify(line), ...models.map((model) => JSON.stringify(model)));
  }
  return `${lines.join('\n')}\n`;
}
