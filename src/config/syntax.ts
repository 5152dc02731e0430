// What the YAML parser complains about, in our words where ours are clearer.
import { type Document, isMap, type YAMLError } from 'yaml';
import type { Finding } from './problem.ts';

export interface Syntax {
  readonly findings: readonly Finding[];
  /** Is what was parsed worth reading on? */
  readonly readable: boolean;
}

export function syntaxFindings(text: string, document: Document.Parsed): Syntax {
  const faults: readonly YAMLError[] = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    // One slip of the pen makes the parser stumble on for a while: only the first stumble tells.
    const twice = faults.filter((fault) => fault.code === 'DUPLICATE_KEY');
    const readable = twice.length === faults.length;
    const told = readable ? faults : faults.slice(0, 1);
    return { findings: told.map((fault) => findingOf(text, fault)), readable };
  }
  const contents = document.contents;
  const empty = contents === null || ('value' in contents && contents.value === null);
  if (empty || isMap(contents)) return { findings: [], readable: !empty };
  const finding: Finding = {
    path: [],
    at: 'value',
    offset: contents.range[0],
    message: 'The file must be a mapping of sections.',
    hint: 'Write sections such as "upstreams:" and "models:" at the left margin.',
  };
  return { findings: [finding], readable: false };
}

function findingOf(text: string, fault: YAMLError): Finding {
  const offset = fault.pos[0];
  const [message, hint] = wordsFor(text, fault, offset);
  return { path: [], at: 'value', offset, message, hint };
}

function wordsFor(text: string, fault: YAMLError, offset: number): readonly [string, string | undefined] {
  switch (fault.code) {
    case 'DUPLICATE_KEY':
      return [`The key "${keyFrom(text, offset)}" occurs twice.`, 'Remove one of them.'];
    case 'TAB_AS_INDENT':
      return ['A tab cannot indent YAML.', 'Use spaces.'];
    case 'MULTIPLE_DOCS':
      return ['The file holds more than one YAML document.', 'Remove everything from the second "---" on.'];
    case 'BAD_INDENT':
      return [
        'The indentation does not fit the lines above.',
        'Entries of one mapping begin in the same column.',
      ];
    default:
      return [`${fault.message.replace(/\.?$/, '')}.`, bareSubstitution(text, offset)];
  }
}

function keyFrom(text: string, offset: number): string {
  return /^["']?([^"':\n,{}]*)/.exec(text.slice(offset, offset + 200))?.[1]?.trimEnd() ?? '';
}

/** Inside `{ }` and `[ ]` YAML takes the braces of a substitution for its own. */
function bareSubstitution(text: string, offset: number): string | undefined {
  const from = text.lastIndexOf('\n', offset - 1) + 1;
  const bare = /[[{,:]\s*(\$\{[^}"'\n]*\}?)/.exec(
    text.slice(from, offset + 1).concat(text.slice(offset + 1).split('\n', 1)[0] ?? ''),
  );
  return bare === null ? undefined : `Inside { } and [ ], put substitutions in quotes: "${bare[1]}"`;
}
