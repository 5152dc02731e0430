// What OpenAI's dialect knows beside conversations: where it is asked for, and how each is done.
import type { ErrandDialects } from '../../../canonical/errand.ts';
import type { FaceRoute } from '../../../canonical/protocol.ts';
import { embed } from './embed.ts';
import { rerank } from './rerank.ts';
import { draw, listen, moderate, redraw, speak } from './sound-and-pictures.ts';

/** Rerank is not OpenAI's own: its clients come from several houses, each with a path it is used to. */
export const errandRoutes: readonly FaceRoute[] = [
  { path: '/v1/embeddings', operation: 'embed' },
  { path: '/v1/rerank', operation: 'rerank' },
  { path: '/v2/rerank', operation: 'rerank' },
  { path: '/rerank', operation: 'rerank' },
  { path: '/v1/moderations', operation: 'moderate' },
  { path: '/v1/audio/speech', operation: 'speak' },
  { path: '/v1/audio/transcriptions', operation: 'transcribe' },
  { path: '/v1/audio/translations', operation: 'translate' },
  { path: '/v1/images/generations', operation: 'draw' },
  { path: '/v1/images/edits', operation: 'redraw' },
  { path: '/v1/images/variations', operation: 'vary' },
];

export const errands: ErrandDialects = {
  embed,
  rerank,
  moderate,
  speak,
  transcribe: listen,
  translate: listen,
  draw,
  redraw,
  vary: redraw,
};
