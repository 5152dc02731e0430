// The `listen` section: where callers reach us and how much of a caller we bear.
import * as z from 'zod';
import { duration, size, whole, words } from '../lib/option-scalars.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Somebody named this port: no other will do. */
  readonly portAsked: boolean;
  /** Absolute paths of PEM files. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly cors: { readonly origins: readonly string[] };
  /** How long open calls may run on after a stop was asked for, in milliseconds. */
  readonly drain: number;
  /** How long a caller may take nothing of an answer that waits for it, in milliseconds. */
  readonly stall: number;
  /** How long a caller may take for its headers, and for each piece of its body, in milliseconds. */
  readonly arrival: number;
  /** Processes that take calls; with 1, this one does. */
  readonly workers: number;
  /** Bytes of memory from which on a worker is replaced; undefined: never. */
  readonly workerMemory: number | undefined;
  /** Bytes. */
  readonly maxBody: number;
  /** Levels of nesting in a body. */
  readonly maxDepth: number;
}

const USUAL_PORT = 8001;

const origin = z
  .string()
  .regex(/^(\*|https?:\/\/[^/\s]+)$/)
  .meta({ title: 'an origin without a path', examples: ['https://app.example', '*'] });

export const listenOptions = z
  .strictObject({
    host: words('a host name or address').default('127.0.0.1').describe('Address to listen on.'),
    port: whole(0, 65_535)
      .optional()
      .describe('Port to listen on; 0 takes a free one. Without it: 8001, or the next one that is free.'),
    tls: z
      .strictObject({
        cert: words('a file path').describe('PEM file of the certificate chain.'),
        key: words('a file path').describe('PEM file of the private key.'),
      })
      .optional()
      .describe('Serve HTTPS with this certificate. Paths are relative to this file.'),
    cors: z
      .strictObject({ origins: z.array(origin) })
      .optional()
      .describe('Web pages of these origins may call.'),
    drain: duration().default(30_000).describe('How long open calls may run on when stopping.'),
    stall: duration()
      .default(30_000)
      .describe('A caller who takes nothing of its answer for so long is let go.'),
    arrival: duration()
      .default(10_000)
      .describe('How long a caller may take for its headers, and for every 16 KiB of its body.'),
    workers: whole(1, 32).default(1).describe('How many processes take calls.'),
    worker_memory: size().optional().describe('A worker that has grown to this size is replaced.'),
    max_body: size()
      .default(20 * 2 ** 20)
      .describe('Largest body accepted.'),
    max_depth: whole(2, 1000).default(64).describe('Deepest nesting accepted in a body.'),
  })
  .transform(
    (listen): ListenOptions => ({
      host: listen.host,
      port: listen.port ?? USUAL_PORT,
      portAsked: listen.port !== undefined,
      tls: listen.tls,
      cors: listen.cors ?? { origins: [] },
      drain: listen.drain,
      stall: listen.stall,
      arrival: listen.arrival,
      workers: listen.workers,
      workerMemory: listen.worker_memory,
      maxBody: listen.max_body,
      maxDepth: listen.max_depth,
    }),
  );
