// What a config may say about an Ollama: how much of a model's window to ask for, and how long models stay loaded.
import * as z from 'zod';
import { asNumber, asString, type JsonObject } from '../../canonical/json.ts';

const DURATION = /^-?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/;

export const ollamaOptions = z.strictObject({
  num_ctx: z
    .int()
    .positive()
    .describe('Window to ask for, in tokens, up to what a model can have. It takes memory, used or not.')
    .optional(),
  keep_alive: z
    .union([z.number(), z.string().regex(DURATION)])
    .describe('How long a model stays loaded after a call: "10m", seconds, 0 for not at all, -1 for ever.')
    .optional(),
});

export interface OllamaSettings {
  readonly window: number | undefined;
  readonly keepAlive: string | number | undefined;
}

/** From provider options as the config states them, checked before. */
export function ollamaSettings(options: JsonObject): OllamaSettings {
  return {
    window: asNumber(options.num_ctx),
    keepAlive: asNumber(options.keep_alive) ?? asString(options.keep_alive),
  };
}
