// Is this JSON the answer it should be, and what did it use? Only the telling fields are parsed: the vectors and
// pictures beside them may be megabytes.
import type { JsonObject } from '../../../canonical/json.ts';
import type { Usage } from '../../../canonical/usage.ts';
import { type BodyOutline, type BodyVerdict, garbled } from '../../../canonical/watchers.ts';
import { inBandError } from '../errors.ts';
import { errandUsage } from './usage.ts';

/** Any JSON will do that is no error. */
export function judgeError(outline: BodyOutline): BodyVerdict {
  return errorIn(outline) ?? { usage: statedUsage(outline) };
}

/** `list`: the field without which it is no answer. */
export function judge(list: string, usageOf: (outline: BodyOutline) => Usage | undefined = statedUsage) {
  return (outline: BodyOutline): BodyVerdict => {
    const error = errorIn(outline);
    if (error !== undefined) return error;
    if (!outline.has(list)) return garbled(`its body has no "${list}"`);
    return { usage: usageOf(outline) };
  };
}

function errorIn(outline: BodyOutline) {
  return inBandError({
    error: outline.value('error'),
    object: outline.value('object'),
    ...(outline.has('message') ? { message: outline.value('message'), code: outline.value('code') } : {}),
  });
}

export function statedUsage(outline: BodyOutline): Usage | undefined {
  return errandUsage(outline.value('usage'));
}

export function judgeEvent(event: JsonObject): BodyVerdict {
  return inBandError(event) ?? { usage: errandUsage(event.usage) };
}
