// Python's clients, driven by python/serve.py in an environment of their own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PIXEL, PROMPT, RESULTS, TOOLS } from '../ask.js';
import { clientCases, overEach, WEATHER } from '../cases.js';
import { it } from '../it.js';

const ask = { prompt: PROMPT, tools: TOOLS, results: RESULTS, pixel: PIXEL };
const kinds = { 400: 'BadRequestError', 401: 'AuthenticationError', 404: 'NotFoundError' };
const ways = ['stream', 'stream()'];
const folder = new URL('../', import.meta.url);

/** One process for a file; undefined where the environment was not made. Calls are answered in their order. */
function startPython(age) {
  const python = fileURLToPath(new URL(`python-${age}/bin/python`, folder));
  if (!existsSync(python)) return undefined;
  const child = spawn(python, [fileURLToPath(new URL('python/serve.py', folder))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift().resolve(JSON.parse(line)));
  child.once('exit', (code) => {
    for (const { reject } of waiting) reject(new Error(`Python ended with ${code}.`));
  });
  after(() => child.stdin.end());
  return (call) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify(call)}\n`);
    });
}

class PythonFault extends Error {
  constructor(fault) {
    super(fault.message);
    this.fault = fault;
  }
}

function pythonDriver(name, serve, driver) {
  const act = async (what, at, how) => {
    const { ok, fault } = await serve({ driver, do: what, at, ask, how });
    if (fault !== undefined) throw new PythonFault(fault);
    return ok;
  };
  const asking =
    (what) =>
    (at, how = {}) =>
      act(what, at, { stream: how.stream ?? false });
  return {
    name,
    text: asking('text'),
    think: asking('think'),
    tools: asking('tools'),
    structured: asking('structured'),
    image: (at) => act('image', at),
    models: (at) => act('models', at),
    embed: driver === 'chat' ? (at, texts) => act('embed', at, { texts }) : undefined,
    leavesOnlyStreams: true,
    leave: async (at) => assert.equal((await act('leave', at)).text, 'Hel'),
    fault: ({ fault, message }) => fault ?? { message },
    ways: Object.fromEntries(ways.map((way) => [way, (at) => act('way', at, { name: way })])),
    act,
  };
}

/** Nothing at all where the environment could not be made: the runner has said so. */
export function pythonClients(age) {
  const serve = startPython(age);
  if (serve === undefined) return;
  const pins = readFileSync(new URL(`python/${age}.txt`, folder), 'utf8');
  const versioned = (name) => `Python ${name} ${new RegExp(`^${name}==(.*)$`, 'm').exec(pins)[1]}`;
  const anthropic = pythonDriver(versioned('anthropic'), serve, 'messages');
  const drivers = [
    pythonDriver(`${versioned('openai')} chat`, serve, 'chat'),
    pythonDriver(`${versioned('openai')} responses`, serve, 'responses'),
    anthropic,
  ];
  const scene = clientCases(drivers.map((driver) => [driver, { kinds }]));

  overEach(scene, anthropic, ({ at, next, heard }) => {
    it('helpers: the tool runner calls until there is an answer', async () => {
      next({ reasoning: 'Look.', tools: [WEATHER] }, { text: 'Sunny.' });
      const { asked, text } = await anthropic.act('run', at());
      assert.deepEqual(asked, [WEATHER.input]);
      assert.equal(text, 'Sunny.');
      assert.deepEqual(heard().results, [RESULTS.get_weather]);
    });
  });
}
