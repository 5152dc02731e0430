// Case d: who translates what into what. A pair here is measured in every shape and gets its rows of the table.

import { DIALECTS } from './dialects.js';

/** @type {readonly { face: string, upstream: string, streamedOnly?: true }[]} */
const PAIRS = [
  { face: 'chat', upstream: 'messages' },
  { face: 'messages', upstream: 'chat' },
  { face: 'chat', upstream: 'responses', streamedOnly: true },
  { face: 'responses', upstream: 'chat', streamedOnly: true },
  { face: 'responses', upstream: 'messages', streamedOnly: true },
  { face: 'chat', upstream: 'gemini', streamedOnly: true },
  { face: 'messages', upstream: 'gemini', streamedOnly: true },
];

/** What is asked for: the suffix of the window's key, what CPU time is divided by, and the words for it. */
const SHAPES = [
  { suffix: '', stream: true, per: 'frame', unit: 'frame', limit: 5, stretch: 3.5 },
  { suffix: 'j', stream: false, per: 'request', unit: 'small chat' },
];

/** Every shape of every pair, with the key of its window. */
export const TRANSLATIONS = SHAPES.flatMap((shape) =>
  PAIRS.filter(({ streamedOnly }) => shape.stream || streamedOnly !== true).map(({ face, upstream }) => {
    const [from, to] = [DIALECTS[face], DIALECTS[upstream]];
    const label = `d ${from.name} caller, ${to.name} upstream: CPU per ${shape.unit}`;
    return { ...shape, face, upstream, label, key: `d${from.letter}${to.letter}${shape.suffix}` };
  }),
);
