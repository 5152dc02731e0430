import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBench } from './bench-modules.ts';

const { HttpReader } = await loadBench('http-reader');

class Recorder {
  readonly messages: { head: string; body: string }[] = [];
  #head = '';
  #body = '';

  head(text: string) {
    this.#head = text;
    this.#body = '';
  }

  body(bytes: Buffer, from: number, to: number) {
    this.#body += bytes.toString('latin1', from, to);
  }

  end() {
    this.messages.push({ head: this.#head, body: this.#body });
  }
}

const CASES = [
  {
    says: 'a reply with a length',
    wire: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    bodies: ['hello'],
  },
  {
    says: 'an empty reply is whole with its head',
    wire: 'HTTP/1.1 204 No\r\ncontent-length: 0\r\n\r\n',
    bodies: [''],
  },
  {
    says: 'a chunked reply whose sizes are in either case',
    wire: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1A\r\n${'x'.repeat(26)}\r\na\r\n${'y'.repeat(10)}\r\n0\r\n\r\n`,
    bodies: ['x'.repeat(26) + 'y'.repeat(10)],
  },
  {
    says: 'chunk extensions and trailers are skipped',
    wire: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;abc=1\r\none\r\n0\r\nx-abc: 1\r\n\r\n',
    bodies: ['one'],
  },
  {
    says: 'two calls in a row, the first without a body',
    wire: 'GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\nPOST /v1 HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi',
    bodies: ['', 'hi'],
  },
  {
    says: 'equal heads in a row keep their own bodies',
    wire: 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nb',
    bodies: ['a', 'b'],
  },
];

for (const { says, wire, bodies } of CASES) {
  test(`${says}, wherever the reads are cut`, () => {
    const bytes = Buffer.from(wire);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const recorder = new Recorder();
      const reader = new HttpReader(recorder);
      reader.push(bytes.subarray(0, cut));
      reader.push(bytes.subarray(cut));
      const seen = recorder.messages.map(({ body }) => body);
      assert.deepEqual(seen, bodies, `cut at ${cut}`);
      assert.equal(reader.idle, true);
    }
  });
}

test('byte by byte gives the same as at once', () => {
  for (const { wire, bodies } of CASES) {
    const recorder = new Recorder();
    const reader = new HttpReader(recorder);
    for (const byte of Buffer.from(wire)) reader.push(Buffer.from([byte]));
    assert.deepEqual(
      recorder.messages.map(({ body }) => body),
      bodies,
    );
  }
});

test('a reply without a length ends with its connection', () => {
  const recorder = new Recorder();
  const reader = new HttpReader(recorder);
  reader.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\nsome'));
  assert.equal(recorder.messages.length, 0);
  assert.equal(reader.close(), true);
  assert.equal(recorder.messages[0]?.body, 'some');
});

test('a connection that closes within a body has cut its message', () => {
  const reader = new HttpReader(new Recorder());
  reader.push(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nsome'));
  assert.equal(reader.close(), false);
});
