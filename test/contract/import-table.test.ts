// The house rules as a test: who may import whom, no cycles, no vendor in the flow, stages in the order of
// their names. The table is that of the architecture page.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { describe, it } from 'node:test';

interface Import {
  readonly from: string;
  /** Path below src/. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const SOURCES = 'src';
const files = sourcesIn(SOURCES).map((path) => path.slice(SOURCES.length + 1));
const code = files.filter((path) => !path.endsWith('.test.ts'));
function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name).split(sep).join('/'))
    .sort();
}

const STATEMENT = /^(?:import|export)\s+(type\s+)?([^'";]*?)from\s+'([^']+)'/gm;
const BARE = /\bimport\(\s*'([^']+)'\s*\)|^import\s+'([^']+)'/gm;

const imports = code.flatMap(importsOf);

function importsOf(from: string): readonly Import[] {
  const text = readFileSync(join(SOURCES, from), 'utf8');
  const found: Import[] = [];
  const note = (specifier: string | undefined, typeOnly: boolean): void => {
    if (specifier === undefined || !specifier.startsWith('.')) return;
    const to = normalize(join(dirname(from), specifier))
      .split(sep)
      .join('/');
    found.push({ from, to, typeOnly });
  };
  for (const [, type, names = '', specifier] of text.matchAll(STATEMENT)) {
    note(specifier, type !== undefined || onlyTypes(names));
  }
  for (const [, lazy, bare] of text.matchAll(BARE)) note(lazy ?? bare, false);
  return found;
}

/** `{ type A, type B }` is erased like `type { A, B }`. */
function onlyTypes(names: string): boolean {
  const listed = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1]?.split(',') ?? [];
  const given = listed.map((name) => name.trim()).filter((name) => name !== '');
  return given.length > 0 && given.every((name) => name.startsWith('type '));
}

type Rule = (to: string, from: string) => boolean;

function under(...folders: readonly string[]): Rule {
  return (to) => folders.some((folder) => to === folder || to.startsWith(`${folder}/`));
}

/** The folder two levels down: `flow/admit`, `protocols/x`. */
function ownFolder(to: string, from: string): boolean {
  const own = from.split('/').slice(0, 2).join('/');
  return to.startsWith(`${own}/`);
}

/** A file beside the folders of its kind, shared by all of them. */
function besideFolders(to: string, from: string): boolean {
  const [kind] = from.split('/');
  return to.split('/').length === 2 && to.startsWith(`${kind}/`);
}

function any(...rules: readonly Rule[]): Rule {
  return (to, from) => rules.some((rule) => rule(to, from));
}

function except(...folders: readonly string[]): Rule {
  return (to) => !under(...folders)(to, '');
}

const providerOptions: Rule = (to) => /^providers\/([^/]+\/)?options\.ts$/.test(to);
const options: Rule = (to) => /(^|\/)options\.ts$/.test(to);
const everything: Rule = () => true;

