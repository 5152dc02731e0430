// A config file as plain data that remembers, for every value, where it stands and what stood there.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { didYouMean } from './nearest.ts';
import type { Finding, Path } from './problem.ts';
import { type Environment, substitute } from './substitute.ts';
import { syntaxFindings } from './syntax.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

interface Mark {
  readonly key: number | undefined;
  readonly value: number;
  /** The scalar's text as the file has it, when something from outside was put into it. */
  readonly template: string | undefined;
}

/** More than any honest file has; aliases of aliases reach it fast. */
const MOST_NODES = 100_000;
const DEEPEST = 32;

export class Source {
  readonly findings: Finding[] = [];
  readonly value: unknown;
  readonly #lines = new LineCounter();
  readonly #marks = new Map<string, Mark>();
  readonly #document: Document.Parsed;
  readonly #env: Environment;
  #nodes = 0;
  #tooMuch: Finding | undefined = undefined;

  constructor(text: string, env: Environment) {
    this.#env = env;
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      merge: false,
    });
    const syntax = syntaxFindings(text, this.#document);
    this.findings.push(...syntax.findings);
    const contents = this.#document.contents;
    if (!syntax.readable || contents === null) return;
    const value = this.#read(contents, [], undefined);
    // What is left of a file that had to be cut off says nothing.
    if (this.#tooMuch === undefined) this.value = value;
    else this.findings.splice(0, this.findings.length, this.#tooMuch);
  }

  /** Where a path stands; a missing one stands where its nearest parent does. */
  place(finding: Finding): Place {
    const offset = finding.offset ?? this.#offset(finding.path, finding.at);
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** The template of a value that holds something from outside, which must not be quoted. */
  template(path: Path): string | undefined {
    return this.#marks.get(keyOf(path))?.template;
  }

  has(path: Path): boolean {
    return this.#marks.has(keyOf(path));
  }

  #offset(path: Path, at: 'key' | 'value'): number {
    const mark = this.#marks.get(keyOf(path));
    if (mark !== undefined) return at === 'key' ? (mark.key ?? mark.value) : mark.value;
    return path.length === 0 ? 0 : this.#offset(path.slice(0, -1), 'key');
  }

  #read(node: Node, path: Path, keyAt: number | undefined, depth = 0): unknown {
    const at = node.range?.[0] ?? keyAt ?? 0;
    if (this.#isTooMuch(at, depth)) return undefined;
    if (isAlias(node)) return this.#alias(node.resolve(this.#document), path, at, depth);
    // An empty value has no place of its own: its key stands for it.
    const empty = isScalar(node) && node.source === '' && node.value === null;
    this.#marks.set(keyOf(path), { key: keyAt, value: empty ? (keyAt ?? at) : at, template: undefined });
    if (isMap(node)) return this.#map(node, path, {}, depth);
    if (isSeq(node)) return this.#list(node.items as readonly (Node | null)[], path, depth);
    return isScalar(node) ? this.#scalar(node.value, path, keyAt, at) : undefined;
  }

  /** Counts a step; once it is one too many, all further ones are. */
  #isTooMuch(offset: number, depth: number): boolean {
    this.#nodes += 1;
    if (this.#tooMuch === undefined && (this.#nodes > MOST_NODES || depth > DEEPEST)) {
      const message = 'The file is nested too deep or expands to too much.';
      this.#tooMuch = { path: [], at: 'value', message, offset };
    }
    return this.#tooMuch !== undefined;
  }

  #alias(target: Node | undefined, path: Path, at: number, depth: number): unknown {
    if (target === undefined) {
      this.#say(path, at, 'This alias refers to nothing.');
      return undefined;
    }
    return this.#read(target, path, at, depth + 1);
  }

  #list(items: readonly (Node | null)[], path: Path, depth: number): unknown[] {
    return items.map((item, index) =>
      item === null ? null : this.#read(item, [...path, index], undefined, depth + 1),
    );
  }

  #map(map: YAMLMap, path: Path, into: Record<string, unknown>, depth: number): Record<string, unknown> {
    const merged: Node[] = [];
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const name = this.#name(pair.key, path);
      if (name === undefined) continue;
      if (name === '<<' && pair.value !== null) merged.push(pair.value);
      else if (!Object.hasOwn(into, name)) into[name] = this.#entry(pair, [...path, name], depth);
    }
    for (const node of merged) this.#merge(node, path, into, depth);
    return into;
  }

  #entry(pair: Pair<Node, Node | null>, path: Path, depth: number): unknown {
    const keyAt = pair.key.range?.[0];
    if (pair.value !== null) return this.#read(pair.value, path, keyAt, depth + 1);
    this.#marks.set(keyOf(path), { key: keyAt, value: keyAt ?? 0, template: undefined });
    return null;
  }

  /** `<<: *anchor`: what is said in the mapping itself wins. */
  #merge(node: Node, path: Path, into: Record<string, unknown>, depth: number): void {
    const target = isAlias(node) ? node.resolve(this.#document) : node;
    const at = node.range?.[0] ?? 0;
    if (this.#isTooMuch(at, depth)) return;
    if (isMap(target)) this.#map(target, path, into, depth + 1);
    else if (isSeq(target)) {
      for (const item of target.items) this.#merge(item as Node, path, into, depth + 1);
    } else this.#say(path, at, 'Only mappings can be merged with "<<".');
  }

  #name(key: Node | null, path: Path): string | undefined {
    const name = isScalar(key) && key.value !== null ? String(key.value) : undefined;
    if (name !== undefined && name !== '__proto__') return name;
    this.#say(path, key?.range?.[0] ?? this.#offset(path, 'key'), 'A key must be a plain name.');
    return undefined;
  }

  #scalar(value: unknown, path: Path, keyAt: number | undefined, at: number): unknown {
    if (typeof value !== 'string') return value;
    const { text, missing, malformed, touched } = substitute(value, this.#env);
    if (touched) this.#marks.set(keyOf(path), { key: keyAt, value: at, template: value });
    for (const name of missing) {
      const hint = didYouMean(name, Object.keys(this.#env)) ?? `Set it, or write \${${name}:-default}.`;
      this.#say(path, at, `The environment variable ${name} is not set.`, hint);
    }
    if (malformed) {
      const hint = `Write \${NAME}, \${NAME:-default}, or $\${ for the characters themselves.`;
      this.#say(path, at, '"${" does not begin a substitution here.', hint);
    }
    return text;
  }

  #say(path: Path, offset: number, message: string, hint?: string): void {
    this.findings.push({ path, at: 'value', message, hint, offset });
  }
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
