// What a bench run says: percentiles of what a caller waits, and of what the gateway adds to it.

/** Milliseconds. */
export interface Sample {
  /** Until the first byte of the answer. */
  readonly first: number;
  readonly whole: number;
  /** The upstream's share of `first`, where the gateway told it. */
  readonly upstream: number | undefined;
}

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

export interface Figures {
  readonly calls: number;
  readonly failed: number;
  readonly seconds: number;
  readonly callsPerSecond: number;
  readonly firstByteMs: Percentiles;
  readonly wholeMs: Percentiles;
  /** First byte less the upstream's share; null when nobody knows that share. */
  readonly addedMs: Percentiles | null;
}

/** `wait`: the upstream's share where the gateway does not tell it. */
export function figuresOf(
  samples: readonly Sample[],
  failed: number,
  took: number,
  wait: number | undefined,
): Figures | undefined {
  if (samples.length === 0) return undefined;
  const added = samples.flatMap(({ first, upstream = wait }) =>
    upstream === undefined ? [] : [first - upstream],
  );
  return {
    calls: samples.length,
    failed,
    seconds: round(took / 1000),
    callsPerSecond: round((samples.length * 1000) / took),
    firstByteMs: percentiles(samples.map((sample) => sample.first)),
    wholeMs: percentiles(samples.map((sample) => sample.whole)),
    addedMs: added.length === samples.length ? percentiles(added) : null,
  };
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export function report(figures: Figures, model: string, stream: boolean): string {
  const lines = [
    `${figures.calls} calls to ${model} in ${figures.seconds} s: ${figures.callsPerSecond} per second, ${figures.failed} failed`,
    '',
    '               p50      p90      p99   milliseconds',
    row('first byte', figures.firstByteMs),
    row('whole', figures.wholeMs),
    ...(figures.addedMs === null ? [] : [row('added', figures.addedMs)]),
    '',
    addedLine(figures, stream),
    'Caller, gateway and simulated upstream share this machine: compare runs of one machine only.',
  ];
  return `${lines.join('\n')}\n`;
}

function addedLine({ addedMs }: Figures, stream: boolean): string {
  if (addedMs !== null)
    return 'Added: first byte less what the upstream took, the way there and back included.';
  return stream
    ? 'What the gateway adds is not known: use a simulated model such as sim/fast.'
    : 'With --stream and a simulated model, what the gateway adds is shown too.';
}

function row(name: string, { p50, p90, p99 }: Percentiles): string {
  const cells = [p50, p90, p99].map((value) => value.toFixed(2).padStart(9)).join('');
  return `${name.padEnd(10)}${cells}`;
}
