// Stage admit: which virtual model does a name lead to? Names callers invent cost nothing lasting:
// what is made for them is kept in bounds.
import { GatewayError } from '../../canonical/errors.ts';
import type { Ability, ModelFacts } from '../../canonical/provider.ts';
import { Lru } from '../../lib/lru.ts';
import { nearMatches } from '../../lib/near-match.ts';
import type { Target, Upstream, VirtualModel } from '../stage.ts';
import type { NameTest } from './name-pattern.ts';

export interface ModelBookParts {
  readonly virtuals: readonly VirtualModel[];
  /** Alias to the name it stands for. */
  readonly aliases: ReadonlyMap<string, string>;
  /** What answers to names that lead nowhere. */
  readonly defaultModel: string | undefined;
  readonly upstreams: readonly Upstream[];
  /** An upstream's own model as a virtual one; its name must be `upstream/model`. */
  direct(upstream: Upstream, model: string): VirtualModel;
}

export interface Resolution {
  readonly virtual: VirtualModel;
  /** The name itself led nowhere. */
  readonly byDefault: boolean;
}

/** One line of the list of models. */
export interface ModelEntry {
  readonly name: string;
  readonly kind: 'virtual' | 'alias' | 'direct';
  /** What an alias stands for. */
  readonly leadsTo?: string;
  readonly upstream?: string;
  readonly contextWindow?: number;
  readonly maxOutput?: number;
  readonly abilities?: readonly Ability[];
}

export interface ModelBook {
  resolve(name: string): Resolution | undefined;
  /** Up to three names that may have been meant, of those that `mayUse` lets through. */
  near(name: string, mayUse: NameTest): readonly string[];
  list(mayUse: NameTest): readonly ModelEntry[];
  /** Does the config or an upstream's list have this name? `upstream/anything` also leads somewhere, without end. */
  has(name: string): boolean;
}

const LONGEST_NAME = 256;
const DIRECT_KEPT = 1_000;
/** Comparing names takes time: hints are looked for among so many. */
const COMPARED = 500;

export function createModelBook(parts: ModelBookParts): ModelBook {
  return new Book(parts);
}

/** May a key use this? A name that led nowhere says nothing, so the model it fell back on must be allowed. */
export function isAllowed(asked: string, resolution: Resolution, mayUse: NameTest): boolean {
  return mayUse(resolution.virtual.name) || (!resolution.byDefault && mayUse(asked));
}

export function modelNotFound(asked: string, near: readonly string[]): GatewayError {
  const name = asked.length > 80 ? `${asked.slice(0, 80)}…` : asked;
  const meant = near.length === 0 ? '' : `Did you mean ${near.map((hint) => `"${hint}"`).join(' or ')}? `;
  return new GatewayError(
    'model_not_found',
    asked === '' ? 'The call names no model, and there is no default.' : `There is no model "${name}" here.`,
    { param: 'model', remedy: `${meant}GET /v1/models lists the models this key may use.` },
  );
}

class Book implements ModelBook {
  readonly #parts: ModelBookParts;
  readonly #virtuals: ReadonlyMap<string, Resolution>;
  readonly #upstreams: ReadonlyMap<string, Upstream>;
  /** Every name that the config writes down. */
  readonly #written: ReadonlySet<string>;
  readonly #direct = new Lru<string, Resolution>({ maxEntries: DIRECT_KEPT });

