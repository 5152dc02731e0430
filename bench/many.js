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

async function hold(contestant, mock, size) {
  const call = contestant.callFor(KIND);
  await warmUp(contestant, mock, call);
  await mock.behave({ events: 2000, intervalMs: 250, floodBytes: FLOOD_BYTES });
  const memory = { base: rssKb(contestant.pid) };
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
  const tally = await mock.tally();
  await wait(REST_MS);
  return {
    memory: { ...memory, after: rssKb(contestant.pid), peak: peakRssKb(contestant.pid) },
    result,
    tally,
  };
}

function figuresOf({ memory, result, tally }, size) {
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
    // The tail counts too: what the mock sent on the streams that ended whole must all have arrived.
    lost: result.lost + Math.abs(tally.framesOfWhole - result.whole.frames),
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
    const { failed, failures } = held.result;
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
