// Reads a request body into one buffer, within a bound that is checked before the bytes are kept.
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../canonical/errors.ts';
import type { Cancel } from '../lib/cancel.ts';

export function readBody(request: IncomingMessage, bound: number, cancel: Cancel): Promise<Buffer> {
  const stated = request.headers['content-length'];
  const length = stated === undefined ? 0 : Number(stated);
  if (length > bound) {
    request.resume();
    return Promise.reject(tooLarge(bound, length));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const gone = (): void => reject(left());
    const whole = (): void => {
      cancel.forget(gone);
      const only = chunks[0];
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size));
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bound) {
        chunks.length = 0;
        reject(tooLarge(bound, undefined));
        return;
      }
      chunks.push(chunk);
      if (size === length) whole();
    });
    if (length === 0) request.on('end', whole);
    cancel.onRequest(gone);
  });
}

function left(): GatewayError {
  return new GatewayError('client_gone', 'The caller left while sending the body.');
}

function tooLarge(bound: number, stated: number | undefined): GatewayError {
  const what = stated === undefined ? 'The body' : `The body of ${stated} bytes`;
  return new GatewayError('body_too_large', `${what} is larger than the ${bound} bytes taken here.`, {
    param: 'body',
    remedy: 'Send less, or raise listen.max_body.',
  });
}
