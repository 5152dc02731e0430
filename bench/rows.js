// The lines of the result table and the target of each: which window, which figure, and how it is judged.
// A ratio target is to nginx in the same round; an added figure has the direct row of the same round taken off.

import { TRANSLATIONS } from './pairs.js';

/**
 * @typedef {{ kind: 'ratio' | 'value' | 'peer', limit: number, stretch?: number }} Target
 * @typedef {{ window: string, figure: string, label: string, unit: string, added?: boolean, scale?: number, digits?: number, target?: Target }} Row
 */

const ratio = (limit, stretch) => ({ kind: 'ratio', limit, stretch });
const value = (limit, stretch) => ({ kind: 'value', limit, stretch });
const MS_PER_US = 0.001;

/** @type {readonly Row[]} */
export const ROWS = [
  {
    window: 'a32',
    figure: 'cpuUs',
    label: 'a small chat, 32 connections: CPU per request',
    unit: 'µs',
    target: ratio(5, 3.5),
  },
  {
    window: 'a32',
    figure: 'cpuUs',
    label: 'a small chat, 32 connections: against Portkey (times less)',
    unit: 'µs',
    target: { kind: 'peer', limit: 10 },
  },
  {
    window: 'a32',
    figure: 'perSecond',
    label: 'a small chat, 32 connections: requests per second',
    unit: '/s',
    digits: 0,
  },
  { window: 'a8', figure: 'cpuUs', label: 'a small chat, 8 connections: CPU per request', unit: 'µs' },
  {
    window: 'a1',
    figure: 'p50',
    label: 'a small chat, 1 connection: added p50',
    unit: 'ms',
    added: true,
    digits: 3,
  },
  {
    window: 'a300',
    figure: 'p50',
    label: 'a small chat at 300/s: added p50',
    unit: 'ms',
    added: true,
    digits: 3,
    target: value(0.3),
  },
  {
    window: 'a300',
    figure: 'p99',
    label: 'a small chat at 300/s: added p99',
    unit: 'ms',
    added: true,
    digits: 3,
    target: value(1),
  },
  {
    window: 'b5',
    figure: 'cpuUs',
    label: 'b stream, a frame each 5 ms: CPU per frame',
    unit: 'µs',
    target: ratio(2.5, 1.6),
  },
  {
    window: 'b5',
    figure: 'firstP50',
    label: 'b stream, a frame each 5 ms: added time to first frame, p50',
    unit: 'ms',
    added: true,
    digits: 3,
  },
  {
    window: 'b5',
    figure: 'gapP99',
    label: 'b stream, a frame each 5 ms: added gap between frames, p99',
    unit: 'ms',
    added: true,
    digits: 3,
  },
  {
    window: 'b5',
    figure: 'lost',
    label: 'b stream, a frame each 5 ms: frames lost',
    unit: '',
    digits: 0,
    target: value(0),
  },
  { window: 'b0', figure: 'cpuUs', label: 'b stream, back to back: CPU per frame', unit: 'µs', digits: 2 },
  {
    window: 'c1m',
    figure: 'cpuUs',
    label: 'c 1 MB prompt: CPU per request',
    unit: 'ms',
    scale: MS_PER_US,
    digits: 2,
    target: value(2.5, 1),
  },
  {
    window: 'cmix',
    figure: 'p99',
    label: 'c 200/s small behind 5/s of 1 MB: added small p99',
    unit: 'ms',
    added: true,
    digits: 3,
  },
  ...TRANSLATIONS.map(({ key, label, limit, stretch }) => ({
    window: key,
    figure: 'cpuUs',
    label,
    unit: 'µs',
    ...(limit === undefined ? {} : { target: ratio(limit, stretch) }),
  })),
  {
    window: 'ej',
    figure: 'cpuUs',
    label: 'e exact cache hit (nginx: proxied): CPU per request',
    unit: 'µs',
    target: ratio(4, 2.5),
  },
  {
    window: 'es',
    figure: 'cpuUs',
    label: 'e cached stream replayed (nginx: proxied): CPU per frame',
    unit: 'µs',
    digits: 2,
  },
  { window: 'f', figure: 'streams', label: 'f slow streams held at once', unit: '', digits: 0 },
  {
    window: 'f',
    figure: 'kbPerStream',
    label: 'f slow streams: resident memory per stream',
    unit: 'KB',
    target: value(25, 12),
  },
  {
    window: 'f',
    figure: 'lost',
    label: 'f slow streams: frames lost',
    unit: '',
    digits: 0,
    target: value(0),
  },
  {
    window: 'f',
    figure: 'kept',
    label: 'f slow streams: growth still held after 8 s of rest',
    unit: '%',
    scale: 100,
    digits: 0,
  },
  {
    window: 'f',
    figure: 'regrowth',
    label: 'f slow streams, the same wave again: further growth',
    unit: '%',
    scale: 100,
    digits: 0,
    target: value(10),
  },
  { window: 'f', figure: 'cpuUs', label: 'f slow streams: CPU per frame', unit: 'µs' },
  {
    window: 'f',
    figure: 'abortP50',
    label: 'f caller leaves: upstream closed after, p50',
    unit: 'ms',
    digits: 2,
  },
  {
    window: 'f',
    figure: 'abortMax',
    label: 'f caller leaves: upstream closed after, worst',
    unit: 'ms',
    digits: 2,
  },
  {
    window: 'f',
    figure: 'stalledMb',
    label: 'f stalled readers of 32 MB each: memory grown by',
    unit: 'MB',
    digits: 1,
  },
  {
    window: 's',
    figure: 'startMs',
    label: 's start to first answer',
    unit: 'ms',
    digits: 0,
    target: value(500, 250),
  },
  {
    window: 's',
    figure: 'idleMb',
    label: 's idle resident memory',
    unit: 'MB',
    digits: 0,
    target: value(100, 70),
  },
];
