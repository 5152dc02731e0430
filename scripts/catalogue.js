// Bakes windows and prices of services' models from the pinned package @pydantic/genai-prices into
// src/catalogue/data.ts. `--check` writes nothing and exits 1 when the file is not what the package says.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { waitForUpdate } from '@pydantic/genai-prices';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const file = join(root, 'src', 'catalogue', 'data.ts');
const PACKAGE = '@pydantic/genai-prices';

const { parsePublished, writeSheet, providers } = await load();
const named = providers.flatMap((provider) => provider.catalogue ?? []);
const services = parsePublished(await waitForUpdate(), [...new Set(named)]);
const known = existsSync(file) ? readFileSync(file, 'utf8') : '';
const date = /"date":"([^"]+)"/.exec(known)?.[1];
const today = new Date().toISOString().slice(0, 10);

// The day is that of the last change: the same data do not become another file by being written again.
const same = date !== undefined && rendered(date) === known;
if (process.argv.includes('--check')) {
  if (!same)
    console.error(`src/catalogue/data.ts is not what ${PACKAGE} ${edition()} says. Run: npm run catalogue`);
  process.exitCode = same ? 0 : 1;
} else {
  if (!same) writeFileSync(file, rendered(today));
  const models = services.reduce((sum, service) => sum + service.models.length, 0);
  console.log(
    `${same ? 'Nothing to write' : 'Wrote src/catalogue/data.ts'}: ${models} models of ${services.length} services.`,
  );
}

function edition() {
  const resolved = createRequire(import.meta.url).resolve(PACKAGE);
  return JSON.parse(readFileSync(join(dirname(resolved), '..', 'package.json'), 'utf8')).version;
}

function rendered(day) {
  const sheet = writeSheet({ source: PACKAGE, edition: edition(), date: day }, services);
  const literal = sheet.replace(/[\\`]/g, '\\$&').replaceAll('${', '\\${');
  return [
    `// Written by scripts/catalogue.js from ${PACKAGE} (MIT, by Pydantic); do not edit.`,
    '// biome-ignore-all lint/style/noExcessiveLinesPerFile: data, a line per model.',
    '',
    '/** The sheet that comes with this version; `sheet.ts` says how it is read. */',
    `export const sheetText = \`${literal}\`;`,
    '',
  ].join('\n');
}

/** Our own reader and the provider values, bundled in memory: no build is needed. */
async function load() {
  const contents = [
    "export { parsePublished } from './catalogue/published.ts';",
    "export { writeSheet } from './catalogue/sheet.ts';",
    "export { providers } from './providers/registry.ts';",
  ].join('\n');
  const bundled = await build({
    stdin: { contents, resolveDir: join(root, 'src'), loader: 'ts' },
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
