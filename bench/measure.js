// Runs one window against one contestant and turns what came back into figures, or says why they are void.

import { runLoad } from './rig.js';
import { CALM } from './summary.js';

/** The plan of a window for a contestant; undefined when the contestant cannot do such calls. */
function planOf(window, contestant, mock) {
  const call = contestant.callFor(window.kind);
  const behind = window.behind && contestant.callFor(window.behind.kind);
  if (call === undefined || (window.behind && behind === undefined)) return undefined;
  const frames = window.mock?.events ?? 100;
  const watch = { mock: mock.pid, ...(contestant.pid === undefined ? {} : { gateway: contestant.pid }) };
  const flows = [{ call, rate: window.rate }];
  if (behind) flows.push({ call: behind, rate: window.behind.rate });
  return {
    ...window.load,
    limitMs: window.load.warmMs + window.load.measureMs + (window.load.spreadMs ?? 0),
    address: contestant.address,
    watch,
    call: { ...call, frames },
    flows,
  };
}

/** What the mock saw must fit what the window claims. */
function mismatch(window, contestant, result, tally) {
  const plain = contestant.name === 'direct' || contestant.name === 'nginx';
  if (window.kind.cached && !plain && tally.calls > Math.max(50, result.requests / 100)) {
    return `${tally.calls} calls reached the upstream: not answered from the cache`;
  }
  if (!window.kind.cached && tally.calls < result.requests)
    return 'the upstream saw fewer calls than were answered';
  if (
    window.behind === undefined &&
    tally.bodyBytes < tally.calls * window.kind.promptBytes &&
    !window.kind.cached
  ) {
    return 'prompts reached the upstream cut short';
  }
  return undefined;
}

function figures(window, result) {
  const units = window.per === 'frame' ? result.frames : result.requests;
  const harness = (result.cpuNs.mock + result.cpuNs.load) / 1e9 / result.seconds;
  return {
    cpuUs: result.cpuNs.gateway === undefined ? undefined : result.cpuNs.gateway / 1000 / units,
    gatewayShare:
      result.cpuNs.gateway === undefined ? undefined : result.cpuNs.gateway / 1e9 / result.seconds,
    harnessShare: harness,
    perSecond: units / result.seconds,
    p50: result.latency?.p50,
    p99: result.latency?.p99,
    firstP50: result.first?.p50,
    firstP99: result.first?.p99,
    gapP99: result.gap?.p99,
    lost: result.lost,
    steal: result.steal,
    foreign: result.foreign,
  };
}

const TRIES = 3;

/** Measures again, a few times, while other work disturbs the machine, and keeps the calmest window. */
export async function measureCalmly(window, contestant, mock) {
  let calmest;
  for (let tries = 0; tries < TRIES; tries++) {
    const figures = await measure(window, contestant, mock);
    if (figures === undefined || figures.void) return figures;
    if (calmest === undefined || figures.foreign < calmest.foreign) calmest = figures;
    if (calmest.foreign <= CALM.foreign && calmest.steal <= CALM.steal) break;
  }
  return calmest;
}

/**
 * @returns {Promise<Record<string, number | string | undefined> | undefined>} figures; `{ void: why }` when an answer
 * failed; undefined when the contestant does not do this
 */
export async function measure(window, contestant, mock) {
  const plan = planOf(window, contestant, mock);
  if (plan === undefined) return undefined;
  await mock.behave(window.mock ?? {});
  const result = await runLoad(plan);
  const tally = await mock.tally();
  const all = figures(window, result);
  if (result.failed > 0)
    return { void: `${result.failed} failed: ${JSON.stringify(result.failures)}`, lost: all.lost };
  const units = window.per === 'frame' ? result.frames : result.requests;
  if (units === 0) return { void: 'nothing was answered within the window' };
  const wrong = mismatch(window, contestant, result, tally);
  return wrong === undefined ? all : { void: wrong };
}