  constructor(parts: ModelBookParts) {
    this.#parts = parts;
    this.#virtuals = new Map(
      parts.virtuals.map((virtual) => [virtual.name, { virtual, byDefault: false }] as const),
    );
    this.#upstreams = new Map(parts.upstreams.map((upstream) => [upstream.name, upstream] as const));
    this.#written = new Set([
      ...parts.virtuals.flatMap(({ name, targets }) => [name, ...targets.map((target) => target.label)]),
      ...parts.aliases.values(),
      ...(parts.defaultModel === undefined ? [] : [parts.defaultModel]),
    ]);
  }

  has(name: string): boolean {
    if (this.#written.has(name)) return true;
    const slash = name.indexOf('/');
    const upstream = slash < 0 ? undefined : this.#upstreams.get(name.slice(0, slash));
    return upstream?.knows(name.slice(slash + 1)) === true;
  }

  resolve(name: string): Resolution | undefined {
    const found = this.#named(name) ?? this.#named(otherSpelling(name));
    if (found !== undefined) return found;
    const fallback = this.#parts.defaultModel;
    const virtual = fallback === undefined ? undefined : this.#named(fallback)?.virtual;
    return virtual === undefined ? undefined : { virtual, byDefault: true };
  }

  near(name: string, mayUse: NameTest): readonly string[] {
    const names: string[] = [];
    for (const entry of this.#entries(mayUse)) {
      names.push(entry.name);
      if (names.length === COMPARED) break;
    }
    return nearMatches(name, names, 3);
  }

  list(mayUse: NameTest): readonly ModelEntry[] {
    return [...this.#entries(mayUse)];
  }

  #named(name: string): Resolution | undefined {
    const virtual = this.#virtuals.get(name);
    if (virtual !== undefined) return virtual;
    const alias = this.#parts.aliases.get(name);
    return alias === undefined
      ? this.#upstreamModel(name)
      : (this.#virtuals.get(alias) ?? this.#upstreamModel(alias));
  }

  #upstreamModel(name: string): Resolution | undefined {
    if (name === '' || name.length > LONGEST_NAME) return undefined;
    const slash = name.indexOf('/');
    const upstream = slash < 0 ? undefined : this.#upstreams.get(name.slice(0, slash));
    if (upstream !== undefined && slash < name.length - 1) {
      return this.#directly(upstream, name.slice(slash + 1), name);
    }
    for (const candidate of this.#parts.upstreams) {
      if (candidate.knows(name)) return this.#directly(candidate, name, `${candidate.name}/${name}`);
    }
    return undefined;
  }

  #directly(upstream: Upstream, model: string, label: string): Resolution {
    const kept = this.#direct.get(label);
    if (kept !== undefined) return kept;
    const made = { virtual: this.#parts.direct(upstream, model), byDefault: false };
    this.#direct.set(label, made);
    return made;
  }

  *#entries(mayUse: NameTest): Generator<ModelEntry> {
    for (const virtual of this.#parts.virtuals) {
      if (mayUse(virtual.name))
        yield { name: virtual.name, kind: 'virtual', ...commonFacts(virtual.targets) };
    }
    for (const [name, leadsTo] of this.#parts.aliases) {
      const resolution = this.#virtuals.has(name) ? undefined : this.#named(name);
      if (resolution === undefined || !isAllowed(name, resolution, mayUse)) continue;
      yield { name, kind: 'alias', leadsTo, ...commonFacts(resolution.virtual.targets) };
    }
    yield* this.#directEntries(mayUse);
  }

  *#directEntries(mayUse: NameTest): Generator<ModelEntry> {
    for (const upstream of this.#parts.upstreams) {
      for (const facts of upstream.known()) {
        const name = this.#callableAs(upstream, facts.id, mayUse);
        if (name !== undefined) yield { name, kind: 'direct', upstream: upstream.name, ...shown(facts) };
      }
    }
  }

  /** The full name if the key may use it, else the bare one if that leads here. */
  #callableAs(upstream: Upstream, model: string, mayUse: NameTest): string | undefined {
    const label = `${upstream.name}/${model}`;
    if (this.#virtuals.has(label)) return undefined;
    if (mayUse(label)) return label;
    return mayUse(model) && this.#named(model)?.virtual.name === label ? model : undefined;
  }
}

const TAG = ':latest';

/** The tag that goes without saying may be said, and left out where it is part of the name. */
function otherSpelling(name: string): string {
  if (name === '' || name.endsWith('/')) return name;
  return name.endsWith(TAG) ? name.slice(0, -TAG.length) : `${name}${TAG}`;
}

function shown(facts: ModelFacts): Partial<ModelEntry> {
  return {
    ...(facts.contextWindow === undefined ? {} : { contextWindow: facts.contextWindow }),
    ...(facts.maxOutput === undefined ? {} : { maxOutput: facts.maxOutput }),
    ...(facts.abilities === undefined ? {} : { abilities: facts.abilities }),
  };
}

/** What holds whichever target answers: the smallest bounds, and abilities all of them have. */
function commonFacts(targets: readonly Target[]): Partial<ModelEntry> {
  const all = targets.map((target) => target.upstream.facts(target.model));
  const known = all.filter((facts) => facts !== undefined);
  const windows = known.flatMap((facts) => facts.contextWindow ?? []);
  const outputs = known.flatMap((facts) => facts.maxOutput ?? []);
  const abilities = all[0]?.abilities?.filter((ability) =>
    all.every((facts) => facts?.abilities?.includes(ability)),
  );
  return {
    ...(windows.length === 0 ? {} : { contextWindow: Math.min(...windows) }),
    ...(outputs.length === 0 ? {} : { maxOutput: Math.min(...outputs) }),
    ...(abilities === undefined ? {} : { abilities }),
  };
}
