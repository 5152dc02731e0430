// How long engines on people's own machines may take: a long prompt is minutes of prefill on a CPU, and a model
// may have to be loaded first. Nobody else waits for them in the meantime.
import type { WireTimers } from '../canonical/wire.ts';

const MINUTE = 60_000;

export const slowPrefill: Partial<WireTimers> = { firstByte: 10 * MINUTE, total: 30 * MINUTE };
