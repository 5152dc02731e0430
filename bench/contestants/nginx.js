// The control: one nginx worker passing bytes. Every ratio of the bench is to this row of the same round.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answers } from '../probe.js';
import { findProgram, freePort, start, stop, untilReady } from '../process-tools.js';
import { plainCall } from './direct.js';

function configuration(folder, port, mockPort) {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const temporary = kinds.map((kind) => `  ${kind}_temp_path ${join(folder, kind)};`).join('\n');
  return `worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
pid ${join(folder, 'nginx.pid')};
error_log ${join(folder, 'error.log')} error;
events { worker_connections 20000; }
http {
  access_log off;
${temporary}
  upstream m { server 127.0.0.1:${mockPort}; keepalive 256; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    keepalive_requests 1000000;
    client_body_buffer_size 2m;
    client_max_body_size 16m;
    location / {
      proxy_pass http://m;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
    }
  }
}
`;
}

/** @param {{ mock: import('../rig.js').Mock, folder: string }} rig */
export async function launchNginx(rig) {
  const program = findProgram('nginx');
  if (program === undefined)
    throw new Error('nginx is not installed: there is no control, ratios stay blank.');
  const folder = join(rig.folder, `nginx-${performance.now().toFixed(0)}`);
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, port, rig.mock.port));
  const began = performance.now();
  const child = start('gateway', [program, '-p', folder, '-c', file, '-e', join(folder, 'error.log')]);
  const address = { host: '127.0.0.1', port };
  await untilReady(child, () =>
    answers(address, plainCall({ upstream: 'chat', stream: false, promptBytes: 60 })),
  );
  return {
    name: 'nginx',
    pid: child.pid,
    startMs: performance.now() - began,
    address,
    hosts: ['127.0.0.1'],
    callFor: plainCall,
    stop: () => stop(child),
  };
}
