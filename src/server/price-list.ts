// The catalogue of this process: nothing is loaded until a config names a service it knows. What `signalbox
// prices update` left in the state folder goes before what this version brought along.
import { readFileSync, statSync } from 'node:fs';
import { Catalogue } from '../catalogue/catalogue.ts';
import { Sheet } from '../catalogue/sheet.ts';
import type { Config } from '../config/schema.ts';
import { providers } from '../providers/registry.ts';

/** In the state folder. */
export const SHEET_FILE = 'prices.jsonl';

export class PriceList {
  readonly catalogue = new Catalogue();
  readonly #file: string;
  readonly #onProblem: (message: string) => void;
  #loading: Promise<void> | undefined = undefined;
  /** When the file that is in use, or was found unusable, was written; 0: there is none. */
  #written = 0;

  constructor(file: string, onProblem: (message: string) => void) {
    this.#file = file;
    this.#onProblem = onProblem;
  }

  /** Resolves when what this config may ask for is there. */
  want({ upstreams }: Config): Promise<void> {
    const named = upstreams.some((upstream) => catalogued.has(upstream.provider));
    if (named) this.#loading ??= this.#load();
    return this.#loading ?? Promise.resolve();
  }

  /** Takes over a file that was written since. */
  refresh(): void {
    if (this.#loading === undefined || this.#writtenAt() === this.#written) return;
    this.#loading = this.#load();
  }

  async #load(): Promise<void> {
    this.#written = this.#writtenAt();
    const sheet = this.#written === 0 ? undefined : this.#read();
    this.catalogue.use(sheet ?? (await bakedSheet()));
  }

  #read(): Sheet | undefined {
    try {
      const sheet = new Sheet(readFileSync(this.#file, 'utf8'));
      // Reads all of it: what is broken is found now, and not by a call.
      for (const service of sheet.services) sheet.service(service);
      return sheet;
    } catch {
      this.#onProblem(
        `The prices in ${this.#file} cannot be read, and those of this version are used. Run: signalbox prices update`,
      );
      return undefined;
    }
  }

  /** A file that cannot even be looked at is none. */
  #writtenAt(): number {
    try {
      return statSync(this.#file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    } catch {
      return 0;
    }
  }
}

const catalogued: ReadonlySet<string> = new Set(
  providers.filter((provider) => provider.catalogue !== undefined).map((provider) => provider.id),
);

async function bakedSheet(): Promise<Sheet> {
  const { sheetText } = await import('../catalogue/data.ts');
  return new Sheet(sheetText);
}
