// Which face answers at a path: by table where the path is fixed, by pattern where it names a model, a file or a batch.
import type { Method, Operation, Place, Protocol } from '../canonical/protocol.ts';

export interface FaceAt {
  readonly face: Protocol;
  readonly operation: Operation;
  readonly place: Place;
}

type ByMethod = Map<Method, FaceAt>;

interface Pattern {
  readonly before: string;
  readonly after: string;
  readonly hole: Hole;
  readonly byMethod: ByMethod;
}

type Hole = 'model' | 'id';

export class FaceRoutes {
  /** As the faces state them, each once. */
  readonly paths: readonly string[];
  readonly #fixed = new Map<string, ByMethod>();
  readonly #patterns = new Map<string, Pattern>();

  constructor(faces: readonly Protocol[]) {
    for (const face of faces) {
      for (const { path, operation, stream, deed, method = 'POST' } of face.routes) {
        const place = {
          ...(stream === undefined ? {} : { stream }),
          ...(deed === undefined ? {} : { deed }),
        };
        this.#methodsAt(path).set(method, { face, operation, place });
      }
    }
    this.paths = [...new Set(faces.flatMap((face) => face.routes.map((route) => route.path)))];
  }

  find(path: string, method = 'POST'): FaceAt | undefined {
    const fixed = this.#fixed.get(path);
    return fixed === undefined ? this.#named(path, method) : fixed.get(method as Method);
  }

  /** What may be done at a path; none where no face is. */
  methods(path: string): readonly string[] {
    return [...((this.#fixed.get(path) ?? this.#patternOf(path)?.byMethod)?.keys() ?? [])];
  }

  #methodsAt(path: string): ByMethod {
    const known = this.#fixed.get(path) ?? this.#patterns.get(path)?.byMethod;
    if (known !== undefined) return known;
    const byMethod: ByMethod = new Map();
    const pattern = patternIn(path, byMethod);
    if (pattern === undefined) this.#fixed.set(path, byMethod);
    else this.#patterns.set(path, pattern);
    return byMethod;
  }

  #named(path: string, method: string): FaceAt | undefined {
    const pattern = this.#patternOf(path);
    const at = pattern?.byMethod.get(method as Method);
    if (pattern === undefined || at === undefined) return undefined;
    const { before, after, hole } = pattern;
    const name = decoded(path.slice(before.length, path.length - after.length));
    const { face, operation } = at;
    return { face, operation, place: Object.assign({}, at.place, { [hole]: name }) };
  }

  #patternOf(path: string): Pattern | undefined {
    for (const pattern of this.#patterns.values()) {
      const { before, after, hole } = pattern;
      if (path.length <= before.length + after.length) continue;
      if (!path.startsWith(before) || !path.endsWith(after)) continue;
      // A model's name may hold slashes; behind an id, a slash begins another path.
      if (hole === 'model' || path.indexOf('/', before.length) === slashAfter(path, after)) return pattern;
    }
    return undefined;
  }
}

/** Where the first slash behind the id must be. */
function slashAfter(path: string, after: string): number {
  return after === '' ? -1 : path.length - after.length;
}

function patternIn(path: string, byMethod: ByMethod): Pattern | undefined {
  for (const hole of ['model', 'id'] as const) {
    const mark = `{${hole}}`;
    const at = path.indexOf(mark);
    if (at >= 0) return { before: path.slice(0, at), after: path.slice(at + mark.length), hole, byMethod };
  }
  return undefined;
}

/** A name may hold slashes, plain or written as %2F. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
