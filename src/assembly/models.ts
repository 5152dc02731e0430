// The names callers use, joined to the upstreams that answer them.
import { createHash } from 'node:crypto';
import type { ModelOptions } from '../config/model-options.ts';
import type { Config } from '../config/schema.ts';
import { createModelBook, type ModelBook } from '../flow/admit/model-book.ts';
import type { Target, Upstream, VirtualModel } from '../flow/stage.ts';

export function createBook(config: Config, upstreams: readonly Upstream[]): ModelBook {
  const byName = new Map(upstreams.map((upstream) => [upstream.name, upstream] as const));
  return createModelBook({
    virtuals: config.models.map((model) => virtualModel(model, byName)),
    aliases: new Map(
      config.models.flatMap((model) => model.aliases.map((alias) => [alias, model.name] as const)),
    ),
    defaultModel: config.defaultModel,
    upstreams,
    direct: directModel,
  });
}

function virtualModel(options: ModelOptions, upstreams: ReadonlyMap<string, Upstream>): VirtualModel {
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
    limits: options.limits,
    fingerprint: fingerprintOf(options),
  };
}

/** `upstream/model`, called by its own name: no rules but the key's. */
function directModel(upstream: Upstream, model: string): VirtualModel {
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
    limits: [],
    fingerprint: target.label,
  };
}

function createTarget(upstream: Upstream, model: string, weight: number): Target {
  return { upstream, model, weight, label: `${upstream.name}/${model}` };
}

function fingerprintOf(options: ModelOptions): string {
  return createHash('sha256').update(JSON.stringify(options)).digest('base64url').slice(0, 16);
}
