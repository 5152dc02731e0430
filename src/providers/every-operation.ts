// All that OpenAI's dialect knows, for services of which nobody can say what they have: a path they lack is
// answered with 404, and another target is tried.
import type { Operation } from '../canonical/protocol.ts';

export const everyOperation: readonly Operation[] = [
  'complete',
  'embed',
  'rerank',
  'moderate',
  'speak',
  'transcribe',
  'translate',
  'draw',
  'redraw',
  'vary',
];
