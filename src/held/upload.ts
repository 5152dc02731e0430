// A new file: which upstream is to hold it, and what of it goes there.
import { GatewayError } from '../canonical/errors.ts';
import type { ModelBook } from '../flow/admit/model-book.ts';
import type { Upstream } from '../flow/stage.ts';
import type { Cancel } from '../lib/cancel.ts';
import { holds } from './attempt.ts';
import type { HeldCall } from './call.ts';
import type { CheckedCalls } from './custody.ts';
import { checkLines, type LineParts } from './lines.ts';

export interface Upload {
  readonly upstream: Upstream;
  readonly body: readonly Buffer[];
  readonly calls: CheckedCalls | undefined;
}

const HEADER = 'x-signalbox-upstream';

export async function readUpload(
  call: HeldCall,
  upstreams: readonly Upstream[],
  parts: LineParts,
  cancel: Cancel,
): Promise<Upload> {
  const { purpose, file } = call.dialect;
  const [start, end] = onlyPart(call, file);
  onlyPart(call, purpose.name);
  const forBatch = call.wire.value(purpose.name) === purpose.batch;
  const upstream = choose(call, candidates(call, upstreams, parts.models, forBatch));
  const { bytes } = call.wire;
  if (!forBatch) return { upstream, body: [bytes], calls: undefined };
  const checked = await checkLines(bytes.subarray(start, end), call, upstream, parts, cancel);
  const body = [bytes.subarray(0, start), ...checked.pieces, bytes.subarray(end)];
  return { upstream, body, calls: checked.calls };
}

/** Named twice, nobody could say which one a reader further on would take. */
function onlyPart({ wire }: HeldCall, name: string): readonly [start: number, end: number] {
  const [part, another] = wire.fields.filter((field) => field.name === name);
  if (part !== undefined && another === undefined) return [part.start, part.end];
  const what = part === undefined ? `has no part "${name}"` : `has more than one part "${name}"`;
  throw new GatewayError('bad_request', `The form ${what}.`, { param: name, remedy: 'Send one.' });
}

/** Those that hold such things, of which this key may use a model. */
function candidates(
  { face, key }: HeldCall,
  upstreams: readonly Upstream[],
  models: ModelBook,
  forBatch: boolean,
): readonly Upstream[] {
  const able = upstreams.filter(
    (upstream) => holds(upstream, face.id, 'file') && (!forBatch || holds(upstream, face.id, 'batch')),
  );
  const open = able.filter(({ name }) => key.mayUse(`${name}/`));
  if (open.length === able.length) return able;
  const reached = new Set<string>();
  for (const { name } of models.list(key.mayUse)) {
    for (const target of models.resolve(name)?.virtual.targets ?? []) reached.add(target.upstream.name);
  }
  return able.filter((upstream) => open.includes(upstream) || reached.has(upstream.name));
}

function choose({ headers }: HeldCall, able: readonly Upstream[]): Upstream {
  const wanted = headers[HEADER];
  const [first] = able;
  if (first === undefined) {
    throw new GatewayError('unsupported', 'No upstream that this key may use takes such files.', {
      param: HEADER,
      remedy: 'Send the data in the call itself, or ask the operator.',
    });
  }
  const names = able.map(({ name }) => `"${name}"`).join(', ');
  if (wanted === undefined && able.length === 1) return first;
  const found = able.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const message =
    wanted === undefined
      ? 'More than one upstream could hold this file.'
      : `The upstream "${wanted.slice(0, 80)}" takes no such files from this key.`;
  throw new GatewayError('bad_request', message, {
    param: HEADER,
    remedy: `Name it in the header ${HEADER}: ${names}.`,
  });
}
