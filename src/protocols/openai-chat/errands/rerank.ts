// Rerank, in two shapes: Cohere's, which Jina, vLLM and llama-server have taken over (`documents` in, `results`
// out), and that of Hugging Face's TEI (`texts` in, a bare list out).
import type { CallWire } from '../../../canonical/call-wire.ts';
import type { ErrandDialect, ErrandText, RerankCall, RerankReply } from '../../../canonical/errand.ts';
import { GatewayError } from '../../../canonical/errors.ts';
import { Fields, wrongType } from '../../../canonical/fields.ts';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isArray,
  isObject,
  type Json,
  type JsonObject,
} from '../../../canonical/json.ts';
import type { EncodedCall, EncodeOptions } from '../../../canonical/protocol.ts';
import type { Quirks } from '../../../canonical/provider.ts';
import { tokenCount, type Usage, usageInUnits } from '../../../canonical/usage.ts';
import { type BodyOutline, garbled } from '../../../canonical/watchers.ts';
import { given } from '../../../lib/given.ts';
import { origin } from '../reply-parts.ts';
import { judge } from './judge.ts';
import { errandUsage } from './usage.ts';

/** Asked in TEI's shape, so answered in it. */
interface OwnCall extends RerankCall {
  readonly bare: boolean;
}

const understood: ReadonlySet<string> = new Set([
  'model',
  'query',
  'documents',
  'texts',
  'top_n',
  'top_k',
  'return_documents',
  'return_text',
]);

export const rerank: ErrandDialect<OwnCall, RerankReply> = {
  lists: true,
  judge: judge('results', statedUsage),
  fits,
  translation: { decodeCall, encodeCall, decodeReply, encodeReply },
};

function fits(wire: CallWire, { rerankShape }: Quirks): boolean {
  return wire.has('texts') === (rerankShape === 'tei');
}

function statedUsage(outline: BodyOutline): Usage | undefined {
  return usageOf({ usage: outline.value('usage'), meta: outline.value('meta') });
}

/** Cohere bills searches; who states tokens beside them states what they were made of. */
function usageOf(body: JsonObject): Usage | undefined {
  const meta = asObject(body.meta);
  const searches = tokenCount(asObject(meta?.billed_units)?.search_units);
  if (searches !== undefined) return usageInUnits({ searches });
  return errandUsage(body.usage) ?? errandUsage(meta?.tokens);
}

function decodeCall(value: JsonObject): OwnCall {
  const body = new Fields(value);
  const bare = body.has('texts');
  return {
    ...given<RerankCall>({
      origin,
      query: body.requireString('query'),
      documents: decodeDocuments(body, bare ? 'texts' : 'documents'),
      top: body.count('top_n', 1) ?? body.count('top_k', 1),
      returnDocuments: body.boolean(bare ? 'return_text' : 'return_documents'),
      extras: body.rest(understood) ?? {},
    }),
    bare,
  };
}

function decodeDocuments(body: Fields, name: string): RerankCall['documents'] {
  const list = body.get(name);
  if (!isArray(list) || list.length === 0) {
    throw new GatewayError('bad_request', `\`${name}\` must be a list with at least one document.`, {
      param: name,
      remedy: 'Send what is to be ranked there.',
    });
  }
  return list.map((one, index) => {
    if (typeof one === 'string' || isObject(one)) return one;
    throw wrongType(`${name}[${index}]`, 'a text or an object', one);
  });
}

function encodeCall(call: RerankCall, { model, ledger, quirks }: EncodeOptions): EncodedCall {
  const tei = quirks.rerankShape === 'tei';
  const own = call.origin === origin && isBare(call) === tei;
  if (!own) for (const name of Object.keys(call.extras)) ledger.dropped(name);
  const shape: JsonObject = tei
    ? {
        texts: call.documents.map((one, index) => textOf(one, index, ledger)),
        return_text: call.returnDocuments,
      }
    : { model, documents: call.documents, top_n: call.top, return_documents: call.returnDocuments };
  return {
    body: given<JsonObject>({ ...(own ? call.extras : {}), query: call.query, ...shape }),
    headers: {},
  };
}

function isBare(call: RerankCall): boolean {
  return (call as Partial<OwnCall>).bare === true;
}

/** TEI knows texts only: fields of a document are told as JSON. */
function textOf(document: string | JsonObject, index: number, ledger: EncodeOptions['ledger']): string {
  if (typeof document === 'string') return document;
  const { text, ...rest } = document;
  if (typeof text === 'string' && Object.keys(rest).length === 0) return text;
  ledger.approximated(`documents[${index}]`, 'as JSON text');
  return JSON.stringify(document);
}

function decodeReply(value: Json): RerankReply {
  const body = asObject(value) ?? {};
  const list = asArray(value) ?? asArray(body.results);
  if (list === undefined) throw garbled('it has no results');
  const results = list.map((entry) => decodeResult(asObject(entry) ?? {}));
  return given<RerankReply>({
    id: asString(body.id),
    model: asString(body.model) ?? '',
    results: results.sort((a, b) => b.score - a.score),
    usage: usageOf(body),
  });
}

function decodeResult(entry: JsonObject): RerankReply['results'][number] {
  const index = tokenCount(entry.index);
  const score = asNumber(entry.relevance_score) ?? asNumber(entry.score);
  if (index === undefined || score === undefined) throw garbled('a result in it has no index or no score');
  const document =
    asString(entry.document) ?? asString(asObject(entry.document)?.text) ?? asString(entry.text);
  return given({ index, score, document });
}

function encodeReply(reply: RerankReply, call: OwnCall): ErrandText {
  const best = reply.results.slice(0, call.top ?? reply.results.length);
  const text = call.bare ? encodeBare(best, call) : encodeResults(reply, best, call);
  return { text, losses: [] };
}

function encodeBare(best: RerankReply['results'], call: RerankCall): string {
  return JSON.stringify(
    best.map((one) => given({ index: one.index, score: one.score, text: shown(one, call) })),
  );
}

function encodeResults(reply: RerankReply, best: RerankReply['results'], call: RerankCall): string {
  const { id, model, usage } = reply;
  const results = best.map((one) => {
    const text = shown(one, call);
    return given({
      index: one.index,
      relevance_score: one.score,
      document: text === undefined ? undefined : { text },
    });
  });
  return JSON.stringify(
    given({ id, model: model === '' ? undefined : model, results, ...encodeUsage(usage) }),
  );
}

function encodeUsage(usage: Usage | undefined): JsonObject {
  if (usage === undefined) return {};
  const { searches } = usage.units ?? {};
  if (searches !== undefined) return { meta: { billed_units: { search_units: searches } } };
  return { usage: { prompt_tokens: usage.fresh, total_tokens: usage.fresh + usage.output } };
}

/** An upstream that does not repeat the documents need not: the caller's own are at hand. */
function shown({ index, document }: RerankReply['results'][number], call: RerankCall): string | undefined {
  if (call.returnDocuments !== true) return undefined;
  const own = call.documents[index];
  return document ?? (typeof own === 'string' ? own : asString(own?.text));
}
