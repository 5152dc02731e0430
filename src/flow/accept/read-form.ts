// accept: a body that is a form with files, as errands with sound and pictures have. Its parts are found; nothing is copied.
import { GatewayError } from '../../canonical/errors.ts';
import { FormWire } from '../../canonical/form-wire.ts';
import type { Operation, Protocol } from '../../canonical/protocol.ts';
import { FormError, type Part, scanForm } from '../../lib/multipart.ts';

/** Named twice, nobody could say which one a reader further on would take: not even as a file. */
const ONCE = new Set(['model', 'stream']);

export function readForm(face: Protocol, operation: Operation, bytes: Buffer, boundary: string): FormWire {
  const scan = scanned(bytes, boundary);
  checkNames(scan.fields);
  return new FormWire(face, operation, bytes, scan, boundary);
}

/** Files may be many of one name, and texts whose name says that it is a list. */
function checkNames(parts: readonly Part[]): void {
  const seen = new Set<string>();
  for (const { name, isFile } of parts) {
    if (!ONCE.has(name) && (isFile || name.endsWith('[]'))) continue;
    if (seen.has(name)) {
      throw new GatewayError('bad_request', `The form has more than one part "${name}".`, { param: name });
    }
    seen.add(name);
  }
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
