// One test. What hangs is a failure with a name, and the others go on.
import { it as unbounded } from 'node:test';

export function it(name, play) {
  unbounded(name, { timeout: 15_000 }, play);
}
