// accept: a body that is a form with files, as errands with sound and pictures have. Its parts are found; nothing is copied.
import { GatewayError } from '../../canonical/errors.ts';
import { FormWire } from '../../canonical/form-wire.ts';
import type { Operation, Protocol } from '../../canonical/protocol.ts';
import { FormError, scanForm } from '../../lib/multipart.ts';

/** Named twice, nobody could say which one a reader further on would take. */
const ONCE = ['model', 'stream'];

export function readForm(face: Protocol, operation: Operation, bytes: Buffer, boundary: string): FormWire {
  const wire = new FormWire(face, operation, bytes, scanned(bytes, boundary), boundary);
  for (const name of ONCE) {
    if (wire.fields.filter((field) => field.name === name).length > 1) {
      throw new GatewayError('bad_request', `The form has more than one part "${name}".`, { param: name });
    }
  }
  return wire;
}

function scanned(bytes: Buffer, boundary: string) {
  try {
    return scanForm(bytes, boundary);
  } catch (cause) {
    if (!(cause instanceof FormError)) throw cause;
    throw new GatewayError('bad_request', `The form cannot be read: ${cause.message}.`, {
      param: `byte ${cause.offset}`,
      remedy: 'Was it cut short on the way, or its content type changed?',
    });
  }
}
