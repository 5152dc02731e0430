// llama-server in two steps: its template makes a prompt of the chat, its tokenizer cuts that.
import { asArray, asString, type JsonObject } from '../../canonical/json.ts';
import type { Probe } from '../../canonical/provider.ts';
import { tryPost } from '../probing.ts';

export async function countTokens(probe: Probe, call: JsonObject): Promise<number | undefined> {
  const { model, messages, tools } = call;
  const asked = { model, messages, ...(tools === undefined ? {} : { tools }) };
  const prompt = asString((await tryPost(probe, '/apply-template', asked))?.['prompt']);
  if (prompt === undefined) return undefined;
  const cut = await tryPost(probe, '/tokenize', {
    model,
    content: prompt,
    add_special: true,
    parse_special: true,
  });
  const tokens = asArray(cut?.['tokens']);
  return tokens === undefined || tokens.length === 0 ? undefined : tokens.length;
}
