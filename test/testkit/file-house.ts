// An upstream that holds files and batches, one account for everybody: what it is given it keeps, and gives to
// whoever asks for it by its id.
import type { JsonValue } from './json-value.ts';
import { bytes, end, head, json, type Script } from './script.ts';
import type { RecordedCall, ScriptedUpstream } from './scripted-upstream.ts';

export interface HousedFile {
  object: JsonValue;
  content: Buffer;
}

export class FileHouse {
  readonly files = new Map<string, HousedFile>();
  readonly batches = new Map<string, JsonValue>();
  readonly #mark: string;
  #count = 0;

  /** `mark`: in all of its ids. */
  constructor(upstream: ScriptedUpstream, mark: string) {
    this.#mark = mark;
    upstream.respond((call) => this.#changed(call) ?? missing);
    upstream.respondToGet((call) => this.#asked(call));
  }

  /** A file that a batch has written. */
  write(content: string): string {
    return this.#keep(Buffer.from(content), 'batch_output');
  }

  /** What happens to a batch while nobody looks. */
  change(id: string, change: JsonValue): void {
    this.batches.set(id, { ...this.batches.get(id), ...change });
  }

  #keep(content: Buffer, purpose: string): string {
    this.#count += 1;
    const id = `file-${this.#mark}${this.#count}`;
    const object = { id, object: 'file', bytes: content.length, created_at: 1, filename: 'f', purpose };
    this.files.set(id, { object, content });
    return id;
  }

  #changed({ method, path, text }: RecordedCall): Script | undefined {
    const [, , kind, id = '', deed] = path.split('/');
    if (method === 'DELETE') {
      if (!this.files.delete(id)) return undefined;
      return json({ id, object: 'file', deleted: true });
    }
    if (kind === 'files') {
      const purpose = /name="purpose"\r\n\r\n([^\r]*)/.exec(text)?.[1] ?? '';
      const content = /name="file"[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(text)?.[1] ?? '';
      return json(this.files.get(this.#keep(Buffer.from(content), purpose))?.object);
    }
    if (deed === 'cancel') this.change(id, { status: 'cancelling' });
    return json(deed === 'cancel' ? this.batches.get(id) : this.#begin(JSON.parse(text)));
  }

  #begin(asked: JsonValue): JsonValue {
    this.#count += 1;
    const id = `batch_${this.#mark}${this.#count}`;
    const batch = { id, object: 'batch', status: 'validating', output_file_id: null, ...asked };
    this.batches.set(id, batch);
    return batch;
  }

  #asked({ path }: RecordedCall): Script | undefined {
    const [, , kind, id = '', deed] = path.split('/');
    if (kind === 'batches') return this.batches.has(id) ? json(this.batches.get(id)) : undefined;
    const file = this.files.get(id);
    if (file === undefined) return undefined;
    if (deed === undefined) return json(file.object);
    const type = { 'content-type': 'application/jsonl', 'content-disposition': 'attachment; filename="f"' };
    return [head(200, type), bytes(file.content), end];
  }
}

const missing = json({ error: { message: 'No such File object', type: 'invalid_request_error' } }, 404);
