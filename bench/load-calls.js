// Turns the call description of a plan into the bytes to send and what to expect back.

import { callBody, DIALECTS } from './dialects.js';

/**
 * @typedef {object} CallPlan
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string} dialect of the caller
 * @property {string} model
 * @property {boolean} stream
 * @property {number} promptBytes
 * @property {number} [frames]
 */

/** @param {CallPlan} call @param {{ host: string, port: number }} address @param {string} [id] */
export function callBytes(call, address, id) {
  const body = callBody(id === undefined ? call : { ...call, id });
  const headers = Object.entries({
    host: `${address.host}:${address.port}`,
    ...call.headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`POST ${call.path} HTTP/1.1\r\n${lines}\r\n${body}`);
}

/** @param {CallPlan} call @returns {import('./load-connection.js').Expectation} */
export function expectationOf(call) {
  const terminal = Buffer.from(call.stream ? DIALECTS[call.dialect].terminal : '}');
  const { repeats = false } = DIALECTS[call.dialect];
  return { stream: call.stream, terminal, repeats, frames: call.stream ? call.frames : 1 };
}
