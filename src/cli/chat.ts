// `signalbox chat`: one question through a running gateway, the answer as it comes, the facts at the end.
import type { IncomingHttpHeaders } from 'node:http';
import { DataLines } from './data-lines.ts';
import { CommandError, FAILED, OK, USAGE } from './exit-codes.ts';
import { type Face, type FaceName, faces, type Piece, parse } from './faces.ts';
import { callGateway, firstModel } from './gateway-call.ts';
import type { Terminal } from './terminal.ts';
import { pathOf, type WhereFlags, whereabouts } from './whereabouts.ts';

export interface ChatFlags extends WhereFlags {
  readonly model?: string;
  readonly system?: string;
  readonly face: FaceName;
  readonly stream: boolean;
  readonly json?: boolean;
}

export async function chat(words: readonly string[], flags: ChatFlags, terminal: Terminal): Promise<number> {
  const prompt = await promptFrom(words, terminal);
  const where = whereabouts(flags, terminal.env);
  const model = flags.model ?? (terminal.env['SIGNALBOX_MODEL'] || (await firstModel(where, terminal)));
  const face = faces[flags.face];
  const answer = new Answer(face, flags.json === true ? undefined : terminal);
  const reply = await callGateway(
    {
      url: pathOf(where.url, face.path),
      headers: face.headers(where.key),
      body: face.body({ model, prompt, system: flags.system, stream: flags.stream }),
      ...(flags.stream ? { onRead: (bytes: Buffer) => answer.read(bytes) } : {}),
    },
    terminal,
  );
  if (!flags.stream) answer.take(face.whole(parse(reply.body)));
  answer.finish();
  const facts = factsOf(answer, reply.headers);
  if (flags.json === true)
    terminal.out.write(`${JSON.stringify({ ok: true, text: answer.text, ...facts })}\n`);
  else terminal.err.write(lastLine(facts, flags.stream, terminal));
  return OK;
}

/** Arguments are the question; what is piped in is what the question is about, or the question itself. */
async function promptFrom(words: readonly string[], terminal: Terminal): Promise<string> {
  const asked = words.join(' ').trim();
  if (asked !== '') return asked;
  const piped = (await terminal.input())?.trim();
  if (piped !== undefined && piped !== '') return piped;
  throw new CommandError(
    USAGE,
    `There is nothing to ask. For example: ${terminal.command} chat "Why is the sky blue?"`,
  );
}

class Answer {
  text = '';
  inputTokens: number | undefined = undefined;
  outputTokens: number | undefined = undefined;
  cost: number | undefined = undefined;
  readonly #began = performance.now();
  firstTokenAfter: number | undefined = undefined;
  #error: string | undefined = undefined;
  #done = false;
  readonly #terminal: Terminal | undefined;
  readonly #lines: DataLines;

  /** With a terminal, text is shown as it comes. */
  constructor(face: Face, terminal: Terminal | undefined) {
    this.#terminal = terminal;
    this.#lines = new DataLines((data) => this.take(face.event(data)));
  }

  read(bytes: Buffer): void {
    this.#lines.push(bytes);
  }

  take(piece: Piece): void {
    if (piece.text !== undefined && piece.text !== '') {
      this.firstTokenAfter ??= performance.now() - this.#began;
      this.text += piece.text;
      this.#terminal?.out.write(piece.text);
    }
    this.inputTokens = piece.inputTokens ?? this.inputTokens;
    this.outputTokens = piece.outputTokens ?? this.outputTokens;
    this.cost = piece.cost ?? this.cost;
    this.#error ??= piece.error;
    this.#done ||= piece.done === true;
  }

  /** An answer without an end is none, however good it looks. */
  finish(): void {
    if (this.text !== '' && !this.text.endsWith('\n')) this.#terminal?.out.write('\n');
    if (this.#error !== undefined) throw new CommandError(FAILED, this.#error);
    if (!this.#done) throw new CommandError(FAILED, 'The answer broke off before its end. Ask again.');
  }
}

interface Facts {
  readonly requestId: string | undefined;
  readonly model: string | undefined;
  readonly upstream: string | undefined;
  readonly attempts: number;
  readonly cache: string | undefined;
  readonly firstTokenMs: number | undefined;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly costDollars: number | undefined;
}

function factsOf(answer: Answer, headers: IncomingHttpHeaders): Facts {
  const header = (name: string) => headers[name]?.toString();
  return {
    requestId: header('x-request-id'),
    model: header('x-signalbox-model'),
    upstream: header('x-signalbox-upstream'),
    attempts: Number(header('x-signalbox-attempts') ?? 1),
    cache: header('x-signalbox-cache'),
    firstTokenMs: answer.firstTokenAfter === undefined ? undefined : Math.round(answer.firstTokenAfter),
    inputTokens: answer.inputTokens,
    outputTokens: answer.outputTokens,
    costDollars: answer.cost,
  };
}

/** `✓ sim/fast · 41 ms to first token · 212 tokens · $0.00002 · req-id` */
function lastLine(facts: Facts, stream: boolean, { err }: Terminal): string {
  const served = facts.cache === 'hit' || facts.cache === 'joined';
  const parts = [
    facts.upstream ?? facts.model ?? 'answered',
    served ? `cache ${facts.cache}` : undefined,
    facts.attempts > 1 ? `${facts.attempts} attempts` : undefined,
    facts.firstTokenMs === undefined
      ? undefined
      : `${facts.firstTokenMs} ms${stream ? ' to first token' : ''}`,
    facts.outputTokens === undefined ? undefined : `${facts.outputTokens} tokens`,
    facts.costDollars === undefined ? undefined : dollars(facts.costDollars),
    facts.requestId,
  ];
  const line = parts.filter((part) => part !== undefined).join(' · ');
  return `${err.paint('green', '✓')} ${err.paint('dim', line)}\n`;
}

function dollars(amount: number): string {
  return `$${amount.toFixed(9).replace(/0+$/, '').replace(/\.$/, '')}`;
}
