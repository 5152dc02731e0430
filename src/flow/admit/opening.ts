// Stage admit: what a call refers to beyond its own bytes: kept turns, and files that an upstream holds. No promise,
// and nothing made, for the many that refer to nothing.
import { GatewayError } from '../../canonical/errors.ts';
import type { Keyed } from './admit.ts';
import { mayPointToFiles, type Owners, placesOfFiles } from './held-files.ts';
import { type OpenTurn, openTurn, type TurnParts } from './turns.ts';

export interface Opening {
  readonly turn: OpenTurn | undefined;
  /** The upstreams at which the files are. */
  readonly places: ReadonlySet<string>;
}

const NOWHERE: ReadonlySet<string> = new Set();
const NOTHING: Opening = { turn: undefined, places: NOWHERE };

/** `files`: where it stands whose they are. */
export function openCall(
  call: Keyed,
  parts: TurnParts,
  files: Owners = parts.records,
): Opening | GatewayError | Promise<Opening | GatewayError> {
  const turn = openTurn(call, parts);
  return turn instanceof Promise
    ? turn.then((done) => withFiles(call, done, files))
    : withFiles(call, turn, files);
}

function withFiles(
  call: Keyed,
  turn: OpenTurn | GatewayError | undefined,
  files: Owners,
): Opening | GatewayError | Promise<Opening | GatewayError> {
  if (turn instanceof GatewayError) return turn;
  const wire = turn?.wire ?? call.wire;
  if (!mayPointToFiles(wire)) return turn === undefined ? NOTHING : { turn, places: NOWHERE };
  return placesOfFiles(wire, call.key.caller.tenant, files).then(
    (places) => ({ turn, places }),
    (cause: unknown) => {
      if (cause instanceof GatewayError) return cause;
      throw cause;
    },
  );
}
