// What the command line says wins over the file.
import type { Config } from '../config/schema.ts';
import type { StartOptions } from './running.ts';
import { shareOf } from './workers/share.ts';

export function withOverrides(config: Config, options: StartOptions): Config {
  const { ties, overrides } = options;
  const { host, port, state } = overrides;
  const own = ties === undefined ? config : shareOf(config, ties.count);
  return {
    ...own,
    state: state ?? config.state,
    listen: {
      ...config.listen,
      host: host ?? config.listen.host,
      // Workers share the one that was found.
      port: ties?.port ?? port ?? config.listen.port,
      portAsked: ties !== undefined || port !== undefined || config.listen.portAsked,
    },
  };
}
