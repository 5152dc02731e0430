// Workers as node's cluster has them: started like this process, sharing its port, tied to it by messages.
import cluster from 'node:cluster';
import process from 'node:process';
import type { WorkerEvents, WorkerProcess } from './fleet.ts';
import type { FromWorker, ToWorker, WorkerOwn, WorkerTies } from './messages.ts';

const PLACE = 'SIGNALBOX_WORKER';
const PATIENCE = 3_000;

export function createSpawn(count: number, port: number): (events: WorkerEvents) => WorkerProcess {
  // The kernel's own choice piles connections onto one; in turn, long streams spread evenly.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  return (events) => {
    const worker = cluster.fork({ [PLACE]: `${count}:${port}` });
    worker.on('message', (message: FromWorker) => events.said(message));
    worker.on('exit', (code, signal) => events.exited(signal ?? `exit code ${code}`));
    // A channel that breaks is followed by an exit.
    worker.on('error', () => undefined);
    return {
      pid: worker.process.pid ?? 0,
      send: (message) => {
        if (worker.isConnected()) worker.send(message, () => undefined);
      },
      kill: () => {
        worker.process.kill('SIGKILL');
      },
    };
  };
}

/** Undefined in a process that is nobody's worker. */
export function ownPlace(): { readonly count: number; readonly port: number } | undefined {
  const [count = 0, port = 0] = (process.env[PLACE] ?? '').split(':').map(Number);
  return cluster.isWorker && count > 0 ? { count, port } : undefined;
}

/** The worker's end of the ties. */
export class Ties implements WorkerTies {
  readonly count: number;
  readonly port: number;
  readonly #asking = new Map<number, (text: string) => void>();
  #nth = 0;
  #own: WorkerOwn | undefined = undefined;

  constructor({ count, port }: { readonly count: number; readonly port: number }) {
    this.count = count;
    this.port = port;
  }

  listen(on: { readonly stop: () => void; readonly reload: () => void }): void {
    process.on('message', (message: ToWorker) => {
      if (message.say === 'stop') on.stop();
      else if (message.say === 'reload') on.reload();
      else if (message.say === 'sealed') this.#own?.learn(message.seal);
      else if (message.say === 'sum') this.#asking.get(message.nth)?.(message.text);
      else this.say({ say: 'figures', nth: message.nth, text: this.#own?.metrics() ?? '' });
    });
  }

  say(message: FromWorker): void {
    if (process.connected === true) process.send?.(message, undefined, undefined, () => undefined);
  }

  opened(own: WorkerOwn): void {
    this.#own = own;
  }

  tellSeal(seal: Parameters<WorkerTies['tellSeal']>[0]): void {
    this.say({ say: 'sealed', seal });
  }

  metrics(): Promise<string> {
    this.#nth += 1;
    const nth = this.#nth;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#asking.delete(nth);
        reject(new Error('The supervisor does not answer.'));
      }, PATIENCE);
      this.#asking.set(nth, (text) => {
        clearTimeout(late);
        this.#asking.delete(nth);
        resolve(text);
      });
      this.say({ say: 'sum?', nth });
    });
  }
}
