// Writes what follows from the folders of src/providers and src/protocols: the registries, the map of
// provider options and the table in docs/providers.md. `--check` writes nothing and exits 1 on a difference.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const WIDTH = 110;
const NOTICE = '// Written by scripts/generate.js from the folders beside it; do not edit.';
const OPEN = '<!-- providers: written by scripts/generate.js -->';
const CLOSE = '<!-- /providers -->';

const providerFolders = foldersIn('src/providers');
const protocolFolders = foldersIn('src/protocols');

const wanted = {
  'src/providers/registry.ts': registry('providers', 'Provider', providerFolders),
  'src/providers/options.ts': optionMap(providerFolders),
  'src/protocols/registry.ts': registry('protocols', 'Protocol', protocolFolders),
  'docs/providers.md': withTable(
    read('docs/providers.md') ?? `# Providers\n\n${OPEN}\n${CLOSE}\n`,
    await table(),
  ),
};

const stale = Object.entries(wanted).filter(([path, text]) => read(path) !== text);
if (process.argv.includes('--check')) {
  for (const [path, text] of stale) console.error(difference(path, read(path) ?? '', text));
  if (stale.length > 0) console.error('Run: npm run generate');
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [path, text] of stale) writeFileSync(join(root, path), text);
  console.log(stale.length === 0 ? 'Nothing to write.' : `Wrote ${stale.map(([path]) => path).join(', ')}.`);
}

function read(path) {
  const file = join(root, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** Every folder is one; without an index.ts the registry does not compile, and should not. */
function foldersIn(parent) {
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function camel(folder) {
  return folder.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}

function list(before, items, after) {
  const line = `${before}${items.join(', ')}${after}`;
  return line.length <= WIDTH ? line : `${before}\n${items.map((item) => `  ${item},\n`).join('')}${after}`;
}

function registry(name, type, folders) {
  const imports = folders.map((folder) => `import { ${camel(folder)} } from './${folder}/index.ts';`);
  return [
    NOTICE,
    `import type { ${type} } from '../canonical/${type.toLowerCase()}.ts';`,
    ...imports,
    '',
    list(`export const ${name}: readonly ${type}[] = [`, folders.map(camel), '];'),
    '',
  ].join('\n');
}

function optionMap(folders) {
  const own = folders.filter((folder) => existsSync(join(root, 'src/providers', folder, 'options.ts')));
  const entries = own.map((folder) => `['${folder}', ${camel(folder)}Options]`);
  return [
    NOTICE,
    `import type { ZodType } from 'zod';`,
    ...own.map((folder) => `import { ${camel(folder)}Options } from './${folder}/options.ts';`),
    '',
    "/** Schemas of providers' own options, by provider id. */",
    list(
      'export const providerOptions: ReadonlyMap<string, ZodType> = new Map<string, ZodType>([',
      entries,
      ']);',
    ),
    '',
  ].join('\n');
}

/** The provider values themselves, bundled in memory: no build is needed and no source is guessed at. */
async function loadProviders() {
  const contents = providerFolders.map((f) => `export { ${camel(f)} } from './${f}/index.ts';`).join('\n');
  const bundled = await build({
    stdin: { contents, resolveDir: join(root, 'src/providers'), loader: 'ts' },
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
  const code = Buffer.from(bundled.outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}

async function table() {
  const values = await loadProviders();
  const rows = providerFolders.map((folder) => {
    const provider = values[camel(folder)];
    if (provider?.id !== folder) {
      throw new Error(`src/providers/${folder} must export ${camel(folder)} with the id "${folder}".`);
    }
    return row([
      code([provider.id]),
      provider.summary,
      provider.zone,
      code(provider.protocols),
      code(provider.secretEnv ?? []),
      discovery(provider),
    ]);
  });
  const head = ['Provider', 'What', 'Zone', 'Dialects', 'Secret from', 'Discovery'];
  return [row(head), row(head.map(() => '---')), ...rows].join('\n');
}

function row(cells) {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function code(words) {
  return words.length === 0 ? '–' : words.map((word) => `\`${word}\``).join(', ');
}

function discovery(provider) {
  const ports = provider.recognise === undefined ? [] : (provider.ports ?? []);
  const found = ports.length === 0 ? [] : [`found on port ${ports.join(', ')}`];
  if (provider.discover !== undefined) found.unshift('lists its models');
  else if (provider.models !== undefined) found.unshift('models built in');
  return found.length === 0 ? '–' : found.join('; ');
}

function withTable(page, text) {
  const from = page.indexOf(OPEN);
  const to = page.indexOf(CLOSE);
  if (from < 0 || to < from) throw new Error(`docs/providers.md lacks the markers ${OPEN} … ${CLOSE}`);
  return `${page.slice(0, from + OPEN.length)}\n${text}\n${page.slice(to)}`;
}

function difference(path, is, should) {
  const old = is.split('\n');
  const now = should.split('\n');
  const at = now.findIndex((line, i) => line !== old[i]);
  const line = at < 0 ? now.length : at;
  return `${path}:${line + 1} differs\n  is:        ${old[line] ?? '(nothing)'}\n  should be: ${now[line] ?? '(nothing)'}`;
}
