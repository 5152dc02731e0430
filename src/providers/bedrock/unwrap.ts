// Claude through InvokeModel: Anthropic's events come as base64 inside binary messages. They leave here as the
// server-sent events they are elsewhere, and the service's exceptions as errors of that dialect. All other replies
// pass through.
import type { ErrorCode, GatewayError } from '../../canonical/errors.ts';
import { asString, type JsonObject } from '../../canonical/json.ts';
import { garbled } from '../../canonical/watchers.ts';
import type { Transport, WireCall, WireEnd, WireFlow, WireHead, WireReceiver } from '../../canonical/wire.ts';
import { type EventMessage, EventStreamFramer, readMessages } from '../../lib/event-stream.ts';
import { decodeError, errorInMessage } from '../../protocols/bedrock-converse/errors.ts';

const STREAM = '/invoke-with-response-stream';
const WHOLE = '/invoke';
const MOST_MESSAGE = 16 * 1024 * 1024;
const MOST_ERROR = 64 * 1024;

export function unwrapTransport(inner: Transport): Transport {
  return {
    send(wire, to) {
      if (!wire.path.endsWith(STREAM) && !wire.path.endsWith(WHOLE)) return inner.send(wire, to);
      const unwrapper = new Unwrapper(wire, to);
      return inner.send(wire, unwrapper).then((end) => unwrapper.end(end));
    },
    close: () => inner.close(),
  };
}

class Unwrapper implements WireReceiver {
  readonly #wire: WireCall;
  readonly #to: WireReceiver;
  #framer: EventStreamFramer | undefined = undefined;
  #flow: WireFlow | undefined = undefined;
  #failure: GatewayError | undefined = undefined;
  /** The head of an error, held back until its body says which. */
  #refusal: WireHead | undefined = undefined;
  readonly #body: Buffer[] = [];
  #length = 0;

  constructor(wire: WireCall, to: WireReceiver) {
    this.#wire = wire;
    this.#to = to;
  }

  head(head: WireHead): void {
    if (head.status >= 400) {
      this.#refusal = head;
      return;
    }
    if (!(head.headers['content-type'] ?? '').includes('eventstream')) {
      this.#to.head(head);
      return;
    }
    this.#framer = new EventStreamFramer(MOST_MESSAGE, {
      messages: (bytes) => this.#messages(bytes),
      broken: (why) => this.#break(garbled(why)),
    });
    this.#to.head({ ...head, headers: { ...head.headers, 'content-type': 'text/event-stream' } });
  }

  data(bytes: Buffer, flow: WireFlow): void {
    if (this.#failure !== undefined) return;
    this.#flow = flow;
    if (this.#refusal !== undefined) this.#keep(bytes);
    else if (this.#framer === undefined) this.#to.data(bytes, flow);
    else this.#framer.push(bytes);
  }

  end(end: WireEnd): WireEnd {
    if (this.#failure !== undefined) return { ok: false, error: this.#failure, sent: true };
    const refusal = this.#refusal;
    if (refusal !== undefined && end.ok) this.#refuse(refusal, Buffer.concat(this.#body));
    return end;
  }

  #keep(bytes: Buffer): void {
    if (this.#length >= MOST_ERROR) return;
    this.#body.push(bytes);
    this.#length += bytes.length;
  }

  #messages(bytes: Buffer): void {
    let text = '';
    for (const message of readMessages(bytes)) text += this.#event(message);
    if (text !== '' && this.#flow !== undefined) this.#to.data(Buffer.from(text), this.#flow);
  }

  #event(message: EventMessage): string {
    const failure = errorInMessage(message);
    if (failure !== undefined) return `event: error\ndata: ${errorText(failure)}\n\n`;
    if (message.headers.get(':event-type') !== 'chunk') return '';
    const json = chunkText(message.payload);
    if (json === undefined) {
      this.#break(garbled('an event of its stream is wrapped in no way known'));
      return '';
    }
    return `event: ${eventName(json)}\ndata: ${json}\n\n`;
  }

  #break(error: GatewayError): void {
    this.#failure = error;
    this.#wire.cancel.request('the reply failed');
  }

  #refuse({ status, headers }: WireHead, body: Buffer): void {
    const error = decodeError(status, headers, body);
    this.#to.head({
      status: statuses[error.code] ?? status,
      headers: { ...headers, 'content-type': 'application/json' },
    });
    this.#to.data(Buffer.from(errorText(error)), this.#flow ?? STILL);
  }
}

/** Nothing more comes that could be held back. */
const STILL: WireFlow = { pause: () => undefined, resume: () => undefined };

const BYTES = '"bytes":"';

/** The event inside; undefined when there is none. Base64 needs no escapes, and its length is all that varies. */
function chunkText(payload: Buffer): string | undefined {
  const text = payload.toString('latin1');
  const from = text.indexOf(BYTES) + BYTES.length;
  const to = text.indexOf('"', from);
  if (from < BYTES.length || to < 0) return undefined;
  const base64 = text.slice(from, to).replaceAll('\\/', '/');
  const json = Buffer.from(base64, 'base64').toString('utf8');
  return json.includes('\n') ? onOneLine(json) : json;
}

/** A line break would end the data. */
function onOneLine(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json));
  } catch {
    return json.replaceAll('\n', ' ');
  }
}

const TYPE = '{"type":"';

function eventName(json: string): string {
  if (json.startsWith(TYPE)) return json.slice(TYPE.length, json.indexOf('"', TYPE.length));
  try {
    return asString((JSON.parse(json) as JsonObject)['type']) ?? 'message';
  } catch {
    return 'message';
  }
}

/** Anthropic's words for what the service said in its own. */
const types: Partial<Record<ErrorCode, string>> = {
  bad_request: 'invalid_request_error',
  context_too_long: 'invalid_request_error',
  body_too_large: 'request_too_large',
  upstream_auth: 'permission_error',
  upstream_billing: 'billing_error',
  upstream_model_missing: 'not_found_error',
  upstream_rate_limited: 'rate_limit_error',
  upstream_quota: 'rate_limit_error',
  upstream_overloaded: 'overloaded_error',
  upstream_timeout: 'timeout_error',
};

/** Where the service's status says less than its words. */
const statuses: Partial<Record<ErrorCode, number>> = {
  upstream_model_missing: 404,
  upstream_quota: 429,
  upstream_overloaded: 503,
};

function errorText(error: GatewayError): string {
  const message =
    error.blame === 'caller' ? error.message : (error.detail.upstream?.message ?? error.message);
  const told = { type: types[error.code] ?? 'api_error', message };
  // In that dialect a quota is told from a rate by its details only.
  const exact = error.code === 'upstream_quota' ? { details: { error_code: 'insufficient_quota' } } : {};
  return JSON.stringify({ type: 'error', error: { ...told, ...exact } });
}
