// An outlet for tests: keeps what leaves the flow.
import assert from 'node:assert/strict';
import type { WireHeaders } from '../../canonical/wire.ts';
import type { Outlet } from './outlet.ts';

export class RecordingOutlet implements Outlet {
  status = 0;
  blocked = false;
  headers: WireHeaders = {};
  length: number | undefined;
  text = '';
  ended = false;
  wasCut = false;

  begin(status: number, headers: string[], length: number | undefined): void {
    this.status = status;
    const names = headers.filter((_text, at) => at % 2 === 0);
    assert.equal(new Set(names).size, names.length, 'no header twice');
    this.headers = Object.fromEntries(
      headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? '']] : [])),
    );
    this.length = length;
  }
  write(bytes: Buffer | string): boolean {
    this.text += bytes.toString();
    return true;
  }
  end(bytes?: Buffer | string): void {
    if (bytes !== undefined) this.text += bytes.toString();
    this.ended = true;
  }
  cut(): void {
    this.wasCut = true;
  }
  drained(): Promise<void> {
    return Promise.resolve();
  }
}
