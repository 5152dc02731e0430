// What the command line says wins over the file.
import type { Config } from '../config/schema.ts';
import type { StartOptions } from './running.ts';

export function withOverrides(config: Config, options: StartOptions): Config {
  const { host, port, state } = options.overrides;
  return {
    ...config,
    state: state ?? config.state,
    listen: {
      ...config.listen,
      host: host ?? config.listen.host,
      port: port ?? config.listen.port,
      portAsked: port !== undefined || config.listen.portAsked,
    },
  };
}
