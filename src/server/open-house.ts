// The house and its server: connections, the guard against overload, routes.
import type { Socket } from 'node:net';
import type { Config } from '../config/schema.ts';
import type { Log } from '../telemetry/log.ts';
import { Connections } from './connection.ts';
import type { Lifeline } from './lifeline.ts';
import { createServer } from './listen.ts';
import type { LiveGateway } from './live-gateway.ts';
import type { OpenEdges } from './open-edges.ts';
import { type Episode, OverloadGuard } from './overload/guard.ts';
import { House } from './routes.ts';
import type { WorkerTies } from './workers/messages.ts';

/** `ties`: there are others, and the metrics tell of all. */
export function openHouse(
  config: Config,
  live: LiveGateway,
  edges: OpenEdges,
  lifeline: Lifeline,
  ties?: WorkerTies,
): void {
  const { drain } = lifeline;
  const { clock, newCallId, onBug } = edges.flow;
  const { stall, arrival } = config.listen;
  const connections = new Connections(clock, edges.ticker, stall, arrival);
  const room = { connections: Number.POSITIVE_INFINITY };
  const guard = createGuard(config, edges, lifeline, room);
  const house = new House({
    gateway: () => live.current,
    metrics: () => (ties === undefined ? edges.metrics.expose() : ties.metrics()),
    draining: () => drain.draining,
    guard,
    opened: (cancel) => drain.opened(cancel),
    closed: (cancel) => drain.closed(cancel),
    newCallId,
    connections,
    onBug: (cause) => onBug(cause, newCallId()),
    since: new Date(clock.wall()),
  });
  const server = createServer(config.listen, house.handle, connections);
  server.on('connection', (socket: Socket) => {
    if (room.connections === Number.POSITIVE_INFINITY) return;
    room.connections -= 1;
    // What leaves gives back its own descriptor, but not that of the upstream's connection it has used.
    socket.once('close', () => {
      room.connections += 0.5;
    });
    if (room.connections >= 0) return;
    guard.shed('descriptors');
    socket.destroy();
  });
  server.on('error', (cause: NodeJS.ErrnoException) => {
    edges.log.event('error', 'A connection could not be taken.', { code: cause.code });
  });
  lifeline.server = server;
}

/** Connections that may still come in before the next look at the descriptors. */
interface Room {
  connections: number;
}

function createGuard(config: Config, edges: OpenEdges, lifeline: Lifeline, room: Room): OverloadGuard {
  const { drain } = lifeline;
  const guard = new OverloadGuard({
    bounds: config.overload,
    clock: edges.flow.clock,
    ticker: edges.ticker,
    figures: edges.figures,
    open: () => drain.open,
    onEpisode: (episode) => tellEpisode(episode, edges.log),
    onSaving: () => lifeline.server.closeIdleConnections(),
    onRoom: (connections) => {
      room.connections = connections;
    },
  });
  edges.watchGuard(guard);
  lifeline.onClosed(() => guard.close());
  return guard;
}

function tellEpisode({ reason, over, turnedAway, lasted }: Episode, log: Log): void {
  if (!over) log.event('warn', 'Calls are being turned away: it is too much.', { reason });
  else {
    const seconds = Math.round(lasted / 100) / 10;
    log.event('warn', 'No more calls are turned away.', { reason, turned_away: turnedAway, seconds });
  }
}
