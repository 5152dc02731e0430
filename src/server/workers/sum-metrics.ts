// The metrics of several processes as if they were one: what is counted is added up, what is a quality of a
// process is told at its worst.
interface Family {
  readonly name: string;
  readonly type: string;
  /** `# HELP` and `# TYPE`. */
  readonly head: string;
  readonly rows: Map<string, number>;
}

type Families = Map<string, Family>;

const MOST = /^signalbox_(event_loop_delay_seconds|overloaded|build_info)$/;
const LEAST = /^process_start_time_seconds$/;

export function sumMetrics(texts: readonly string[]): string {
  const sum: Families = new Map();
  for (const text of texts) add(parse(text), sum);
  return render(sum);
}

/** Only what is counted: it outlives the process that has counted it. */
export function countersOf(text: string): string {
  const counted = [...parse(text)].filter(
    ([name, { type }]) =>
      type === 'histogram' || (type === 'counter' && name !== 'process_cpu_seconds_total'),
  );
  return render(new Map(counted));
}

function parse(text: string): Families {
  const families: Families = new Map();
  let help = '';
  let family: Family | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('# HELP ')) help = `${line}\n`;
    else if (line.startsWith('# TYPE ')) {
      const [, , name = '', type = ''] = line.split(' ');
      family = { name, type, head: `${help}${line}\n`, rows: new Map() };
      families.set(name, family);
    } else if (line !== '' && family !== undefined) {
      const space = line.lastIndexOf(' ');
      family.rows.set(line.slice(0, space), Number(line.slice(space + 1)));
    }
  }
  return families;
}

function add(families: Families, sum: Families): void {
  for (const [name, family] of families) {
    const known = sum.get(name);
    if (known === undefined) sum.set(name, { ...family, rows: new Map(family.rows) });
    else
      for (const [row, value] of family.rows) known.rows.set(row, joined(name, known.rows.get(row), value));
  }
}

function joined(name: string, before: number | undefined, value: number): number {
  if (before === undefined) return value;
  if (MOST.test(name)) return Math.max(before, value);
  return LEAST.test(name) ? Math.min(before, value) : before + value;
}

function render(families: Families): string {
  return [...families.values()]
    .map(({ head, rows }) => head + [...rows].map(([row, value]) => `${row} ${value}\n`).join(''))
    .join('');
}
