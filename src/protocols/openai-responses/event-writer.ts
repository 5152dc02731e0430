// Events of one stream: each has its name, its type and the next number, from 0 without gaps.

/** What stands around the text of every delta of a lane; the number comes between the first two. */
export interface DeltaFrame {
  readonly before: string;
  readonly middle: string;
  readonly after: string;
}

export class EventWriter {
  #next = 0;

  /** The number of the next event. */
  get next(): number {
    return this.#next;
  }

  /** `fields`: JSON text of what follows type and number; '' for nothing. */
  event(type: string, fields: string): string {
    const comma = fields === '' ? '' : ',';
    return `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#take()}${comma}${fields}}\n\n`;
  }

  /** The hot path: four joins and the text made JSON. */
  delta({ before, middle, after }: DeltaFrame, text: string): string {
    return before + this.#take() + middle + JSON.stringify(text) + after;
  }

  #take(): number {
    const number = this.#next;
    this.#next += 1;
    return number;
  }
}

/** `place`: JSON text of the fields that say where the delta belongs; `after`: of those behind it. */
export function deltaFrame(type: string, place: string, after = ''): DeltaFrame {
  return {
    before: `event: ${type}\ndata: {"type":"${type}","sequence_number":`,
    middle: `,${place},"delta":`,
    after: `${after}}\n\n`,
  };
}

/** JSON text of fields, without the braces around them. */
export function fieldsText(fields: object): string {
  return JSON.stringify(fields).slice(1, -1);
}
