// Host and port as HTTP states them: what is signed must be what is sent.

export function authorityOf(origin: {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
}): string {
  const { host, port, tls } = origin;
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return port === (tls ? 443 : 80) ? bracketed : `${bracketed}:${port}`;
}
