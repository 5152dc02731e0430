// In whose words a page that belongs to no call says what is wrong.
import type { Protocol } from '../canonical/protocol.ts';
import type { WireHeaders } from '../canonical/wire.ts';
import { protocols } from '../protocols/registry.ts';

/** Most clients speak it; strangers are answered in it. */
const USUAL_PATH = '/v1/chat/completions';

/** Pages without a dialect of their own answer in that of the path, or of the headers the caller sends. */
export function dialectOf(path: string, headers: WireHeaders): Protocol {
  const byPath = protocols.find((face) => face.routes.some((route) => path.startsWith(route.path)));
  const byFolder = folderOf(path);
  const byHeaders = protocols.find((face) => face.forwardHeaders.some((name) => headers[name] !== undefined));
  const usual = protocols.find((face) => face.routes.some((route) => route.path === USUAL_PATH));
  const dialect = byPath ?? byFolder ?? byHeaders ?? usual;
  if (dialect === undefined) throw new Error('No protocol is registered.');
  return dialect;
}

/** The one face with paths in the same folder, if there is but one. */
function folderOf(path: string): Protocol | undefined {
  const folder = path.slice(0, path.indexOf('/', 1) + 1);
  const faces = protocols.filter((face) => face.routes.some((route) => route.path.startsWith(folder)));
  return folder.length > 1 && faces.length === 1 ? faces[0] : undefined;
}
