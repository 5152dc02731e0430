// Text in, one deeply read-only config or every problem out. Nothing after this validates again, reads the
// environment or opens a secret file.
import type * as z from 'zod';
import { crossFindings, crossWarnings, type KnownProviders } from './cross-checks.ts';
import { deepFreeze } from './freeze.ts';
import { findingsOf, type Quotable } from './issues.ts';
import { type Finding, formatPath, type Path, type Problem } from './problem.ts';
import { type Config, configSchema } from './schema.ts';
import { type ReadSecretFile, readSecretFile, SecretFiles } from './secret-files.ts';
import { placeSecrets } from './secrets.ts';
import { Source } from './source.ts';
import type { Environment } from './substitute.ts';

export interface ParseContext {
  /** Name of the file, for messages and as the base of relative paths. */
  readonly file: string;
  readonly env: Environment;
  readonly readSecretFile?: ReadSecretFile;
  /** Known adapters by id; without them any id passes. */
  readonly providers?: KnownProviders;
  /** Schemas of providers' own options, by provider id. */
  readonly providerOptions?: ReadonlyMap<string, z.ZodType>;
  /** Epoch milliseconds. */
  readonly now?: number;
}

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

export function parseConfig(text: string, context: ParseContext): ParsedConfig {
  const source = new Source(text, context.env);
  const inPlace = (findings: readonly Finding[]) => located(findings, source, context.file);
  if (source.value === undefined && source.findings.length > 0) {
    return { ok: false, problems: inPlace(source.findings), warnings: [] };
  }
  const root = withoutEmptySections(source.value);
  const files = new SecretFiles(context.file, context.readSecretFile ?? readSecretFile);
  const plain = placeSecrets(root, {
    files,
    env: context.env,
    providers: context.providers,
    fromOutside: (path) => source.template(path) !== undefined,
  });
  const quotable: Quotable = {
    valueAt: (path) => valueAt(root, path),
    template: (path) => source.template(path),
  };
  const parsed = configSchema.safeParse(root);
  const absent = new Set([...source.findings, ...files.findings].map((finding) => formatPath(finding.path)));
  const options = optionFindings(root, quotable, context.providerOptions);
  const findings = [
    ...source.findings,
    ...files.findings,
    // Where a variable or a secret file is missing, what is left is wrong in ways that say nothing new.
    ...[
      ...findingsOf(parsed.error?.issues ?? [], quotable),
      ...options,
      ...crossFindings(root, context.providers).filter((finding) => !followsFrom(options, finding)),
    ].filter((finding) => finding.path.length === 0 || !absent.has(formatPath(finding.path))),
  ];
  const warnings = inPlace([...plain, ...crossWarnings(root, context.now ?? Date.now(), context.providers)]);
  if (findings.length > 0 || parsed.data === undefined)
    return { ok: false, problems: inPlace(findings), warnings };
  return { ok: true, config: deepFreeze(parsed.data), warnings };
}

/** A section whose entries are all commented out is as good as none. */
function withoutEmptySections(value: unknown): Readonly<Record<string, unknown>> {
  const sections = Object.entries((value ?? {}) as Readonly<Record<string, unknown>>);
  return Object.fromEntries(sections.filter(([, section]) => section !== null));
}

/** An upstream whose options are wrong may for that reason be nowhere. */
function followsFrom(options: readonly Finding[], { path }: Finding): boolean {
  if (path.length !== 2 || path[0] !== 'upstreams') return false;
  return options.some((option) => option.at === 'value' && option.path[1] === path[1]);
}

function optionFindings(
  root: Readonly<Record<string, unknown>>,
  quotable: Quotable,
  schemas: ParseContext['providerOptions'],
): readonly Finding[] {
  const upstreams = Object.entries((root['upstreams'] ?? {}) as Readonly<Record<string, unknown>>);
  return upstreams.flatMap(([name, upstream]) => {
    const { provider, options } = (upstream ?? {}) as Readonly<Record<string, unknown>>;
    const schema = schemas?.get(String(provider));
    if (schema === undefined || options === undefined) return [];
    const issues = schema.safeParse(options).error?.issues ?? [];
    const above = ['upstreams', name, 'options'];
    return findingsOf(issues, { ...quotable, part: { schema, above } }, above);
  });
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}

function located(findings: readonly Finding[], source: Source, file: string): readonly Problem[] {
  const problems = findings.map(
    (finding): Problem => ({
      file,
      ...source.place(finding),
      path: formatPath(finding.path),
      message: finding.message,
      hint: finding.hint,
    }),
  );
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
