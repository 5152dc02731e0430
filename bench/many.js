// Case f: thousands of slow streams through one fresh gateway. Reads its memory idle, full, stalled and recovered,
// and how soon the upstream's side closes when a caller leaves.

import { peakRssKb, rssKb } from './proc.js';
import { descriptorLimit, wait } from './process-tools.js';
import { runLoad } from './rig.js';
import { median } from './stats.js';

const KIND = { face: 'chat', upstream: 'chat', stream: true, promptBytes: 60 };
const FLOOD_BYTES = 32 * 1024 * 1024;
const REST_MS = 8000;
const NS_PER_MS = 1e6;

const FULL = { streams: 5000, rampMs: 8000, steadyMs: 8000, stallMs: 3000 };
const AGAIN = { rampMs: 3000, steadyMs: 1500 };
const QUICK = { streams: 1000, rampMs: 2000, steadyMs: 3000, stallMs: 1500 };

/** Descriptors: two per stream and some to spare. */
function sizeOf(quick) {
  const size = quick ? QUICK : FULL;
  const streams = Math.min(size.streams, Math.floor((descriptorLimit() - 1000) / 2));
  return { ...size, streams, aborts: Math.round(streams / 10), stalled: Math.round(streams / 100) };
}

async function warmUp(contestant, mock, call) {
  await mock.behave({ events: 20, intervalMs: 5 });
  const load = { mode: 'closed', connections: 100, warmMs: 500, measureMs: 1000, limitMs: 2000 };
  await runLoad({
    ...load,
    address: contestant.address,
    watch: { mock: mock.pid },
    call: { ...call, frames: 20 },
  });
  await wait(1500);
}

/** Milliseconds from a caller's close to the close of the upstream's connection, for every aborted stream. */
function abortDelays(aborted, seen) {
  const closedAt = new Map(seen.map((abort) => [abort.id, BigInt(abort.at)]));
  return Object.entries(aborted).map(([id, at]) => {
    const closed = closedAt.get(id);
    return closed === undefined ? undefined : Number(closed - BigInt(at)) / NS_PER_MS;
  });
}

/** One wave of streams; the runner's part is to read memory at each phase and to have the mock end them. */
async function wave(contestant, mock, call, size) {
  await mock.behave({ events: 2000, intervalMs: 250, floodBytes: FLOOD_BYTES });
  const memory = {};
  const watch = { mock: mock.pid, gateway: contestant.pid };
  const plan = {
    mode: 'held',
    ...size,
    limitMs: 60000,
    address: contestant.address,
    hosts: contestant.hosts,
  };
  const result = await runLoad({ ...plan, watch, call: { ...call, frames: undefined } }, ({ phase }) => {
    memory[phase] = rssKb(contestant.pid);
    if (phase === 'finish') void mock.finish();
  });
  return { memory, result, tally: await mock.tally() };
}

async function hold(contestant, mock, size) {
  const call = contestant.callFor(KIND);
  await warmUp(contestant, mock, call);
  const base = rssKb(contestant.pid);
  const first = await wave(contestant, mock, call, size);
  const peak = peakRssKb(contestant.pid);
  await wait(REST_MS);
  const after = rssKb(contestant.pid);
  const again = await wave(contestant, mock, call, { ...size, ...AGAIN, aborts: 0, stalled: 0 });
  return { ...first, again, memory: { ...first.memory, base, peak, after, again: again.memory.steady } };
}

// The tail counts too: what the mock sent on the streams that ended whole must all have arrived.
function lostIn(result, tally) {
  return result.lost + Math.abs(tally.framesOfWhole - result.whole.frames);
}

function figuresOf({ memory, result, tally, again }, size) {
  const growth = memory.steady - memory.base;
  const delays = abortDelays(result.aborted, tally.aborts);
  const known = delays.filter((delay) => delay !== undefined);
  return {
    streams: size.streams,
    kbPerStream: growth / size.streams,
    baseMb: memory.base / 1024,
    steadyMb: memory.steady / 1024,
    afterMb: memory.after / 1024,
    peakMb: memory.peak / 1024,
    kept: growth > 0 ? Math.max(0, memory.after - memory.base) / growth : 0,
    // A leak shows when the same wave comes again: it needs the first one's memory and more.
    regrowth:
      growth > 0
        ? Math.max(0, memory.again - Math.max(memory.steady, memory.stalled, memory.after)) / growth
        : 0,
    lost: lostIn(result, tally) + lostIn(again.result, again.tally),
    cpuUs: result.cpuNs.gateway / 1000 / result.frames,
    gatewayShare: result.cpuNs.gateway / 1e9 / result.seconds,
    harnessShare: (result.cpuNs.mock + result.cpuNs.load) / 1e9 / result.seconds,
    gapP99: result.gap?.p99,
    abortP50: median(known),
    abortMax: known.length < delays.length ? undefined : Math.max(0, ...known),
    abortsUnseen: delays.length - known.length,
    stalledMb: Math.max(0, memory.stalled - memory.steady) / 1024,
    floodMbPerReader: median(tally.flood.map((flood) => flood.bytes / 2 ** 20)),
    steal: result.steal,
    foreign: result.foreign,
  };
}

/**
 * @param {() => Promise<object>} launch a fresh gateway @param {import('./rig.js').Mock} mock @param {boolean} quick
 */
export async function holdMany(launch, mock, quick) {
  const size = sizeOf(quick);
  const contestant = await launch();
  try {
    const held = await hold(contestant, mock, size);
    const failed = held.result.failed + held.again.result.failed;
    const failures = { ...held.result.failures, ...held.again.result.failures };
    const figures = figuresOf(held, size);
    if (failed > 0)
      return { void: `${failed} streams failed: ${JSON.stringify(failures)}`, lost: figures.lost };
    if (figures.abortsUnseen > 0)
      return { ...figures, note: `${figures.abortsUnseen} aborts never reached the upstream` };
    return figures;
  } finally {
    await contestant.stop();
  }
}
