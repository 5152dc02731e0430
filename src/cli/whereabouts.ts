// Where the gateway is and with which key to call it: flags, then the environment, then what a gateway
// started from here has left in its state folder.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, FAILED, USAGE } from './exit-codes.ts';

export interface WhereFlags {
  readonly url?: string;
  readonly key?: string;
  readonly state?: string;
}

export interface Whereabouts {
  readonly url: URL;
  readonly key: string | undefined;
}

export const usualState = '.signalbox';
export const usualUrl = 'http://127.0.0.1:8001';

export function whereabouts(flags: WhereFlags, env: NodeJS.ProcessEnv): Whereabouts {
  const state = stateOf(flags, env);
  const url = flags.url ?? said(env['SIGNALBOX_URL']) ?? left(state, 'address') ?? urlWithout(flags);
  const key = flags.key ?? said(env['SIGNALBOX_KEY']) ?? left(state, 'key');
  return { url: parseUrl(url), key };
}

/** The key of a folder is for the gateway of that folder, and for no other that may listen at the usual place. */
function urlWithout({ state }: WhereFlags): string {
  if (state === undefined) return usualUrl;
  throw new CommandError(FAILED, `No gateway is running for the state folder ${state}.`);
}

export function stateOf(flags: Pick<WhereFlags, 'state'>, env: NodeJS.ProcessEnv): string {
  return flags.state ?? said(env['SIGNALBOX_STATE']) ?? usualState;
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new CommandError(USAGE, `"${text}" is not the URL of a gateway. For example: ${usualUrl}`);
}

function left(state: string, name: string): string | undefined {
  try {
    return said(readFileSync(join(state, name), 'utf8').trim());
  } catch {
    return undefined;
  }
}

function said(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** The address of one of the gateway's paths; a `/v1` that was given along is not doubled. */
export function pathOf(base: URL, path: string): URL {
  const prefix = base.pathname.replace(/\/(v1\/?)?$/, '');
  return new URL(prefix + path, base);
}
