// Finds the config file and reads it.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ParseContext, type ParsedConfig, parseConfig } from './parse.ts';
import type { Problem } from './problem.ts';
import { reasonOf } from './secret-files.ts';
import type { Environment } from './substitute.ts';

const USUAL_NAMES = ['signalbox.yaml', 'signalbox.yml'];
const LARGEST = 4 * 2 ** 20;

/** The file asked for, else SIGNALBOX_CONFIG, else `signalbox.yaml` where we stand; undefined: start without. */
export function findConfig(asked: string | undefined, env: Environment, folder: string): string | undefined {
  const named = asked ?? env['SIGNALBOX_CONFIG'];
  if (named !== undefined && named !== '') return named;
  const usual = USUAL_NAMES.find((name) => existsSync(join(folder, name)));
  return usual;
}

export type FileContext = Omit<ParseContext, 'file'>;

export function loadConfig(file: string, context: FileContext): ParsedConfig {
  const text = readConfigText(file);
  if (typeof text !== 'string') return { ok: false, problems: [text], warnings: [] };
  return parseConfig(text, { ...context, file });
}

export function readConfigText(file: string): string | Problem {
  try {
    if (statSync(file).size > LARGEST) return unreadable(file, 'is larger than 4 MB');
    return readFileSync(file, 'utf8');
  } catch (cause) {
    return unreadable(file, reasonOf(cause));
  }
}

function unreadable(file: string, reason: string): Problem {
  return { file, line: 1, column: 1, path: '', message: `The config file ${reason}.`, hint: undefined };
}
