// `npm start`: `signalbox serve` from this checkout. `npm start -- chat "Hello"` runs another command.
// The command runs in this very process, so that signals reach it.
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle, isStale } from './bundle.js';

const command = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'signalbox.js');
const said = process.argv.slice(2);
const isCommand = said[0] !== undefined && !said[0].startsWith('-');
const asksUs = ['--help', '-h', '--version', '-V'].includes(said[0]);

if (isStale()) {
  console.error('Bundling …');
  // The bundler has said by itself what is wrong.
  await bundle({ quiet: true }).catch(() => process.exit(1));
}
process.argv = [process.execPath, command, ...(isCommand || asksUs ? said : ['serve', ...said])];
await import(pathToFileURL(command).href);
