// The wire dialects of the rig, one file each: what the load generator sends, what the mock upstream answers, and
// how contestants are told of it. Another dialect is another file and a line here; pairs.js says who translates.

import { anthropicMessages } from './dialects/anthropic-messages.js';
import { geminiGenerate } from './dialects/gemini-generate.js';
import { openaiChat } from './dialects/openai-chat.js';
import { openaiResponses } from './dialects/openai-responses.js';

/**
 * @typedef {object} Dialect
 * @property {string} letter in the keys of windows
 * @property {string} name in the table
 * @property {string} model what the mock's model is called
 * @property {(call: { model: string, stream: boolean }) => string} path of a call
 * @property {(head: string) => boolean} isCall is this head, request line and all, a call in this dialect?
 * @property {(head: string) => boolean} [streams] where the path and not the body asks for a stream
 * @property {(secret: string) => Record<string, string>} headers
 * @property {{ provider: string, base: string, models?: string, protocols?: string }} upstream of our configuration; `base` follows the address
 * @property {string} [portkey] what the peer calls the provider; without it, it has none
 * @property {(call: object) => string} callBody @property {string} terminal what the last bytes of a stream contain
 * @property {boolean} [repeats] does a stream end with all of its text again?
 * @property {string} [streamType] content type of a stream, where it is not server-sent events
 * @property {() => string | Buffer} json @property {() => string | Buffer} opening
 * @property {(ordinal: number) => string | Buffer} frame about 0.25 KB, with one mark
 * @property {() => string | Buffer} closing
 */

/** @type {Record<string, Dialect>} */
export const DIALECTS = {
  chat: openaiChat,
  messages: anthropicMessages,
  responses: openaiResponses,
  gemini: geminiGenerate,
};

/**
 * The body of a call.
 * @param {{ dialect: string, model: string, stream: boolean, promptBytes: number, id?: string }} call
 */
export function callBody(call) {
  return DIALECTS[call.dialect].callBody(call);
}
