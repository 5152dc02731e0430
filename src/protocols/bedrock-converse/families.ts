// What the service takes depends on whose model it is, which the model's id states: `us.anthropic.claude-…`, or
// the ARN of a profile. Of some ARNs nobody can tell; their models are taken for Claude's, who takes the most.

export type FamilyName = 'claude' | 'nova' | 'mistral' | 'gpt-oss' | 'untold' | 'other';

export interface Family {
  readonly name: FamilyName;
  /** Where cache points may stand; elsewhere one is refused. */
  readonly caches: 'everywhere' | 'not on tools' | 'nowhere';
  /** May a tool be forced, and a certain one? */
  readonly forces: 'one' | 'any' | 'none';
  /** Takes the status of a tool's result. */
  readonly status: boolean;
  /** Takes signed reasoning back. */
  readonly signs: boolean;
  /** Where top_k goes among the fields of the model's own; undefined: nowhere. */
  readonly topK: readonly string[] | undefined;
}

const claude: Family = {
  name: 'claude',
  caches: 'everywhere',
  forces: 'one',
  status: true,
  signs: true,
  topK: ['top_k'],
};

const plain: Family = {
  name: 'other',
  caches: 'nowhere',
  forces: 'none',
  status: false,
  signs: false,
  topK: undefined,
};

const families: readonly (readonly [part: RegExp, family: Family])[] = [
  [/claude/, claude],
  [
    /amazon\.nova/,
    {
      name: 'nova',
      caches: 'not on tools',
      forces: 'one',
      status: true,
      signs: false,
      topK: ['inferenceConfig', 'topK'],
    },
  ],
  [/mistral\./, { ...plain, name: 'mistral', forces: 'any', topK: ['top_k'] }],
  [/gpt-oss/, { ...plain, name: 'gpt-oss' }],
  // The ids of imported and shared models, of routers and application profiles name nobody.
  [/^arn:(?!.*(?:foundation-model|[:/]inference-profile)\/)/, { ...claude, name: 'untold' }],
];

export function familyOf(model: string): Family {
  return families.find(([part]) => part.test(model))?.[1] ?? plain;
}

/** Of others nobody knows; the older ones of each family enforce none. */
const SCHEMA_FREE = /amazon\.(?:nova|titan)|meta\.llama|cohere\.|ai21\.|writer\.|deepseek\.r1|stability\./;

/** Does the service hold this model to a JSON schema? Claude's versions are asked elsewhere. */
export function enforcesSchema(model: string): boolean {
  return !SCHEMA_FREE.test(model);
}
