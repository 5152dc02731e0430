// Prints the summary as one markdown table.

const BLANK = '';

function number(value, digits) {
  return value.toFixed(digits);
}

/** @param {{ median: number, iqr: number, n: number } | undefined} figure @param {number} digits */
function cell(figure, digits) {
  if (figure === undefined) return BLANK;
  const middle = number(figure.median, digits);
  return figure.n > 1 && figure.iqr >= 10 ** -digits / 2
    ? `${middle} ±${number(figure.iqr / 2, digits)}`
    : middle;
}

/** @param {import('./rows.js').Target | undefined} target @param {string} unit */
function targetText(target, unit) {
  if (target === undefined) return BLANK;
  const stretch = target.stretch === undefined ? '' : ` (${target.stretch})`;
  if (target.kind === 'ratio') return `≤ ${target.limit}× nginx${stretch}`;
  if (target.kind === 'peer') return `≥ ${target.limit}× less`;
  return `≤ ${target.limit}${unit === '' ? '' : ` ${unit}`}${stretch}`;
}

function ratioText(row) {
  const ratio = row.target?.kind === 'peer' ? row.peer : row.ratio;
  if (ratio === undefined || !Number.isFinite(ratio)) return BLANK;
  return `${number(ratio, ratio < 10 ? 2 : 0)}×${row.target?.kind === 'peer' ? ' less' : ''}`;
}

/** @param {readonly object[]} rows of summariseRow @param {readonly string[]} contestants */
export function markdown(rows, contestants) {
  const heads = ['', 'unit', ...contestants, '× nginx', 'target (stretch)', 'verdict'];
  const lines = rows.map((row) => {
    const digits = row.digits ?? 1;
    // A row against a peer repeats the figures of the row above: its ratio is the point.
    const values = contestants.map((name) =>
      row.target?.kind === 'peer' ? BLANK : cell(row.values[name], digits),
    );
    return [
      row.label,
      row.unit,
      ...values,
      ratioText(row),
      targetText(row.target, row.unit),
      row.verdict ?? BLANK,
    ];
  });
  const rule = heads.map((_, place) => (place === 0 || place >= heads.length - 2 ? '---' : '--:'));
  return [heads, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
