// `signalbox check`: everything that is wrong with a config file, or what it says in short.
import process from 'node:process';
import { configJsonSchema } from '../config/json-schema.ts';
import { findConfig, loadConfig } from '../config/load.ts';
import type { ParsedConfig } from '../config/parse.ts';
import { formatProblem, type Problem } from '../config/problem.ts';
import type { Config } from '../config/schema.ts';
import { providerOptions } from '../providers/options.ts';
import { providers } from '../providers/registry.ts';
import { OK, USAGE } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

export interface CheckFlags {
  readonly schema?: boolean;
  readonly json?: boolean;
}

export function check(asked: string | undefined, flags: CheckFlags, terminal: Terminal): number {
  if (flags.schema === true) {
    terminal.out.write(`${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
    return OK;
  }
  const file = findConfig(asked, terminal.env, process.cwd());
  if (file === undefined) return nothingToCheck(flags, terminal);
  const known = new Map(providers.map((provider) => [provider.id, provider]));
  const parsed = loadConfig(file, { env: terminal.env, providers: known, providerOptions });
  const say = flags.json === true ? sayJson : sayLines;
  say(file, parsed, terminal);
  return parsed.ok ? OK : USAGE;
}

function sayJson(file: string, parsed: ParsedConfig, terminal: Terminal): void {
  const { ok, warnings } = parsed;
  const rest = parsed.ok ? summary(parsed.config) : { problems: parsed.problems };
  terminal.out.write(`${JSON.stringify({ ok, file, warnings, ...rest })}\n`);
}

function sayLines(file: string, parsed: ParsedConfig, terminal: Terminal): void {
  const problems = parsed.ok ? [] : parsed.problems;
  for (const problem of problems) terminal.err.write(`${formatProblem(problem)}\n`);
  for (const warning of parsed.warnings) terminal.err.write(`${warningLine(warning, terminal)}\n`);
  if (parsed.ok) terminal.out.write(describe(file, parsed.config, terminal));
}

function nothingToCheck(flags: CheckFlags, terminal: Terminal): number {
  const error = 'There is no signalbox.yaml here.';
  if (flags.json === true) terminal.out.write(`${JSON.stringify({ ok: false, error })}\n`);
  else terminal.err.write(`${error} Name a file: ${terminal.command} check <file>\n`);
  return USAGE;
}

function warningLine(warning: Problem, terminal: Terminal): string {
  return `${terminal.err.paint('yellow', 'warning:')} ${formatProblem(warning)}`;
}

interface Summary {
  readonly upstreams: readonly string[];
  readonly models: Readonly<Record<string, readonly string[]>>;
  readonly keys: number;
}

function summary(config: Config): Summary {
  const targets = config.models.map((model) => [
    model.name,
    model.targets.map((target) => `${target.upstream}/${target.model}`),
  ]);
  return {
    upstreams: config.upstreams.map((upstream) => upstream.name),
    models: Object.fromEntries(targets) as Summary['models'],
    keys: config.keys.length,
  };
}

function describe(file: string, config: Config, { out }: Terminal): string {
  const { upstreams, models, keys } = summary(config);
  const lines = [
    `${out.paint('green', 'ok')} ${file}`,
    `  upstreams  ${upstreams.length === 0 ? 'none' : upstreams.join(', ')}`,
    ...Object.entries(models).map(
      ([name, targets], index) =>
        `  ${(index === 0 ? 'models' : '').padEnd(10)} ${name} → ${targets.join(', ')}`,
    ),
    `  keys       ${keys === 0 ? 'none; the gateway makes one for this machine' : keys}`,
  ];
  return `${lines.join('\n')}\n`;
}
