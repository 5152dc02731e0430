// Ollama's models: what it has, what each can do, and the context it really gives them.
import { asArray, asObject, asString, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ability, ModelFacts, Probe } from '../../canonical/provider.ts';
import { ask, factsOf, listIn, nameIn, tokensIn, tryAsk, tryPost } from '../probing.ts';

const abilityOf: Readonly<Record<string, Ability>> = {
  tools: 'tools',
  vision: 'images',
  audio: 'audio',
  thinking: 'reasoning',
  completion: 'structured',
  embedding: 'embeddings',
};

/**
 * The window we ask for where nobody says how large it shall be: what a model was trained with may be a million
 * tokens, and takes the memory of the machine, used or not.
 */
const USUAL_WINDOW = 32_768;

/** Gateways like this one have its pages, too. */
export async function recognise(probe: Probe): Promise<boolean> {
  const version = await tryAsk(probe, '/api/version');
  return nameIn(version?.['version']) !== undefined && version?.['gateway'] === undefined;
}

/** `window`: what the operator wants a model to have, if it can have it. */
export async function discover(probe: Probe, window: number | undefined): Promise<readonly ModelFacts[]> {
  const tags = listIn(await ask(probe, '/api/tags'), 'models', '/api/tags');
  const loaded = window === undefined ? await loadedWindows(probe) : new Map<string, number>();
  const facts = await Promise.all(tags.map((tag) => factsAbout(probe, tag, loaded, window)));
  return facts.flatMap((fact) => (fact === undefined ? [] : [fact]));
}

async function factsAbout(
  probe: Probe,
  tag: JsonObject,
  loaded: ReadonlyMap<string, number>,
  window: number | undefined,
): Promise<ModelFacts | undefined> {
  const id = nameIn(tag['model']) ?? nameIn(tag['name']);
  if (id === undefined) return undefined;
  const shown = await tryPost(probe, '/api/show', { model: id });
  // Models that Ollama forwards to its cloud leave the house: they are not this local upstream's.
  if (isRemote(tag) || isRemote(shown)) return undefined;
  return factsOf(id, {
    contextWindow: loaded.get(id) ?? askedWindow(shown, window),
    abilities: abilitiesIn(shown?.['capabilities']),
  });
}

function isRemote(entry: JsonObject | undefined): boolean {
  return nameIn(entry?.['remote_host']) !== undefined || nameIn(entry?.['remote_model']) !== undefined;
}

/** The window a model was loaded with beats what it could have had. */
async function loadedWindows(probe: Probe): Promise<ReadonlyMap<string, number>> {
  const windows = new Map<string, number>();
  const running = await tryAsk(probe, '/api/ps');
  for (const entry of (asArray(running?.['models']) ?? []).filter(isObject)) {
    const id = nameIn(entry['model']) ?? nameIn(entry['name']);
    const window = tokensIn(entry['context_length']);
    if (id !== undefined && window !== undefined) windows.set(id, window);
  }
  return windows;
}

/** The operator's wish, else the Modelfile's, else the usual; never more than the model can have. */
function askedWindow(shown: JsonObject | undefined, window: number | undefined): number | undefined {
  const most = trainedWindow(asObject(shown?.['model_info']));
  const set = window ?? parameterWindow(asString(shown?.['parameters']));
  if (most === undefined) return set;
  return Math.min(set ?? USUAL_WINDOW, most);
}

function trainedWindow(info: JsonObject | undefined): number | undefined {
  if (info === undefined) return undefined;
  const family = asString(info['general.architecture']);
  const named = tokensIn(info[`${family}.context_length`]);
  if (named !== undefined) return named;
  const key = Object.keys(info).find((name) => name.endsWith('.context_length'));
  return key === undefined ? undefined : tokensIn(info[key]);
}

/** The Modelfile's parameters come as text, one "name  value" per line. */
function parameterWindow(parameters: string | undefined): number | undefined {
  const found = /^num_ctx\s+(\d+)\s*$/m.exec(parameters ?? '');
  return found === null ? undefined : tokensIn(Number(found[1]));
}

function abilitiesIn(capabilities: Json | undefined): readonly Ability[] | undefined {
  return asArray(capabilities)?.flatMap((name) => abilityOf[asString(name) ?? ''] ?? []);
}
