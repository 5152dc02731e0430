// Which face answers at a path: by table where the path is fixed, by pattern where it names the model.
import type { Operation, Place, Protocol } from '../canonical/protocol.ts';

export interface FaceAt {
  readonly face: Protocol;
  readonly operation: Operation;
  readonly place: Place;
}

interface Pattern {
  readonly before: string;
  readonly after: string;
  readonly at: FaceAt;
}

const MODEL = '{model}';

export class FaceRoutes {
  /** As the faces state them. */
  readonly paths: readonly string[];
  readonly #fixed = new Map<string, FaceAt>();
  readonly #patterns: Pattern[] = [];

  constructor(faces: readonly Protocol[]) {
    for (const face of faces) {
      for (const route of face.routes) {
        const { path, operation, stream } = route;
        const at = { face, operation, place: stream === undefined ? {} : { stream } };
        const hole = path.indexOf(MODEL);
        if (hole < 0) this.#fixed.set(path, at);
        else this.#patterns.push({ before: path.slice(0, hole), after: path.slice(hole + MODEL.length), at });
      }
    }
    this.paths = faces.flatMap((face) => face.routes.map((route) => route.path));
  }

  find(path: string): FaceAt | undefined {
    return this.#fixed.get(path) ?? this.#named(path);
  }

  #named(path: string): FaceAt | undefined {
    for (const { before, after, at } of this.#patterns) {
      if (path.length <= before.length + after.length) continue;
      if (!path.startsWith(before) || !path.endsWith(after)) continue;
      const model = decoded(path.slice(before.length, path.length - after.length));
      return { ...at, place: { ...at.place, model } };
    }
    return undefined;
  }
}

/** A name may hold slashes, plain or written as %2F. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
