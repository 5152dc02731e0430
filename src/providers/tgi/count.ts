// TGI cuts a chat by its template: /chat_tokenize answers with the tokens, one object each.
import { asArray, type JsonObject } from '../../canonical/json.ts';
import type { Probe } from '../../canonical/provider.ts';
import { tryPost } from '../probing.ts';

export async function countTokens(probe: Probe, call: JsonObject): Promise<number | undefined> {
  const { model, messages, tools } = call;
  const asked = { model, messages, ...(tools === undefined ? {} : { tools }) };
  const tokens = asArray((await tryPost(probe, '/chat_tokenize', asked))?.['tokenize_response']);
  return tokens === undefined || tokens.length === 0 ? undefined : tokens.length;
}
