// llama-server's models. /props tells the context one slot has; the list's n_ctx_train is what the
// model was trained with and never what a call may use, so it is not read.
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';
import type { Ability, ModelFacts, Probe } from '../../canonical/provider.ts';
import { ask, factsOf, listIn, nameIn, tokensIn, tryAsk } from '../probing.ts';

export async function recognise(probe: Probe): Promise<boolean> {
  const props = await tryAsk(probe, '/props');
  return (
    props !== undefined && (asObject(props['default_generation_settings']) !== undefined || isRouter(props))
  );
}

export async function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  const list = listIn(await ask(probe, '/v1/models'), 'data', '/v1/models');
  const props = await tryAsk(probe, '/props');
  const facts = list.map(async (entry) => {
    const id = nameIn(entry['id']);
    if (id === undefined) return [];
    return [factsIn(id, isRouter(props) ? await propsOf(probe, id, entry) : props)];
  });
  return (await Promise.all(facts)).flat();
}

/** One for each call it works on. A router has none itself: each of its models has its own. */
export async function slots(probe: Probe): Promise<number | undefined> {
  return tokensIn((await tryAsk(probe, '/props'))?.['total_slots']);
}

function isRouter(props: JsonObject | undefined): boolean {
  return asString(props?.['role']) === 'router';
}

/** In router mode each loaded model has props of its own; asking must not load the others. */
function propsOf(probe: Probe, id: string, entry: JsonObject): Promise<JsonObject | undefined> {
  if (asObject(entry['status'])?.['value'] !== 'loaded') return Promise.resolve(undefined);
  return tryAsk(probe, `/props?model=${encodeURIComponent(id)}&autoload=false`);
}

function factsIn(id: string, props: JsonObject | undefined): ModelFacts {
  return factsOf(id, {
    contextWindow: tokensIn(asObject(props?.['default_generation_settings'])?.['n_ctx']),
    abilities: props === undefined ? undefined : abilitiesIn(props),
  });
}

/** Without modalities and template caps it is an old build that tells nothing. */
function abilitiesIn(props: JsonObject): readonly Ability[] | undefined {
  const modalities = asObject(props['modalities']);
  const caps = asObject(props['chat_template_caps']);
  if (modalities === undefined || caps === undefined) return undefined;
  const abilities: Ability[] = ['structured'];
  if (caps['supports_tools'] === true || caps['supports_tool_calls'] === true) abilities.push('tools');
  if (modalities['vision'] === true) abilities.push('images');
  if (modalities['audio'] === true) abilities.push('audio');
  if (caps['supports_preserve_reasoning'] === true || caps['supports_reasoning_effort'] === true) {
    abilities.push('reasoning');
  }
  return abilities;
}
