// What the metrics tell of overload.
import type { OverloadFigures } from '../../telemetry/metrics.ts';
import type { Figures, OverloadGuard } from './guard.ts';

export function overloadFigures(guard: OverloadGuard | undefined, figures: Figures): OverloadFigures {
  const { used, limit } = figures.heap();
  return {
    turnedAway: guard?.turnedAway() ?? [],
    overloaded: guard?.overloaded === true,
    heldBytes: guard?.held ?? 0,
    heapUsed: used,
    heapLimit: limit,
    mostDescriptors: figures.descriptors()?.most,
  };
}
