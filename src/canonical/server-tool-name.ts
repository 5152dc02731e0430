// What a vendor's own tool is called where it is left out: by its type, its name, or the one field it is.
import type { ServerTool } from './content.ts';
import { asString } from './json.ts';

export function serverToolName({ origin, value }: ServerTool, otherwise: string = origin): string {
  const [field, ...more] = Object.keys(value);
  return asString(value.type) ?? asString(value.name) ?? (more.length === 0 ? field : undefined) ?? otherwise;
}
