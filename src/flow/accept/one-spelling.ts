// Stage accept: a field that rights and rules look at has one spelling. An upstream that takes "MODEL" for
// "model" would otherwise do what nobody has checked.
import { GatewayError } from '../../canonical/errors.ts';
import type { Field } from '../../lib/json-scan.ts';
import { foldKey } from '../../lib/key-fold.ts';

/** Fields that rules of the config are about: folded name to the name as it must be written. */
export type RuledFields = ReadonlyMap<string, string>;

/** `names` may point one level in: `outer.inner`. */
export function ruledFields(names: Iterable<string>): RuledFields {
  const ruled = new Map<string, string>();
  for (const name of names) {
    const outer = name.split('.', 1)[0] ?? name;
    ruled.set(foldKey(outer), outer);
  }
  return ruled;
}

export function checkSpelling(
  fields: readonly Field[],
  known: ReadonlySet<string>,
  ruled: RuledFields,
): void {
  for (const { name } of fields) {
    const folded = foldKey(name);
    const ruledAs = ruled.size === 0 ? undefined : ruled.get(folded);
    if (ruledAs !== undefined && ruledAs !== name) throw misspelt(name, ruledAs);
    if (folded !== name && ruledAs === undefined && known.has(folded)) throw misspelt(name, folded);
  }
}

function misspelt(name: string, right: string): GatewayError {
  return new GatewayError('bad_request', `Some upstreams read the field "${name}" as "${right}".`, {
    param: name,
    remedy: `Write "${right}".`,
  });
}
