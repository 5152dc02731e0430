// Zod's issues in sentences that name the field, say what was wanted and what stood there.
import type * as z from 'zod';
import { keysAt, type Part, wantedAt, wantedName } from './json-schema.ts';
import { didYouMean } from './nearest.ts';
import type { Finding, Path } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** What the file says, as far as it may be quoted. */
export interface Quotable {
  valueAt(path: Path): unknown;
  /** Text of a value that holds something from outside the file. */
  template(path: Path): string | undefined;
  /** Where the issues are not those of the file's own schema. */
  readonly part?: Part;
}

export function findingsOf(issues: readonly Issue[], source: Quotable, above: Path = []): readonly Finding[] {
  return issues.flatMap((issue) => findingsOfOne(issue, [...above, ...(issue.path as Path)], source));
}

function findingsOfOne(issue: Issue, path: Path, source: Quotable): readonly Finding[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, source));
  if (issue.code === 'invalid_union') return fromUnion(issue.errors, path, source);
  if (issue.code === 'invalid_key') {
    return [
      {
        path,
        at: 'key',
        message: `${quotedName(path)} cannot be used as a name here.`,
        hint: nameHint(path, source),
      },
    ];
  }
  if (issue.code === 'invalid_type' && source.valueAt(path) === undefined) return [missingKey(path, source)];
  const [message, hint] = fault(issue, path, source);
  return [{ path, at: 'value', message: `${fieldName(path)} ${message}.`, hint }];
}

function nameHint(path: Path, source: Quotable): string | undefined {
  const title = wantedName(path.slice(0, -1), source.part);
  if (title === undefined) return wantHint(path.slice(0, -1), source);
  const isUpstream = path.length === 2 && path[0] === 'upstreams' && String(path[1]).includes('/');
  return `It must be ${title}${isUpstream ? ', because a slash ends it in "upstream/model"' : ''}.`;
}

function unknownKey(key: string, path: Path, { part }: Quotable): Finding {
  const keys = keysAt(path, part);
  const hint = didYouMean(key, keys) ?? (keys.length > 0 ? `Known here: ${keys.join(', ')}.` : undefined);
  return { path: [...path, key], at: 'key', message: `Unknown key "${key}".`, hint };
}

function missingKey(path: Path, source: Quotable): Finding {
  const name = path[path.length - 1];
  const message = typeof name === 'string' ? `The key "${name}" is missing.` : 'An entry is missing.';
  return { path: path.slice(0, -1), at: 'key', message, hint: wantHint(path, source) };
}

/** Of several forms, the one the writer had in mind is the one that got the outermost type right. */
function fromUnion(errors: readonly (readonly Issue[])[], path: Path, source: Quotable): readonly Finding[] {
  const meant = errors.find((issues) => issues.every((issue) => !isOutermostType(issue)));
  if (meant !== undefined) return findingsOf(meant, source, path);
  const { title } = wantedAt(path, source.part);
  const message = `${fieldName(path)} must be ${title ?? 'something else'}, not ${described(path, source)}.`;
  return [{ path, at: 'value', message, hint: wantHint(path, source) }];
}

function isOutermostType(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

type Words = readonly [message: string, hint: string | undefined];

function fault(issue: Issue, path: Path, source: Quotable): Words {
  switch (issue.code) {
    case 'custom':
      return [issue.message, typeof issue.params?.['hint'] === 'string' ? issue.params['hint'] : undefined];
    case 'too_small':
      return tooSmall(issue, path, source);
    case 'too_big':
      if (issue.origin === 'string') return [`must have at most ${issue.maximum} characters`, undefined];
      return [`must be at most ${issue.maximum}, not ${described(path, source)}`, undefined];
    case 'invalid_value':
      return notOneOf(issue.values.map(String), path, source);
    case 'invalid_type':
      return [
        `must be ${wantedAt(path, source.part).title ?? typeWords(issue.expected)}, not ${described(path, source)}`,
        wantHint(path, source),
      ];
    default:
      return [
        `must be ${wantedAt(path, source.part).title ?? 'something else'}, not ${described(path, source)}`,
        wantHint(path, source),
      ];
  }
}

function tooSmall(issue: z.core.$ZodIssueTooSmall, path: Path, source: Quotable): Words {
  if (issue.origin === 'array') return ['must have at least one entry', wantHint([...path, 0], source)];
  if (issue.origin === 'string') {
    const least = Number(issue.minimum);
    return [
      least > 1 ? `must have at least ${least} characters` : 'must not be empty',
      wantHint(path, source),
    ];
  }
  return [`must be at least ${issue.minimum}, not ${described(path, source)}`, undefined];
}

function notOneOf(values: readonly string[], path: Path, source: Quotable): Words {
  const list = values.join(', ');
  const value = source.template(path) === undefined ? source.valueAt(path) : undefined;
  const message = `must be ${values.length > 1 ? `one of ${list}` : list}, not ${described(path, source)}`;
  return [message, typeof value === 'string' ? didYouMean(value, values) : undefined];
}

function typeWords(expected: string): string {
  if (expected === 'object' || expected === 'record') return 'a mapping';
  if (expected === 'array') return 'a list';
  return expected === 'string' ? 'text' : `a ${expected}`;
}

function wantHint(path: Path, source: Quotable): string | undefined {
  const { examples } = wantedAt(path, source.part);
  return examples.length > 0 ? `For example: ${examples.join(', ')}.` : undefined;
}

/** `"port"`, `"targets[0]"`. */
function fieldName(path: Path): string {
  const last = path[path.length - 1];
  if (last === undefined) return 'The file';
  if (typeof last === 'string') return `"${last}"`;
  const list = path[path.length - 2];
  return typeof list === 'string' ? `"${list}[${last}]"` : `Entry ${last}`;
}

function quotedName(path: Path): string {
  return JSON.stringify(String(path[path.length - 1] ?? ''));
}

const CONFIDENTIAL = ['secret', 'hash', 'headers', 'options'];

/** The value in words. Secrets, and what came from outside the file, are never quoted. */
function described(path: Path, source: Quotable): string {
  const template = source.template(path);
  if (template !== undefined) return `the value of ${JSON.stringify(template)}`;
  const value = source.valueAt(path);
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (path.some((step) => CONFIDENTIAL.includes(String(step)))) return `this ${typeof value}`;
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
