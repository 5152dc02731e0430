// What no section can know by itself: names that must exist elsewhere in the file, or only once. Works on
// the raw data, so that these problems are reported together with all others.
import type { Provider } from '../canonical/provider.ts';
import { parameterNames } from '../flow/admit/options.ts';
import { keyFindings, openDoorFindings } from './key-checks.ts';
import { didYouMean } from './nearest.ts';
import type { Finding, Path } from './problem.ts';
import { upstreamFindings } from './upstream-checks.ts';
import { targetWarnings, upstreamWarnings } from './upstream-warnings.ts';

export type KnownProviders = ReadonlyMap<string, Provider>;

export type Raw = Readonly<Record<string, unknown>>;

export function crossFindings(root: unknown, providers: KnownProviders | undefined): readonly Finding[] {
  const config = asRaw(root);
  const upstreams = asRaw(config['upstreams']);
  const models = asRaw(config['models']);
  return [
    ...upstreamFindings(upstreams, providers),
    ...targetFindings(models, upstreams),
    ...aliasFindings(models),
    ...keyFindings(asList(config['keys'])),
    ...openDoorFindings(asRaw(config['listen']), asList(config['keys'])),
    ...defaultModelFindings(config['default_model'], models, upstreams),
  ];
}

/** Not wrong, but probably not meant. */
export function crossWarnings(
  root: unknown,
  now: number,
  providers: KnownProviders | undefined,
): readonly Finding[] {
  const config = asRaw(root);
  const models = asRaw(config['models']);
  return [
    ...upstreamWarnings(asRaw(config['upstreams']), providers),
    ...targetWarnings(models, asRaw(config['upstreams']), providers),
    ...keyWarnings(asList(config['keys']), namesOf(models), now),
    ...parameterWarnings(models),
  ];
}

export function asRaw(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function targetFindings(models: Raw, upstreams: Raw): readonly Finding[] {
  const known = Object.keys(upstreams);
  return Object.entries(models).flatMap(([name, model]) =>
    asList(asRaw(model)['targets']).flatMap((target, index) => {
      const path = ['models', name, 'targets', index];
      const upstream = upstreamOf(target);
      if (upstream === undefined || known.includes(upstream)) return [];
      return [unknownUpstream(upstream, known, typeof target === 'string' ? path : [...path, 'upstream'])];
    }),
  );
}

function upstreamOf(target: unknown): string | undefined {
  if (typeof target === 'string') return /^([^/\s]+)\/\S/.exec(target)?.[1];
  const upstream = asRaw(target)['upstream'];
  return typeof upstream === 'string' && upstream !== '' ? upstream : undefined;
}

function unknownUpstream(name: string, known: readonly string[], path: Path): Finding {
  const list = known.length === 0 ? 'There are no upstreams yet.' : `There are: ${known.join(', ')}.`;
  return {
    path,
    at: 'value',
    message: `There is no upstream "${name}".`,
    hint: didYouMean(name, known) ?? list,
  };
}

function aliasFindings(models: Raw): readonly Finding[] {
  const owners = new Map(Object.keys(models).map((name) => [name, `the model "${name}" itself`]));
  const findings: Finding[] = [];
  for (const [name, model] of Object.entries(models)) {
    for (const [index, alias] of asList(asRaw(model)['aliases']).entries()) {
      if (typeof alias !== 'string') continue;
      const owner = owners.get(alias);
      if (owner !== undefined) {
        const message = `The alias "${alias}" is taken by ${owner}.`;
        findings.push({
          path: ['models', name, 'aliases', index],
          at: 'value',
          message,
          hint: 'One name can lead to one model only.',
        });
      } else owners.set(alias, `an alias of the model "${name}"`);
    }
  }
  return findings;
}

function namesOf(models: Raw): readonly string[] {
  const names = Object.entries(models).flatMap(([name, model]) => [name, ...asList(asRaw(model)['aliases'])]);
  return names.filter((name) => typeof name === 'string');
}

function defaultModelFindings(name: unknown, models: Raw, upstreams: Raw): readonly Finding[] {
  if (typeof name !== 'string' || name === '') return [];
  const names = namesOf(models);
  const upstream = upstreamOf(name);
  if (names.includes(name) || (upstream !== undefined && Object.hasOwn(upstreams, upstream))) return [];
  const list = names.length === 0 ? 'There are no models yet.' : `There are: ${names.join(', ')}.`;
  return [
    {
      path: ['default_model'],
      at: 'value',
      message: `There is no model "${name}".`,
      hint: didYouMean(name, names) ?? list,
    },
  ];
}

function keyWarnings(keys: readonly unknown[], models: readonly string[], now: number): readonly Finding[] {
  return keys.flatMap((key, index): Finding[] => {
    const { expires, models: allowed } = asRaw(key);
    const findings: Finding[] = [];
    if (typeof expires === 'string' && Date.parse(expires) <= now) {
      findings.push({
        path: ['keys', index, 'expires'],
        at: 'value',
        message: 'This key has expired already.',
      });
    }
    for (const [position, pattern] of asList(allowed).entries()) {
      if (typeof pattern !== 'string' || /[*/]/.test(pattern) || models.includes(pattern)) continue;
      const hint = didYouMean(pattern, models);
      if (hint !== undefined)
        findings.push({
          path: ['keys', index, 'models', position],
          at: 'value',
          message: `There is no model "${pattern}".`,
          hint,
        });
    }
    return findings;
  });
}

/** Any field of a body may have a rule, so a slip of the pen would pass unnoticed. */
function parameterWarnings(models: Raw): readonly Finding[] {
  const known: readonly string[] = parameterNames;
  return Object.entries(models).flatMap(([name, model]) =>
    Object.keys(asRaw(asRaw(model)['parameters'])).flatMap((parameter): Finding[] => {
      const hint = known.includes(parameter) ? undefined : didYouMean(parameter, known);
      if (hint === undefined) return [];
      const message = `"${parameter}" is no parameter we know; the rule is for a field of that very name.`;
      return [{ path: ['models', name, 'parameters', parameter], at: 'key', message, hint }];
    }),
  );
}
