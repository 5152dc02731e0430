// Citations: which words of the answer rest on which documents or results of tools. A source with an address is what
// others call a citation of a URL; one without has a form in this dialect only.
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isArray,
  type Json,
  type JsonObject,
} from '../../canonical/json.ts';

export interface Citation {
  /** Where the words stand. */
  readonly part: 'text' | 'plan' | 'reasoning';
  readonly annotation: Json;
}

/** A stream gives one at a time, a body a list. */
export function decodeCitations(value: Json | undefined): readonly Citation[] {
  const list = isArray(value) ? value : [value ?? null];
  return list.flatMap((item) => {
    const citation = asObject(item);
    return citation === undefined ? [] : annotationsOf(citation);
  });
}

const parts: ReadonlyMap<string, Citation['part']> = new Map([
  ['PLAN', 'plan'],
  ['THINKING_CONTENT', 'reasoning'],
]);

function annotationsOf(citation: JsonObject): readonly Citation[] {
  const part = parts.get(asString(citation.type) ?? '') ?? 'text';
  const linked = (asArray(citation.sources) ?? []).flatMap((source) => linkTo(asObject(source), citation));
  if (linked.length === 0) return [{ part, annotation: citation }];
  return linked.map((annotation) => ({ part, annotation }));
}

function linkTo(source: JsonObject | undefined, { start, end }: JsonObject): readonly JsonObject[] {
  const cited = asObject(source?.document) ?? asObject(source?.tool_output);
  const url = asString(cited?.url);
  if (url === undefined || url === '') return [];
  const title = asString(cited?.title) ?? '';
  const place = { start_index: asNumber(start) ?? 0, end_index: asNumber(end) ?? 0 };
  return [{ type: 'url_citation', ...place, url, title }];
}
