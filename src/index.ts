// The library: start a gateway in this process. The service does the same through the command line.
export { ConfigError } from './config/config-error.ts';
export type { Problem } from './config/problem.ts';
export type { RunningServer, StartOptions } from './server/running.ts';
export { startServer } from './server/start.ts';
