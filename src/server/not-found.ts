// What a path that nothing answers at is told: the one that was meant, or a few that there are.
import { GatewayError } from '../canonical/errors.ts';
import { nearMatches } from '../lib/near-match.ts';

const MOST_LISTED = 12;
const MODEL = '{model}';

export function notFound(path: string, paths: readonly string[]): GatewayError {
  const near = nearMatches(path.startsWith('/v1/') ? path : `/v1${path}`, paths, 1)[0];
  const remedy =
    verbsNear(path, paths) ?? (near === undefined ? listed(path, paths) : `Did you mean ${near}?`);
  const shown = path.length > 100 ? `${path.slice(0, 100)}…` : path;
  return new GatewayError('not_found', `There is nothing at ${shown}.`, { param: 'path', remedy });
}

/** Is it a model's path with a verb that no face has? A page may cover all that begins like it. */
export function isMisnamedVerb(path: string, paths: readonly string[]): boolean {
  return verbsNear(path, paths) !== undefined;
}

/** Behind a model's name stands what to do with it: a wrong word there is told the right ones. */
function verbsNear(path: string, paths: readonly string[]): string | undefined {
  const colon = path.lastIndexOf(':');
  if (colon < 0) return undefined;
  const verbs = paths.flatMap((known) => {
    const [before = '', after = ''] = known.split(MODEL);
    return after.startsWith(':') && colon > before.length && path.startsWith(before) ? after.slice(1) : [];
  });
  if (verbs.length === 0) return undefined;
  const [near] = nearMatches(path.slice(colon + 1), verbs, 1);
  const start = path.slice(0, colon + 1);
  if (near === undefined || start.length > 200)
    return `A model takes ${verbs.map((verb) => `:${verb}`).join(', ')}.`;
  return `Did you mean ${start}${near}?`;
}

/** Those in the same folder first. What stands for all below it is no path to send to. */
function listed(path: string, paths: readonly string[]): string {
  const folder = path.slice(0, path.indexOf('/', 1) + 1);
  const named = [...new Set(paths)].filter((known) => !known.endsWith('/'));
  const akin = named.filter((known) => folder.length > 1 && known.startsWith(folder));
  const all = [...akin, ...named.filter((known) => !akin.includes(known))];
  const rest = all.length - MOST_LISTED;
  return `There are: ${all.slice(0, MOST_LISTED).join(', ')}${rest > 0 ? `, and ${rest} more` : ''}.`;
}

/** `methods`: those it does take. */
export function wrongMethod(path: string, method: string, methods: string): GatewayError {
  return new GatewayError('method_not_allowed', `${path} does not take ${method}.`, {
    param: 'method',
    remedy: `It takes ${methods}.`,
  });
}
