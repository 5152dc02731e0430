// The command line: which commands there are, what they take, and what becomes of their errors.
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { version } from '../server/version.ts';
import { CommandError, exitCodeHelp, FAILED, OK, USAGE } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line and returns the exit code. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  const json = argv.includes('--json');
  const outcome = { code: OK };
  const program = createProgram(terminal, outcome, json);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return outcome.code;
  } catch (error) {
    return report(error, terminal, json);
  }
}

interface Outcome {
  code: number;
}

function createProgram(terminal: Terminal, outcome: Outcome, json: boolean): Command {
  const program = new Command('signalbox')
    .description('Inference gateway: one URL in front of local engines and cloud services.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => {
        if (!json) terminal.err.write(text);
      },
    })
    .addHelpText('after', exitCodeHelp)
    .showHelpAfterError('(add --help for what can be said)');
  addServe(program, terminal, outcome);
  addCheck(program, terminal, outcome);
  addChat(program, terminal, outcome);
  addBench(program, terminal, outcome);
  addPrices(program, terminal, outcome);
  for (const command of program.commands.flatMap((one) => [one, ...one.commands]))
    command.addHelpText('after', exitCodeHelp);
  return program;
}

function addServe(program: Command, terminal: Terminal, outcome: Outcome): void {
  program
    .command('serve')
    .description('Run the gateway.')
    .option('-c, --config <file>', 'config file (SIGNALBOX_CONFIG; else signalbox.yaml, if there is one)')
    .option('-p, --port <number>', 'port to listen on', portNumber)
    .option('--host <address>', 'address to listen on')
    .option('--state <folder>', 'folder for key, pepper and journal')
    .option('--json', 'say what was started as one JSON object')
    .action(async (flags) => {
      const [{ serve, startOptions }, { ownPlace, Ties }] = await Promise.all([
        import('./serve.ts'),
        import('../server/workers/processes.ts'),
      ]);
      const place = ownPlace();
      if (place === undefined) {
        const { startGateway } = await import('../server/workers/start.ts');
        outcome.code = await serve(flags, terminal, startGateway);
      } else {
        const [{ work }, { startServer }] = await Promise.all([
          import('../server/workers/work.ts'),
          import('../server/start.ts'),
        ]);
        await work(startOptions(flags, terminal.env), startServer, new Ties(place));
      }
    });
}

function addCheck(program: Command, terminal: Terminal, outcome: Outcome): void {
  program
    .command('check')
    .description('Check a config file and list everything that is wrong with it.')
    .argument('[file]', 'config file (SIGNALBOX_CONFIG; else signalbox.yaml)')
    .option('-c, --config <file>', 'the same, as serve takes it')
    .option('--schema', 'print the JSON Schema of the config file')
    .option('--json', 'say it as one JSON object')
    .action(async (file: string | undefined, flags) => {
      const { check } = await import('./check.ts');
      outcome.code = check(file ?? flags.config, flags, terminal);
    });
}

function addChat(program: Command, terminal: Terminal, outcome: Outcome): void {
  program
    .command('chat')
    .description('Ask a model through a running gateway; the prompt comes from the arguments or from a pipe.')
    .argument('[prompt...]', 'what to ask')
    .option('-m, --model <name>', 'model (SIGNALBOX_MODEL; else the first one there is)')
    .option('--system <text>', 'system prompt')
    .option('--face <face>', 'dialect to speak: openai or anthropic', faceName, 'openai')
    .option('--no-stream', 'wait for the whole answer')
    .option('--url <url>', 'where the gateway is (SIGNALBOX_URL; else the one started here)')
    .option('--key <key>', 'key to call with (SIGNALBOX_KEY; else the one of the state folder)')
    .option('--state <folder>', 'state folder of the gateway (SIGNALBOX_STATE)')
    .option('--json', 'give the answer and its facts as one JSON object')
    .action(async (words: readonly string[], flags) => {
      const { chat } = await import('./chat.ts');
      outcome.code = await chat(words, flags, terminal);
    });
}

function addBench(program: Command, terminal: Terminal, outcome: Outcome): void {
  program
    .command('bench')
    .description('Measure a running gateway, quickly: latency and what the gateway adds.')
    .option('-m, --model <name>', 'model to call; a simulated one, or it costs money', 'sim/fast')
    .option('-n, --calls <number>', 'how many calls', countUpTo(100_000), 2000)
    .option('--concurrency <number>', 'how many at a time', countUpTo(1000), 16)
    .option('--rate <number>', 'calls per second, instead of as fast as possible', countUpTo(100_000))
    .option('--stream', 'stream the answers')
    .option('--url <url>', 'where the gateway is (SIGNALBOX_URL; else the one started here)')
    .option('--key <key>', 'key to call with (SIGNALBOX_KEY; else the one of the state folder)')
    .option('--state <folder>', 'state folder of the gateway (SIGNALBOX_STATE)')
    .option('--json', 'give the figures as one JSON object')
    .action(async (flags) => {
      const { bench } = await import('./bench.ts');
      outcome.code = await bench(flags, terminal);
    });
}

function addPrices(program: Command, terminal: Terminal, outcome: Outcome): void {
  const command = program
    .command('prices')
    .description('What the catalogue knows of a model: window and prices, and where that comes from.')
    .argument('[model]', "a service's name of a model; without it, what services there are")
    .option('--provider <id>', 'only as this provider has it')
    .option('--services', 'which services the catalogue knows')
    .option('--state <folder>', 'state folder of the gateway (SIGNALBOX_STATE)')
    .option('--json', 'say it as one JSON object')
    .action(async (model: string | undefined, flags) => {
      const { prices } = await import('./prices.ts');
      outcome.code = prices(model, flags, terminal);
    });
  command
    .command('update')
    .description('Replace the catalogue by what its package publishes now. The only time it goes online.')
    .option('--from <place>', 'a file or a URL instead')
    .option('--state <folder>', 'state folder of the gateway (SIGNALBOX_STATE)')
    .option('--json', 'say it as one JSON object')
    .action(async (_flags, update: Command) => {
      const { updatePrices } = await import('./prices-update.ts');
      outcome.code = await updatePrices(update.optsWithGlobals(), terminal);
    });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

function faceName(text: string): string {
  if (text === 'openai' || text === 'anthropic') return text;
  throw new InvalidArgumentError('A face is openai or anthropic.');
}

function countUpTo(most: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (/^\d+$/.test(text) && count >= 1 && count <= most) return count;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };
}

async function report(error: unknown, terminal: Terminal, json: boolean): Promise<number> {
  // Commander has written its own message already; only as JSON it still has to be said.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return OK;
    if (json) fail(terminal, true, error.message.replace(/^error: /, ''));
    return USAGE;
  }
  const { ConfigError } = await import('../config/config-error.ts');
  if (error instanceof ConfigError) {
    if (json) terminal.out.write(`${JSON.stringify({ ok: false, problems: error.problems })}\n`);
    else terminal.err.write(`${error.message}\n`);
    return USAGE;
  }
  fail(terminal, json, error instanceof Error ? error.message : String(error));
  return error instanceof CommandError ? error.code : FAILED;
}

function fail(terminal: Terminal, json: boolean, message: string): void {
  if (json) terminal.out.write(`${JSON.stringify({ ok: false, error: message })}\n`);
  else terminal.err.write(`${terminal.err.paint('red', 'error:')} ${message}\n`);
}
