// Canonical events on one line each or joined, for comparisons, and the order promised for them in
// canonical/reply.ts.
import type { Json } from '../../src/canonical/json.ts';
import type { ReplyEvent } from '../../src/canonical/reply.ts';

/** One line per event, with neighbouring deltas of a block joined: for golden comparisons. */
export function outline(events: readonly ReplyEvent[]): string[] {
  const lines: string[] = [];
  let said: { index: number; text: string } | undefined;
  for (const event of events) {
    if (event.type === 'delta' && said?.index === event.index) {
      said.text += event.text;
      lines[lines.length - 1] = `delta ${said.index} ${said.text}`;
      continue;
    }
    said = event.type === 'delta' ? { index: event.index, text: event.text } : undefined;
    lines.push(line(event));
  }
  return lines;
}

function line(event: ReplyEvent): string {
  switch (event.type) {
    case 'start':
      return `start ${event.id} ${event.model}`;
    case 'open':
      return `open ${event.index} ${event.choice} ${head(event.block)}`;
    case 'delta':
      return `delta ${event.index} ${event.text}`;
    case 'seal':
      return `seal ${event.index} ${event.sealed.origin}:${event.sealed.value}`;
    case 'close':
      return `close ${event.index}`;
    case 'finish':
      return `finish ${event.choice} ${event.reason}${event.sequence === undefined ? '' : ` ${event.sequence}`}`;
    case 'usage':
      return `usage ${event.usage.fresh}+${event.usage.cacheRead}+${event.usage.cacheWrite} ${event.usage.output}(${event.usage.reasoning})`;
    case 'annotate':
      return `annotate ${event.index} ${JSON.stringify(event.value)}`;
    case 'logprobs':
      return `logprobs ${event.choice} ${JSON.stringify(event.value)}`;
    case 'error':
      return `error ${event.error.code}`;
    default:
      return event.type;
  }
}

/** The lines of a block of the first choice, whole. */
export function block(index: number, head: string, text?: string): string[] {
  const said = text === undefined ? [] : [`delta ${index} ${text}`];
  return [`open ${index} 0 ${head}`, ...said, `close ${index}`];
}

function head(block: Extract<ReplyEvent, { type: 'open' }>['block']): string {
  switch (block.type) {
    case 'tool_call':
      return `${block.custom === true ? 'custom' : 'tool'} ${block.id} ${block.name}`;
    case 'reasoning':
      return block.redacted === undefined ? 'reasoning' : `redacted ${block.redacted.value}`;
    case 'raw':
      return `raw ${JSON.stringify(block.value)}`;
    default:
      return block.type;
  }
}

/** Adjacent deltas joined, no pings, and only the last word on usage: what a caller has in the end. */
export function joined(events: readonly ReplyEvent[]): ReplyEvent[] {
  const out: ReplyEvent[] = [];
  const usage = events.filter((event) => event.type === 'usage').at(-1);
  for (const event of events) {
    const last = out.at(-1);
    if (event.type === 'usage' || event.type === 'ping') continue;
    if (event.type === 'delta' && last?.type === 'delta' && last.index === event.index) {
      out[out.length - 1] = { ...last, text: last.text + event.text };
    } else out.push(event);
  }
  return usage === undefined ? out : [...out, usage];
}

/** The same with arguments as values: a whole body holds an object where a stream holds its text. */
export function joinedValues(events: readonly ReplyEvent[]): Json[] {
  const calls = new Set<number>();
  return joined(events).map((event) => {
    if (event.type === 'open' && event.block.type === 'tool_call') calls.add(event.index);
    if (event.type === 'delta' && calls.has(event.index)) return JSON.parse(event.text) as Json;
    return JSON.parse(JSON.stringify(event)) as Json;
  });
}

/** What is wrong with the order of these events; empty when nothing is. */
export function orderFaults(events: readonly ReplyEvent[]): string[] {
  const checker = new OrderChecker();
  for (const [at, event] of events.entries()) {
    checker.expect((at === 0) === (event.type === 'start'), `event ${at}: a reply starts once, first`);
    checker.expect((at === events.length - 1) === (event.type === 'end'), `event ${at}: it ends once, last`);
    checker.check(event, `event ${at} (${event.type})`);
  }
  checker.expect(checker.finished.size > 0, 'no choice finished');
  return checker.faults;
}

class OrderChecker {
  readonly faults: string[] = [];
  readonly finished = new Set<number>();
  /** Open blocks and their choices. */
  readonly #open = new Map<number, number>();
  #next = 0;

  expect(holds: boolean, fault: string): void {
    if (!holds) this.faults.push(fault);
  }

  check(event: ReplyEvent, where: string): void {
    switch (event.type) {
      case 'open':
        this.expect(event.index === this.#next, `${where}: indexes count from 0 without gaps`);
        this.#expectIdle(event.choice, where);
        this.#open.set(event.index, event.choice);
        this.#next += 1;
        break;
      case 'delta':
      case 'seal':
      case 'annotate':
        this.expect(this.#open.has(event.index), `${where}: its block is not open`);
        break;
      case 'close':
        this.expect(this.#open.delete(event.index), `${where}: its block is not open`);
        break;
      case 'finish':
        this.#expectIdle(event.choice, where);
        this.finished.add(event.choice);
        break;
      default:
    }
  }

  #expectIdle(choice: number, where: string): void {
    this.expect(!this.finished.has(choice), `${where}: its choice has finished`);
    this.expect(![...this.#open.values()].includes(choice), `${where}: a block of its choice is open`);
  }
}
