#!/usr/bin/env node
// The command `signalbox`. Commands are imported when they are called, so that each starts fast.
import process from 'node:process';
import { OK } from './exit-codes.ts';
import { runCli } from './program.ts';
import { createTerminal } from './terminal.ts';

// Whoever reads our output may have seen enough (`signalbox chat … | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? OK : 1);
});

process.exitCode = await runCli(process.argv.slice(2), createTerminal());
// Nothing should keep us now; should something, it has had its chance to finish.
setTimeout(() => process.exit(), 250).unref();
