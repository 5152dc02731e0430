// Clients are named with the version that is installed, so that no table can claim another.
import { readFileSync } from 'node:fs';

export function versioned(folder, label = folder) {
  const about = new URL(`./node_modules/${folder}/package.json`, import.meta.url);
  return `${label} ${JSON.parse(readFileSync(about, 'utf8')).version}`;
}
