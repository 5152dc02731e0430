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

export async function recognise(probe: Probe): Promise<boolean> {
  return nameIn((await tryAsk(probe, '/api/version'))?.['version']) !== undefined;
}

export async function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  const tags = listIn(await ask(probe, '/api/tags'), 'models', '/api/tags');
  const loaded = await loadedWindows(probe);
  const facts = await Promise.all(tags.map((tag) => factsAbout(probe, tag, loaded)));
  return facts.flatMap((fact) => (fact === undefined ? [] : [fact]));
}

async function factsAbout(
  probe: Probe,
  tag: JsonObject,
  loaded: ReadonlyMap<string, number>,
): Promise<ModelFacts | undefined> {
  const id = nameIn(tag['model']) ?? nameIn(tag['name']);
  if (id === undefined) return undefined;
  const shown = await tryPost(probe, '/api/show', { model: id });
  // Models that Ollama forwards to its cloud leave the house: they are not this local upstream's.
  if (isRemote(tag) || isRemote(shown)) return undefined;
  return factsOf(id, {
    contextWindow: loaded.get(id) ?? configuredWindow(shown),
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

function configuredWindow(shown: JsonObject | undefined): number | undefined {
  const most = trainedWindow(asObject(shown?.['model_info']));
  const set = parameterWindow(asString(shown?.['parameters']));
  if (set === undefined || most === undefined) return set ?? most;
  return Math.min(set, most);
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
