// What a start says: where the gateway is, which key works, what it found, and two lines to try.
import { dirname, relative, resolve } from 'node:path';
import process from 'node:process';
import type { RunningServer } from '../server/running.ts';
import { version } from '../server/version.ts';
import type { Screen, Terminal } from './terminal.ts';
import { usualState, usualUrl } from './whereabouts.ts';

export function bannerJson(running: RunningServer): string {
  const { url, port, portWanted, startedIn, key, found, notes, models, configFile } = running;
  return `${JSON.stringify({
    version,
    url,
    port,
    portWanted,
    startedIn,
    key: key ?? null,
    found,
    notes,
    models,
    simulated: running.simulated,
    config: configFile ?? null,
  })}\n`;
}

export function banner(running: RunningServer, terminal: Terminal): string {
  const { out } = terminal;
  const seconds = (running.startedIn / 1000).toFixed(running.startedIn < 100 ? 2 : 1);
  const lines = [
    `${out.paint('bold', `signalbox ${version}`)} ready in ${seconds} s`,
    '',
    ...rows(running, out).map(([name, text]) => `  ${out.paint('dim', name.padEnd(10))} ${text}`),
    ...running.notes.map((note) => `\n${out.paint('yellow', `! ${note}`)}`),
    ...tries(running, terminal),
  ];
  return `${lines.join('\n')}\n\n`;
}

type Row = readonly [name: string, text: string];

function rows(running: RunningServer, out: Screen): readonly Row[] {
  return [
    ['OpenAI', `${running.url}/v1`],
    ['Anthropic', running.url],
    ['Key', keyText(running.key)],
    ...foundRows(running),
    ['Models', modelText(running)],
    ...simulatedRows(running, out),
    ['Config', configText(running.configFile)],
  ];
}

function keyText(key: RunningServer['key']): string {
  if (key === undefined) return 'none needed';
  const file = key.file === undefined ? '' : `in ${nameOf(key.file)}`;
  const about = [key.name, file].filter((part) => part !== '').join(', ');
  return key.shown === undefined ? about : `${key.shown} (${about})`;
}

function foundRows({ found }: RunningServer): readonly Row[] {
  const width = Math.max(...found.map((one) => one.name.length));
  return found.map(({ name, detail }, index) => [
    index === 0 ? 'Found' : '',
    `${name.padEnd(width)}  ${detail}`,
  ]);
}

function modelText(running: RunningServer): string {
  const simulated = running.simulated;
  const models = running.models.filter((name) => !simulated.includes(name));
  if (models.length === 0) return simulated.length > 0 ? 'none but the simulated ones' : 'none yet';
  const shown = models.slice(0, MOST_SHOWN).join(', ');
  return models.length > MOST_SHOWN ? `${shown} and ${models.length - MOST_SHOWN} more` : shown;
}

const MOST_SHOWN = 8;

/** Simulated answers must never pass for real ones. */
function simulatedRows(running: RunningServer, out: Screen): readonly Row[] {
  const all = running.simulated;
  if (all.length === 0) return [];
  // `sim/fast` is `fast` by its full name.
  const short = all.filter((name) => !name.includes('/'));
  const names = short.length > 0 ? short : all;
  return [['Demo', `${names.join(', ')}  ${out.paint('yellow', 'SIMULATED')}`]];
}

function configText(file: string | undefined): string {
  return file === undefined ? 'built in; a signalbox.yaml here takes its place' : nameOf(file);
}

/** Relative to where the person stands, if that is shorter. */
function nameOf(file: string): string {
  const near = relative(process.cwd(), file);
  return near !== '' && near.length < file.length ? near : file;
}

function tries(running: RunningServer, { command }: Terminal): readonly string[] {
  const model = running.models[0];
  if (model === undefined) return ['', 'No model can answer yet: name an upstream in signalbox.yaml.'];
  return [
    '',
    `Try   ${[command, 'chat', ...whereFlags(running), '"Why is the sky blue?"'].join(' ')}`,
    `      ${curl(running, model)}`,
  ];
}

/** `chat` finds the gateway and its key by itself when both are where it looks. */
function whereFlags(running: RunningServer): readonly string[] {
  const { key, url } = running;
  const file = key?.file;
  if (file !== undefined && resolve(dirname(file)) === resolve(usualState)) return [];
  const where = url === usualUrl ? [] : [`--url ${url}`];
  return key === undefined || (key.shown === undefined && file === undefined)
    ? where
    : [...where, `--key ${keyWord(key)}`];
}

function curl(running: RunningServer, model: string): string {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }).replaceAll(
    "'",
    "'\\''",
  );
  const key =
    running.key === undefined
      ? []
      : [`-H "authorization: Bearer ${keyWord(running.key).replaceAll('"', '')}"`];
  return [
    `curl ${running.url}/v1/chat/completions`,
    ...key,
    '-H "content-type: application/json"',
    `-d '${body}'`,
  ].join(' ');
}

/** The key as a shell reads it: itself, read from its file, or from the environment. */
function keyWord(key: NonNullable<RunningServer['key']>): string {
  if (key.shown !== undefined) return key.shown;
  return key.file === undefined ? '"$SIGNALBOX_KEY"' : `"$(cat '${nameOf(key.file)}')"`;
}
