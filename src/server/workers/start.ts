// One process or several, as the config says. Workers come by here as well: they are started like their supervisor.
import type { RunningServer, StartOptions } from '../running.ts';
import { readStart, startServer } from '../start.ts';
import { supervise } from './supervise.ts';

export async function startGateway(options: StartOptions): Promise<RunningServer> {
  const { config } = readStart(options);
  return config.listen.workers > 1 ? supervise(config) : startServer(options);
}
