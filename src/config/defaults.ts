// The config of a start without a file: simulated models, so that the first call is answered by something.
import { parseConfig } from './parse.ts';
import type { Config } from './schema.ts';

const TEXT = `
upstreams:
  sim: { provider: sim }
models:
  fast: { targets: [sim/fast] }
  smart: { targets: [sim/smart] }
  # Fails often by itself; callers do not notice.
  flaky: { targets: [sim/flaky, sim/fast] }
`;

export function defaultConfig(): Config {
  const parsed = parseConfig(TEXT, { file: 'built-in configuration', env: {} });
  if (parsed.ok) return parsed.config;
  throw new Error(`The built-in configuration is wrong: ${parsed.problems[0]?.message}`);
}

/** A config that says nothing, so that everything is as it usually is. */
export function emptyConfig(): Config {
  const parsed = parseConfig('', { file: 'no configuration', env: {} });
  if (parsed.ok) return parsed.config;
  throw new Error('A config that says nothing must be right.');
}
