// Is this one of a model's names? Upper and lower case are the same; dates are written with dashes or without.
import type { ModelLine, NamePattern, Service } from './sheet.ts';

/** No vendor's name is longer, and callers may make names up. */
const MOST_NAME = 200;
const PACKED_DATE = /-(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[-:]|$)/g;

export function modelNamed(service: Service, name: string): ModelLine | undefined {
  if (name.length > MOST_NAME) return undefined;
  const dashed = name.replace(PACKED_DATE, '-$1-$2-$3');
  return find(service, name) ?? (dashed === name ? undefined : find(service, dashed));
}

function find({ models }: Service, name: string): ModelLine | undefined {
  const lower = name.toLowerCase();
  return models.find(({ id, names }) =>
    names === undefined ? lower === id.toLowerCase() : names.some((pattern) => fits(pattern, name, lower)),
  );
}

function fits(pattern: NamePattern, name: string, lower: string): boolean {
  if (typeof pattern !== 'string') return pattern.all.every((part) => fits(part, name, lower));
  const text = pattern.slice(1);
  switch (pattern[0]) {
    case '/':
      return new RegExp(text.slice(0, -1)).test(name);
    case '^':
      return lower.startsWith(text.toLowerCase());
    case '~':
      return lower.includes(text.toLowerCase());
    case '$':
      return lower.endsWith(text.toLowerCase());
    default:
      return lower === text.toLowerCase();
  }
}
