// What is known of services' models without asking anybody: windows and prices. Empty until it is given a
// sheet, since a house with engines of its own only needs none.
import type { Price } from '../canonical/money.ts';
import { modelNamed } from './names.ts';
import { priceAt } from './price-at.ts';
import type { ModelLine, Sheet } from './sheet.ts';

export interface CatalogueFacts {
  readonly contextWindow?: number;
  readonly price?: Price;
  /** Epoch milliseconds until which this holds. */
  readonly until: number;
}

export class Catalogue {
  /** Rises with every sheet: what was looked up in another is stale. */
  edition = 0;
  #sheet: Sheet | undefined = undefined;

  get sheet(): Sheet | undefined {
    return this.#sheet;
  }

  use(sheet: Sheet): void {
    this.#sheet = sheet;
    this.edition += 1;
  }

  facts(service: string, name: string, wall: number): CatalogueFacts | undefined {
    const model = this.find(service, name);
    if (model === undefined) return undefined;
    const inForce = model.prices === undefined ? undefined : priceAt(model.prices, wall);
    return {
      ...(model.window === undefined ? {} : { contextWindow: model.window }),
      ...(inForce === undefined ? {} : { price: inForce.price }),
      until: inForce?.until ?? Number.POSITIVE_INFINITY,
    };
  }

  find(service: string, name: string): ModelLine | undefined {
    const own = this.#sheet?.service(service);
    if (own === undefined) return undefined;
    const model = modelNamed(own, name);
    if (model !== undefined) return model;
    for (const other of own.others ?? []) {
      const there = this.#sheet?.service(other);
      const found = there === undefined ? undefined : modelNamed(there, name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
