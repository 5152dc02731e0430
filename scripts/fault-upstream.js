// Starts an upstream that fails as it is told, for trying a gateway by hand: `node scripts/fault-upstream.js --help`.
// The instrument itself is the tests' own, in test/testkit.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: { help: { type: 'boolean' }, port: { type: 'string', default: '9009' } },
});

const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const compiled = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.json')], {
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const kit = join(root, 'build', 'test', 'testkit', 'fault-upstream.js');
const { createFaultUpstream, helpText } = await import(pathToFileURL(kit).href);
if (values.help) console.log(helpText());
else {
  const upstream = await createFaultUpstream({ port: Number(values.port) });
  console.log(`${upstream.url} fails as it is told; GET ${upstream.url}/__fault tells what it saw.`);
}