/** The first pattern that fits a file is its rule. */
const table: readonly (readonly [RegExp, Rule])[] = [
  [/^lib\//, under('lib')],
  [/^canonical\//, under('canonical', 'lib')],
  [/^ports\.ts$/, under('canonical')],
  [/^tokens\//, under('ports.ts', 'canonical', 'lib', 'tokens')],
  [/^catalogue\//, under('canonical', 'lib', 'catalogue')],
  [/^protocols\/registry\.ts$/, under('canonical', 'protocols')],
  [/^protocols\/[^/]+\//, any(under('canonical', 'lib'), ownFolder)],
  [/^providers\/(registry|options)\.ts$/, under('canonical', 'providers')],
  [/^providers\/[^/]+\.ts$/, any(under('canonical', 'lib', 'protocols'), besideFolders)],
  [/^providers\/[^/]+\//, any(under('canonical', 'lib', 'protocols'), ownFolder, besideFolders)],
  [/^flow\/stage\.ts$/, under('canonical', 'lib', 'ports.ts')],
  [/^flow\/[^/]+\//, any(under('canonical', 'lib', 'ports.ts', 'flow/stage.ts'), ownFolder)],
  [/^held\//, under('canonical', 'lib', 'ports.ts', 'flow', 'held')],
  [/^config\//, any(under('canonical', 'lib', 'ports.ts', 'config'), under('flow/stage.ts'), options)],
  [/^store\//, under('ports.ts', 'canonical', 'lib', 'store')],
  [/^telemetry\//, under('ports.ts', 'canonical', 'lib', 'telemetry')],
  [/^transport\//, under('ports.ts', 'canonical', 'lib', 'transport')],
  [/^assembly\//, except('server', 'cli')],
  [/^server\//, except('cli')],
  [
    /^cli\//,
    any(under('cli', 'config', 'server', 'canonical', 'catalogue', 'providers/registry.ts'), providerOptions),
  ],
  [/^(index|gateway)\.ts$/, everything],
];

describe('imports', () => {
  it('were found: a pattern that sees none would prove nothing', () => {
    assert.ok(imports.length > 300, String(imports.length));
    assert.ok(imports.some(({ from, to }) => from === 'gateway.ts' && to === 'flow/admit/admit.ts'));
  });

  it('of every file follow the table', () => {
    const strangers = code.filter((path) => !table.some(([pattern]) => pattern.test(path)));
    assert.deepEqual(strangers, [], 'files the table does not know');
    const broken = imports.filter(({ from, to }) => {
      const rule = table.find(([pattern]) => pattern.test(from))?.[1];
      return rule?.(to, from) !== true;
    });
    assert.deepEqual(
      broken.map(({ from, to }) => `${from} imports ${to}`),
      [],
    );
  });

  it('lead to files that exist', () => {
    const known = new Set(files);
    assert.deepEqual(
      imports.filter(({ to }) => !known.has(to)).map(({ from, to }) => `${from} imports ${to}`),
      [],
    );
  });

  it('form no cycle', () => {
    assert.deepEqual(cycles(), []);
  });
});

/** Types are erased, so only the others can go round. */
function cycles(): readonly string[] {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports) {
    if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    state.set(file, 'open');
    for (const to of next.get(file) ?? []) visit(to, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of code) visit(file, []);
  return found;
}

describe('the flow', () => {
  const VENDORS = /openai|anthropic|ollama|gemini|bedrock|azure|vllm|llamacpp|mistral/i;

  it('names no vendor, comments included', () => {
    const named = code
      .filter((path) => path.startsWith('flow/'))
      .flatMap((path) => {
        const lines = readFileSync(join(SOURCES, path), 'utf8').split('\n');
        return lines.flatMap((line, at) => (VENDORS.test(line) ? [`${path}:${at + 1} ${line.trim()}`] : []));
      });
    assert.deepEqual(named, []);
  });

  it('runs its stages in the order of their names', () => {
    const stages = readdirSync(join(SOURCES, 'flow'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
    assert.deepEqual(stages, ['accept', 'admit', 'cache', 'choose', 'dispatch', 'emit', 'record']);
    const gateway = readFileSync(join(SOURCES, 'gateway.ts'), 'utf8');
    const story = /function story\([\s\S]*?\n\}/.exec(gateway)?.[0] ?? '';
    const inner = stages.filter((stage) => !['accept', 'emit', 'record'].includes(stage));
    // Composed from the inside out: the last stage to run is named first, and record goes around them all.
    const composed = [...story.matchAll(/(?:=|return) (\w+)\(\{/g)].map(([, stage]) => stage);
    assert.deepEqual(composed, [...inner.reverse(), 'record']);
  });
});

describe('file names', () => {
  const all = ['src', 'test', 'scripts', 'bench'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );

  it('say what is in them', () => {
    const lazy = all.filter((path) => /(^|[/\\.-])(utils?|helpers?|common|types)\.[jt]s$/.test(path));
    assert.deepEqual(lazy, []);
  });

  it('are in kebab-case', () => {
    const odd = all.filter(
      (path) =>
        /\.[jt]s$/.test(path) && !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/.test(path.split(sep).at(-1) ?? ''),
    );
    assert.deepEqual(odd, []);
  });
});
