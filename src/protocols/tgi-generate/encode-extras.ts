// What other engines' clients put beside OpenAI's or Ollama's fields and TGI knows, too. All else is named as lost.
import type { CallContent } from '../../canonical/content.ts';
import { asString, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import { isGreedy } from './encode-sampling.ts';

interface Counterpart {
  readonly name: string;
  /** Undefined: it cannot be said. */
  value?(value: Json): Json | undefined;
  /** Why it is not quite the same. */
  readonly bent?: string;
}

const grammar = (type: string) => (value: Json) => ({ type, value });

const counterparts: ReadonlyMap<string, Counterpart> = new Map<string, Counterpart>(
  Object.entries({
    repetition_penalty: { name: 'repetition_penalty' },
    typical_p: { name: 'typical_p' },
    watermark: { name: 'watermark' },
    truncate: { name: 'truncate' },
    truncate_prompt_tokens: { name: 'truncate' },
    grammar: { name: 'grammar', value: ownGrammar },
    guided_json: { name: 'grammar', value: grammar('json') },
    guided_regex: { name: 'grammar', value: grammar('regex') },
    'options.repeat_penalty': {
      name: 'repetition_penalty',
      bent: 'all of the text counts, not its last tokens only',
    },
    'options.typical_p': { name: 'typical_p' },
  }),
);

/** Goes without saying: no template is ever put around a prompt here. */
const TRUE_ANYWAY = 'raw';
/** Says that nothing is narrowed, and is refused. */
const NO_TYPICAL = 1;

export function encodeExtras(content: CallContent, ledger: Ledger): JsonObject {
  const parameters: Record<string, Json> = {};
  for (const [field, value] of Object.entries(content.extras)) {
    const found = counterparts.get(field);
    if (value === undefined || field === TRUE_ANYWAY || isIdle(found, value, content)) continue;
    const said = worded(value, found);
    if (found !== undefined && said !== undefined) parameters[found.name] = said;
    note(field, said === undefined ? undefined : found, ledger);
  }
  return parameters;
}

/** Changes nothing, and would be refused, or turn on what is off. */
function isIdle(found: Counterpart | undefined, value: Json, content: CallContent): boolean {
  return found?.name === 'typical_p' && (value === NO_TYPICAL || isGreedy(content));
}

function worded(value: Json, found: Counterpart | undefined): Json | undefined {
  return found?.value === undefined ? value : found.value(value);
}

function note(field: string, found: Counterpart | undefined, ledger: Ledger): void {
  if (found === undefined) {
    ledger.dropped(field);
    return;
  }
  const { name, bent } = found;
  if (bent !== undefined) ledger.approximated(field, bent);
  else if (name !== field && !field.endsWith(`.${name}`)) ledger.mapped(field, `as ${name}`);
}

/** Others' grammars are texts in notations of their own. */
function ownGrammar(value: Json): Json | undefined {
  const type = isObject(value) ? asString(value.type) : undefined;
  return type === 'json' || type === 'regex' ? value : undefined;
}
