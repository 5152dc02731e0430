// From nothing to a listening gateway: config, state folder, edges, what can be found, port, signals.
import process from 'node:process';
import type { Discovered } from '../assembly/discovery.ts';
import { Secret } from '../canonical/ids.ts';
import { isLoopback } from '../config/address.ts';
import { ConfigError } from '../config/config-error.ts';
import { defaultConfig, emptyConfig } from '../config/defaults.ts';
import { type FileContext, findConfig, loadConfig } from '../config/load.ts';
import { formatProblem, type Problem } from '../config/problem.ts';
import { type ConfigWatch, watchConfig } from '../config/reload.ts';
import type { Config } from '../config/schema.ts';
import { providerOptions } from '../providers/options.ts';
import { providers } from '../providers/registry.ts';
import { type Finding, findUpstreams } from './find-upstreams.ts';
import { waitingSettings } from './in-force.ts';
import { foundLine, isSimulated } from './in-reach.ts';
import { Lifeline } from './lifeline.ts';
import { listen } from './listen.ts';
import { LiveGateway } from './live-gateway.ts';
import { type OpenEdges, openEdges } from './open-edges.ts';
import { openHouse } from './open-house.ts';
import { withOverrides } from './overrides.ts';
import type { RunningServer, StartOptions } from './running.ts';
import { type FirstKey, StateFolder } from './state.ts';

/** Looked for from the start on: a file that appears later takes effect like any change. */
const USUAL_FILE = 'signalbox.yaml';
const REDISCOVER = 30_000;
const BANNER_PATIENCE = 300;
const ONE_ONLY = 'listen.workers is for `signalbox serve`: HERE ONE PROCESS takes all calls.';

/** In this process, however many workers the config wants. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { context, file, settle, warnings, config } = readStart(options);
  return new Start(options, file, context, settle, warnings).run(config);
}

interface Read {
  readonly context: FileContext;
  readonly file: string | undefined;
  readonly settle: (config: Config) => Config;
  readonly warnings: readonly Problem[];
  readonly config: Config;
}

/** Throws a ConfigError. */
export function readStart(options: StartOptions): Read {
  const context: FileContext = {
    env: options.env,
    providers: new Map(providers.map((provider) => [provider.id, provider] as const)),
    providerOptions,
  };
  const file = findConfig(options.configPath, options.env, process.cwd());
  const chosen = file === undefined ? { config: emptyConfig(), warnings: [] } : load(file, context);
  const settle = (config: Config): Config => withOverrides(config, options);
  const config = settle(chosen.config);
  refuseOpenDoor(config, file);
  return { context, file, settle, warnings: chosen.warnings, config };
}

class Start {
  readonly #options: StartOptions;
  readonly #file: string | undefined;
  readonly #context: FileContext;
  readonly #settle: (config: Config) => Config;
  readonly #notes: string[];
  #found: readonly Finding[] = [];

  constructor(
    options: StartOptions,
    file: string | undefined,
    context: FileContext,
    settle: (config: Config) => Config,
    warnings: readonly Problem[],
  ) {
    this.#options = options;
    this.#file = file;
    this.#context = context;
    this.#settle = settle;
    this.#notes = warnings.map(formatProblem);
  }

  async run(config: Config): Promise<RunningServer> {
    const state = openState(config.state);
    const pepper = state.pepper();
    const firstKey = config.keys.length === 0 ? state.firstKey() : undefined;
    this.#notes.push(...state.notes);
    const { ties } = this.#options;
    const edges = openEdges(config, state, ties);
    this.#found = namesNothing(config) ? await this.#find(config, edges) : [];
    const whole = this.#completed(config);
    await edges.prices.want(whole);
    const live = new LiveGateway(whole, {
      edges: edges.flow,
      pepper,
      firstKey: firstKey?.text,
      workers: ties?.count ?? 1,
      guard: (secrets) =>
        edges.guard(firstKey === undefined ? secrets : [...secrets, new Secret(firstKey.text)]),
    });
    edges.watch(live);
    const discovering = live.discover();
    const lifeline = this.#open(config, live, edges);
    const port = await listen(lifeline.server, config.listen).catch(async (cause: unknown) => {
      await lifeline.stop();
      throw cause;
    });
    const url = urlOf(config, port);
    if (ties === undefined) this.#announce(state, url, lifeline);
    if (ties === undefined && config.listen.workers > 1) this.#notes.push(ONE_ONLY);
    if (port !== config.listen.port && config.listen.port !== 0) this.#noteBusy(config.listen.port, port);
    await this.#noteSilent(discovering, edges);
    return this.#running(url, port, whole, live, firstKey, lifeline);
  }

  #open(config: Config, live: LiveGateway, edges: OpenEdges): Lifeline {
    const lifeline = new Lifeline(edges, config.listen.drain);
    openHouse(config, live, edges, lifeline, this.#options.ties);
    lifeline.onStop(
      edges.ticker.every(REDISCOVER, () => {
        edges.prices.refresh();
        void live.discover();
      }),
    );
    this.#watch(this.#file ?? USUAL_FILE, config, live, edges, lifeline);
    return lifeline;
  }

