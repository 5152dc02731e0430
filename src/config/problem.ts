// What is wrong with a config file, and exactly where.

export type Path = readonly (string | number)[];

export interface Problem {
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** `models.smart.targets[0]`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** A problem before its place in the file is looked up. */
export interface Finding {
  readonly path: Path;
  /** Unknown and missing keys are shown at a key, wrong values at the value. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly hint?: string | undefined;
  /** An offset in the text, when the path does not lead to the place. */
  readonly offset?: number;
}

/** `signalbox.yaml:5:4 Unknown key "targts". Did you mean "targets"?` */
export function formatProblem(problem: Problem): string {
  const text = problem.hint === undefined ? problem.message : `${problem.message} ${problem.hint}`;
  return `${problem.file}:${problem.line}:${problem.column} ${text}`;
}

export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
