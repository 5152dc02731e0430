// vLLM counts a chat by its template: /tokenize takes the messages and tools of a chat call.
import type { JsonObject } from '../../canonical/json.ts';
import type { Probe } from '../../canonical/provider.ts';
import { tokensIn, tryPost } from '../probing.ts';

export async function countTokens(probe: Probe, call: JsonObject): Promise<number | undefined> {
  const { model, messages, tools, chat_template_kwargs: kwargs } = call;
  const extra = kwargs === undefined ? {} : { chat_template_kwargs: kwargs };
  const asked = { model, messages, ...(tools === undefined ? {} : { tools }), ...extra };
  return tokensIn((await tryPost(probe, '/tokenize', asked))?.['count']);
}
