// The names callers use, joined to the upstreams that answer them.
import { createHash } from 'node:crypto';
import type { ModelOptions } from '../config/model-options.ts';
import type { Config } from '../config/schema.ts';
import { createModelBook, type ModelBook } from '../flow/admit/model-book.ts';
import type { Target, Upstream, VirtualModel } from '../flow/stage.ts';
import type { LiveUpstream } from './upstreams.ts';

export function createBook(config: Config, upstreams: readonly LiveUpstream[]): ModelBook {
  const sources = new Map(upstreams.map((upstream) => [upstream.name, sourceOf(upstream)] as const));
  const byName = new Map(upstreams.map((upstream) => [upstream.name, upstream] as const));
  return createModelBook({
    virtuals: config.models.map((model) => virtualModel(model, byName, sources)),
    aliases: new Map(
      config.models.flatMap((model) => model.aliases.map((alias) => [alias, model.name] as const)),
    ),
    defaultModel: config.defaultModel,
    upstreams,
    direct: (upstream, model) => directModel(upstream, model, sources),
  });
}

/** Where answers come from, by the name of the upstream. */
type Sources = ReadonlyMap<string, string>;

function virtualModel(
  options: ModelOptions,
  upstreams: ReadonlyMap<string, Upstream>,
  sources: Sources,
): VirtualModel {
  const targets = options.targets.flatMap((target) => {
    const upstream = upstreams.get(target.upstream);
    return upstream === undefined ? [] : [createTarget(upstream, target.model, target.weight)];
  });
  return {
    name: options.name,
    targets,
    select: options.select,
    parameters: options.parameters,
    cache: options.cache,
    strict: options.strict,
    systemPrompt: options.systemPrompt,
    timers: Object.keys(options.timers).length === 0 ? undefined : options.timers,
    deadline: options.deadline,
    hedge: options.hedge,
    rescue: options.rescue,
    limits: options.limits,
    spill: options.spill,
    priority: options.priority,
    fingerprint: digestOf([options, targets.map((target) => sources.get(target.upstream.name))]),
  };
}

/** `upstream/model`, called by its own name: no rules but the key's. */
function directModel(upstream: Upstream, model: string, sources: Sources): VirtualModel {
  const target = createTarget(upstream, model, 1);
  return {
    name: target.label,
    targets: [target],
    select: 'priority',
    parameters: [],
    cache: undefined,
    strict: false,
    systemPrompt: undefined,
    timers: undefined,
    deadline: undefined,
    hedge: undefined,
    rescue: false,
    limits: [],
    fingerprint: `${target.label} ${sources.get(upstream.name)}`,
  };
}

function createTarget(upstream: Upstream, model: string, weight: number): Target {
  return { upstream, model, weight, label: `${upstream.name}/${model}` };
}

/** An upstream keeps its name when it moves; what was answered elsewhere is not its answer. */
function sourceOf(upstream: LiveUpstream): string {
  const { provider, options, origin, basePath, protocols, headers } = upstream;
  const dialects = protocols.map((protocol) => protocol.id);
  const { tls, host, port } = origin;
  return digestOf([provider.id, options, { tls, host, port }, basePath, dialects, headers]);
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 16);
}
