// Names of tools on their way there: letters, digits and underscores, and no digit first. Whatever else is in a name
// is escaped as in other dialects with such a rule, so a reply's calls find their way back without a list.
import { wrapName } from '../../canonical/free-text-tools.ts';

/** An underscore only where it would read as an escape. */
const FOREIGN = /_(?=x[0-9a-f]+(?:_|[^a-zA-Z0-9_]))|[^a-zA-Z0-9_]|^[0-9]/gu;

export function encodeName(name: string, custom: boolean): string {
  const plain = name.replace(FOREIGN, (character) => `_x${(character.codePointAt(0) ?? 0).toString(16)}_`);
  return custom ? wrapName(plain) : plain;
}
