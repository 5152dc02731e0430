// Names of tools on their way to an upstream that takes only short ones.
import { GatewayError } from './errors.ts';
import type { Quirks } from './provider.ts';

/** The name itself; one that is too long is refused, since a shortened one would come back as another tool. */
export function toolName(name: string, param: string, quirks: Quirks): string {
  const { mostToolName } = quirks;
  if (mostToolName === undefined || name.length <= mostToolName) return name;
  throw new GatewayError(
    'bad_request',
    `The tool name "${name}" has ${name.length} letters, but the upstream takes at most ${mostToolName}.`,
    { param, remedy: 'Give the tool a shorter name.' },
  );
}
