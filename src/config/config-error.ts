// Thrown by a start that cannot go on: carries every problem of the config file.
import { formatProblem, type Problem } from './problem.ts';

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}
