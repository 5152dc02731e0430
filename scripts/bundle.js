// Bundles the command and the library into dist/, dependencies and their licences included.
// `--types` adds declarations. Importable: scripts/start.js bundles when dist/ is out of date.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../..');

export async function bundle({ quiet = false } = {}) {
  const { build } = await import('esbuild');
  const dist = join(root, 'dist');
  rmSync(join(dist, 'chunks'), { recursive: true, force: true });
  const shared = {
    absWorkingDir: root,
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
  };
  const { metafile } = await build({
    ...shared,
    entryPoints: { signalbox: 'src/cli/main.ts', index: 'src/index.ts' },
    chunkNames: 'chunks/[name]-[hash]',
    // Lazy imports stay lazy: each command is a file of its own.
    splitting: true,
    // Bundled CommonJS asks for node's modules with require, which a module does not have.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  });
  // Tokenizer and store run in threads of their own, which start from files of their own. Nearly all of it are tables.
  const threads = { tokenizer: 'src/tokens/worker.ts', store: 'src/store/thread.ts' };
  const thread = await build({ ...shared, entryPoints: threads, minify: true });
  const outputs = { ...metafile.outputs, ...thread.metafile.outputs };
  const inputs = Object.keys({ ...metafile.inputs, ...thread.metafile.inputs });
  chmodSync(join(dist, 'signalbox.js'), 0o755);
  // Its data are in src/catalogue/data.ts.
  const packages = [...bundledPackages(inputs), 'node_modules/@pydantic/genai-prices'];
  writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), packages.map(licenceOf).join('\n'));
  if (!quiet) printSizes(outputs, packages);
}

/** Folders of the packages that files came from: the innermost `node_modules/name`. */
function bundledPackages(inputs) {
  const folders = inputs.flatMap((input) => {
    const found = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
    return found === null ? [] : [found[0]];
  });
  return [...new Set(folders)].sort();
}

function licenceOf(folder) {
  const about = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${about.name} brings no licence text, so it cannot be bundled.`);
  const text = readFileSync(join(root, folder, file), 'utf8').trim();
  return `${about.name} ${about.version} (${about.license})\n${'='.repeat(72)}\n${text}\n`;
}

function printSizes(outputs, packages) {
  for (const [name, { bytes }] of Object.entries(outputs)) {
    console.log(`${String(Math.ceil(bytes / 1024)).padStart(6)} kB  ${name}`);
  }
  const total = Object.values(outputs).reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(
    `${String(Math.ceil(total / 1024)).padStart(6)} kB  in all, ${packages.length} packages bundled`,
  );
}

function declareTypes() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const settings = [
    '--emitDeclarationOnly',
    '--incremental',
    'false',
    '--rootDir',
    'src',
    '--outDir',
    'dist/types',
  ];
  const project = join(root, 'dist', 'tsconfig.types.json');
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(
    project,
    JSON.stringify({ extends: '../tsconfig.json', include: ['../src'], exclude: ['../src/**/*.test.ts'] }),
  );
  const done = spawnSync(process.execPath, [compiler, '-p', project, ...settings], {
    cwd: root,
    stdio: 'inherit',
  });
  rmSync(project);
  if (done.status !== 0) process.exit(done.status ?? 1);
}

/** Is dist/ missing, or older than anything it is made of? */
export function isStale() {
  const made = join(root, 'dist', 'signalbox.js');
  if (!existsSync(made)) return true;
  const then = statSync(made).mtimeMs;
  const parts = ['package.json', 'package-lock.json', 'scripts/bundle.js'].map((name) => join(root, name));
  return [...parts, ...filesIn(join(root, 'src'))].some((file) => statSync(file).mtimeMs > then);
}

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return entry.name.endsWith('.test.ts') ? [] : [path];
  });
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await bundle();
  if (process.argv.includes('--types')) declareTypes();
}
