// What is known of an upstream's models. What the config says goes before what the upstream tells, and that
// before what the catalogue has, field by field.

import type { ModelFacts } from '../canonical/provider.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Clock } from '../ports.ts';

export class ModelList {
  readonly #stated: readonly ModelFacts[];
  readonly #lookUp: LookUp | undefined;
  learned: readonly ModelFacts[] | undefined = undefined;
  #known: readonly ModelFacts[] = [];
  #byId = new Map<string, ModelFacts>();

  constructor(stated: readonly ModelFacts[], own: readonly ModelFacts[], lookUp?: LookUp) {
    this.#stated = stated;
    this.#lookUp = lookUp;
    this.#merge(own);
  }

  known(): readonly ModelFacts[] {
    return this.#lookUp === undefined ? this.#known : this.#known.map((told) => this.facts(told.id) ?? told);
  }

  knows(model: string): boolean {
    return this.#byId.has(model);
  }

  facts(model: string): ModelFacts | undefined {
    const told = this.#byId.get(model);
    return this.#lookUp === undefined ? told : this.#lookUp.facts(model, told);
  }

  learn(found: readonly ModelFacts[]): void {
    this.learned = found;
    this.#merge(found);
  }

  #merge(found: readonly ModelFacts[]): void {
    const merged = new Map(found.map((facts) => [facts.id, facts] as const));
    for (const facts of this.#stated) merged.set(facts.id, { ...merged.get(facts.id), ...facts });
    this.#byId = merged;
    this.#known = [...merged.values()];
  }
}

/** Callers may make names up: so many are remembered, then all are forgotten. */
const MOST_NAMES = 500;

interface Found {
  readonly told: ModelFacts | undefined;
  readonly facts: ModelFacts | undefined;
  readonly until: number;
}

/** One service's part of the catalogue; asked for every call, so it remembers until prices change. */
export class LookUp {
  readonly #catalogue: Catalogue;
  readonly #service: string;
  readonly #clock: Clock;
  readonly #found = new Map<string, Found>();
  #edition = -1;

  constructor(catalogue: Catalogue, service: string, clock: Clock) {
    this.#catalogue = catalogue;
    this.#service = service;
    this.#clock = clock;
  }

  facts(model: string, told: ModelFacts | undefined): ModelFacts | undefined {
    if (this.#edition !== this.#catalogue.edition) this.#forget();
    const known = this.#found.get(model);
    if (known !== undefined && known.told === told && isOpen(known.until, this.#clock)) return known.facts;
    return this.#look(model, told).facts;
  }

  #look(model: string, told: ModelFacts | undefined): Found {
    if (this.#found.size >= MOST_NAMES) this.#found.clear();
    const listed = this.#catalogue.facts(this.#service, model, this.#clock.wall());
    const until = listed?.until ?? Number.POSITIVE_INFINITY;
    const found = { told, facts: listed === undefined ? told : merged(model, listed, told), until };
    this.#found.set(model, found);
    return found;
  }

  #forget(): void {
    this.#edition = this.#catalogue.edition;
    this.#found.clear();
  }
}

function isOpen(until: number, clock: Clock): boolean {
  return until === Number.POSITIVE_INFINITY || clock.wall() < until;
}

function merged(id: string, listed: Omit<ModelFacts, 'id'>, told: ModelFacts | undefined): ModelFacts {
  const { contextWindow, price } = listed;
  return {
    id,
    ...(contextWindow === undefined ? {} : { contextWindow }),
    ...(price === undefined ? {} : { price }),
    ...told,
  };
}
