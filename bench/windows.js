// What is measured: every window is one kind of call under one kind of load, run once per contestant and round.
// Where a contestant translates or answers from its cache, the control passes the upstream's own bytes through.

import { TRANSLATIONS } from './pairs.js';

const SMALL = 60;
const LARGE = 1000000;

const chat = { face: 'chat', upstream: 'chat', stream: false, promptBytes: SMALL };
const paced = { events: 100, intervalMs: 5 };
const burst = { events: 100, intervalMs: 0 };
const streams = { mode: 'closed', connections: 100, spreadMs: 400, warmMs: 300, measureMs: 1600 };
const loop = { mode: 'closed', connections: 32, warmMs: 300, measureMs: 1000 };
const fixed = { mode: 'open', warmMs: 500, measureMs: 3000 };

/**
 * @typedef {object} Window
 * @property {string} key
 * @property {string} case
 * @property {{ face: string, upstream: string, stream: boolean, promptBytes: number, cached?: boolean }} kind
 * @property {object} load of load.js, without address and calls
 * @property {object} [mock] settings
 * @property {number} [rate] calls a second, for an open loop
 * @property {{ kind: object, rate: number }} [behind] other calls in an open loop, whose latency is not the point
 * @property {'request' | 'frame'} per what CPU time is divided by
 */

/** @type {readonly Window[]} */
export const WINDOWS = [
  { key: 'a32', case: 'a', kind: chat, load: { ...loop, warmMs: 400, measureMs: 1500 }, per: 'request' },
  { key: 'a8', case: 'a', kind: chat, load: { ...loop, connections: 8 }, per: 'request' },
  {
    key: 'a1',
    case: 'a',
    kind: chat,
    load: { ...loop, connections: 1, warmMs: 200, measureMs: 800 },
    per: 'request',
  },
  { key: 'a300', case: 'a', kind: chat, load: fixed, rate: 300, per: 'request' },
  { key: 'b5', case: 'b', kind: { ...chat, stream: true }, mock: paced, load: streams, per: 'frame' },
  { key: 'b0', case: 'b', kind: { ...chat, stream: true }, mock: burst, load: loop, per: 'frame' },
  {
    key: 'c1m',
    case: 'c',
    kind: { ...chat, promptBytes: LARGE },
    load: { ...loop, connections: 4, measureMs: 1200 },
    per: 'request',
  },
  {
    key: 'cmix',
    case: 'c',
    kind: chat,
    load: { ...fixed, measureMs: 2500 },
    rate: 200,
    behind: { kind: { ...chat, promptBytes: LARGE }, rate: 5 },
    per: 'request',
  },
  ...TRANSLATIONS.map(({ key, face, upstream, stream, per }) => ({
    key,
    case: 'd',
    kind: { ...chat, face, upstream, stream },
    ...(stream ? { mock: paced, load: streams } : { load: loop }),
    per,
  })),
  { key: 'ej', case: 'e', kind: { ...chat, cached: true }, load: loop, per: 'request' },
  {
    key: 'es',
    case: 'e',
    kind: { ...chat, stream: true, promptBytes: SMALL + 4, cached: true },
    mock: burst,
    load: loop,
    per: 'frame',
  },
];

/** The same window with other times, for a look or for warming up. @param {Window} window */
export function retimed(window, warmMs, measureMs) {
  return { ...window, load: { ...window.load, warmMs, measureMs } };
}
