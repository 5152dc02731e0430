// The command line of the bench.

const CASES = ['a', 'b', 'c', 'd', 'e', 'f', 's'];
const CONTESTANTS = ['direct', 'nginx', 'signalbox', 'portkey'];

export const HELP = `npm run bench -- [options]

  --case a,b        only these cases (default: all)
                      a  small chat             b  streams              c  1 MB prompts
                      d  translation            e  exact cache          f  5,000 slow streams
                      s  start and idle memory
  --rounds N        interleaved rounds (default 5)
  --quick           2 short rounds and a small case f: a look, not a result
  --contestants x,y only these of ${CONTESTANTS.join(', ')}
  --no-peers        leave out the peers (Portkey), nothing is downloaded
  --node-flags "…"  flags for the node that runs signalbox, such as --cpu-prof --cpu-prof-dir=DIR
  --seed N          order of the contestants in each round (default: 1)
  --json            print the result as JSON instead of a table
  --readme          measure nothing: write the tables of README.md and docs/benchmark.md from results/latest.json
  --help            this text

Exit code: 0 every measured target met, 1 a target missed, a call or the bench failed, 2 the command line is wrong.
Targets that could not be measured, for want of nginx or a peer, are listed at the end and judged by nobody.
`;

export class UsageError extends Error {}

function numberOf(name, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`${name} needs a whole number from 1 on.`);
  return value;
}

function listOf(name, text, known) {
  const chosen = (text ?? '').split(',').filter(Boolean);
  const unknown = chosen.find((item) => !known.includes(item));
  if (unknown !== undefined) throw new UsageError(`${name} does not know "${unknown}": ${known.join(', ')}.`);
  if (chosen.length === 0) throw new UsageError(`${name} needs at least one of ${known.join(', ')}.`);
  return known.filter((item) => chosen.includes(item));
}

const FLAGS = {
  '--help': (options) => ({ ...options, help: true }),
  '--readme': (options) => ({ ...options, readme: true }),
  '--json': (options) => ({ ...options, json: true }),
  '--quick': (options) => ({ ...options, quick: true }),
  '--no-peers': (options) => ({ ...options, peers: false }),
};

const VALUES = {
  '--case': (options, text) => ({ ...options, cases: listOf('--case', text, CASES) }),
  '--contestants': (options, text) => ({
    ...options,
    contestants: listOf('--contestants', text, CONTESTANTS),
  }),
  '--rounds': (options, text) => ({ ...options, rounds: numberOf('--rounds', text) }),
  '--node-flags': (options, text) => ({ ...options, nodeFlags: (text ?? '').split(' ').filter(Boolean) }),
  '--seed': (options, text) => ({ ...options, seed: numberOf('--seed', text) }),
};

/** @param {readonly string[]} args */
export function parseOptions(args) {
  let options = {
    cases: CASES,
    contestants: CONTESTANTS,
    rounds: undefined,
    seed: 1,
    nodeFlags: [],
    quick: false,
    json: false,
    readme: false,
    peers: true,
    help: false,
  };
  for (let at = 0; at < args.length; at++) {
    const [name, inline] = args[at].split(/=(.*)/s, 2);
    if (Object.hasOwn(FLAGS, name)) options = FLAGS[name](options);
    else if (Object.hasOwn(VALUES, name)) options = VALUES[name](options, inline ?? args[++at]);
    else throw new UsageError(`Unknown option ${args[at]}.`);
  }
  const contestants = options.peers
    ? options.contestants
    : options.contestants.filter((name) => name !== 'portkey');
  return { ...options, contestants, rounds: options.rounds ?? (options.quick ? 2 : 5) };
}