  #watch(file: string, first: Config, live: LiveGateway, edges: OpenEdges, lifeline: Lifeline): void {
    const { log } = edges;
    const watch: ConfigWatch = watchConfig(file, {
      ...this.#context,
      ticker: edges.ticker,
      onChange: (changed, warnings) => {
        const config = this.#settle(changed);
        for (const warning of warnings) log.event('warn', formatProblem(warning));
        log.setLevel(config.log.level);
        const waiting = waitingSettings(first, config);
        if (waiting.length > 0)
          log.event('warn', `Changes that wait for the next start: ${waiting.join(', ')}.`);
        const whole = this.#completed(config);
        void edges.prices.want(whole).then(() => {
          live.swap(whole);
          void live.discover();
          log.event('info', 'The config was reloaded.', { file });
        });
      },
      onProblems: (problems) => {
        log.event('error', 'The changed config is wrong and was not taken; the one before it stays.', {
          file,
        });
        for (const problem of problems) log.event('error', formatProblem(problem));
      },
    });
    const onHangup = (): void => watch.reload();
    process.on('SIGHUP', onHangup);
    lifeline.onStop(() => {
      watch.close();
      process.removeListener('SIGHUP', onHangup);
    });
  }

  /** A file that names neither upstreams nor models leaves them as they are without a file. */
  #completed(config: Config): Config {
    if (!namesNothing(config)) return config;
    const builtIn = defaultConfig();
    const found = this.#found.map((finding) => finding.options);
    return {
      ...config,
      upstreams: [...found, ...builtIn.upstreams],
      // Where something real answers, the simulated models step back: they are there as sim/fast and so on.
      models: found.length === 0 ? builtIn.models : [],
    };
  }

  /** The command line finds us by this; a gateway that was here first keeps the place. */
  #announce(state: StateFolder, url: string, lifeline: Lifeline): void {
    if (state.claim(process.pid)) {
      state.announce(url);
      lifeline.onStop(() => state.withdraw());
    } else {
      this.#notes.push(`ANOTHER GATEWAY USES ${state.path}: give each a folder of its own with --state.`);
    }
  }

  #find(config: Config, edges: OpenEdges): Promise<readonly Finding[]> {
    const { transport } = edges.flow;
    return findUpstreams({ providers, transport, env: this.#options.env, ownPort: config.listen.port });
  }

  /** Calls are taken already; the banner waits a moment for engines to say what they have, and no longer. */
  async #noteSilent(discovering: Promise<readonly Discovered[]>, edges: OpenEdges): Promise<void> {
    let enough: () => void = () => undefined;
    const stop = edges.ticker.every(BANNER_PATIENCE, () => enough());
    const late = new Promise<undefined>((resolve) => {
      enough = () => resolve(undefined);
    });
    const discovered = await Promise.race([discovering, late]);
    stop();
    for (const { upstream, url, problem } of discovered ?? []) {
      if (problem !== undefined) this.#notes.push(`${upstream} does not answer yet at ${url}: ${problem}`);
    }
  }

  #noteBusy(wanted: number, port: number): void {
    this.#notes.push(`PORT ${wanted} IS IN USE: listening on ${port} instead.`);
  }

  #running(
    url: string,
    port: number,
    config: Config,
    live: LiveGateway,
    firstKey: FirstKey | undefined,
    lifeline: Lifeline,
  ): RunningServer {
    const everything = live.current.models.list(() => true);
    return {
      url,
      portWanted: config.listen.port,
      port,
      startedIn: performance.now(),
      key: shownKey(config, firstKey),
      found: this.#found.map((finding) => foundLine(finding, live)),
      notes: this.#notes,
      models: everything.map((entry) => entry.name),
      simulated: everything.map((entry) => entry.name).filter((name) => isSimulated(name, live)),
      ...(this.#file === undefined ? {} : { configFile: this.#file }),
      closed: lifeline.closed,
      stop: () => lifeline.stop(),
    };
  }
}

function namesNothing(config: Config): boolean {
  return config.upstreams.length === 0 && config.models.length === 0;
}

function openState(path: string): StateFolder {
  try {
    return new StateFolder(path);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new ConfigError([
      {
        file: 'signalbox.yaml',
        line: 1,
        column: 1,
        path: 'state',
        message: `The state folder ${path} cannot be used (${reason}).`,
        hint: 'Name another with --state or the section "state".',
      },
    ]);
  }
}

function load(file: string, context: FileContext): { config: Config; warnings: readonly Problem[] } {
  const parsed = loadConfig(file, context);
  if (!parsed.ok) throw new ConfigError(parsed.problems);
  return parsed;
}

/** The key made at first start is for this machine. For everybody else somebody must have been let in on purpose. */
function refuseOpenDoor(config: Config, file: string | undefined): void {
  if (isLoopback(config.listen.host) || config.keys.length > 0) return;
  throw new ConfigError([
    {
      file: file ?? 'signalbox.yaml',
      line: 1,
      column: 1,
      path: 'keys',
      message: `Listening on ${config.listen.host} makes the gateway reachable from other machines, and there are no keys.`,
      hint: 'Add a section "keys", or listen on 127.0.0.1.',
    },
  ]);
}

function urlOf(config: Config, port: number): string {
  const { host, tls } = config.listen;
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const shown = reachable.includes(':') ? `[${reachable}]` : reachable;
  return `${tls === undefined ? 'http' : 'https'}://${shown}:${port}`;
}

function shownKey(config: Config, firstKey: FirstKey | undefined): RunningServer['key'] {
  if (firstKey !== undefined) return { name: 'this machine', shown: firstKey.text, file: firstKey.file };
  return { name: config.keys.map((key) => key.name).join(', ') };
}
