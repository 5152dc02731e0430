// What the banner says of the models and engines in reach.
import type { Finding } from './find-upstreams.ts';
import type { LiveGateway } from './live-gateway.ts';

export function isSimulated(name: string, live: LiveGateway): boolean {
  const targets = live.current.models.resolve(name)?.virtual.targets ?? [];
  return targets.length > 0 && targets.every((target) => target.upstream.provider.simulate !== undefined);
}

export function foundLine(finding: Finding, live: LiveGateway): { name: string; detail: string } {
  const { name } = finding.options;
  const upstream = live.current.upstreams.find((candidate) => candidate.name === name);
  const count = upstream?.known().length ?? 0;
  const known = `(${count} ${count === 1 ? 'model' : 'models'})`;
  const models = count === 0 ? `, its models are called ${name}/<model>` : ` ${known}`;
  return { name, detail: `${finding.by}${models}` };
}
