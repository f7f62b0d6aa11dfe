/** The value below which a share of the values lies, 0.5 being the median; NaN of none. */
export function quantile(values: readonly number[] | Float64Array, share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** One line of the table. */
export type Figure = {
  readonly row: string;
  readonly name: string;
  readonly relay: number;
  readonly tomato: number;
  /** How the two are compared: one divided by the other, one less the other, or not at all. */
  readonly by: 'ratio' | 'added' | 'itself';
  /** The most that the comparison may give; null where nothing is promised. */
  readonly atMost: number | null;
};

const compared = ({ relay, tomato, by }: Figure): number => {
  if (by === 'ratio') return tomato / relay;
  return by === 'added' ? tomato - relay : tomato;
};

/** False also for what could not be measured. */
export const isMet = (figure: Figure): boolean => figure.atMost === null || compared(figure) <= figure.atMost;

/** The figures as a Markdown table. */
export function tableOf(figures: readonly Figure[]): string {
  const lines = figures.map((figure) => [
    figure.row,
    figure.name,
    round(figure.relay),
    round(figure.tomato),
    inWords(figure, compared(figure)),
    figure.atMost === null ? '' : `≤ ${inWords(figure, figure.atMost)}`,
    figure.atMost === null ? '' : isMet(figure) ? 'met' : 'MISSED',
  ]);
  const head = ['Row', 'Figure', 'Relay', 'Tomato', 'Compared', 'Target', ''];
  const all = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const written = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [written(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...lines.map(written)].join(
    '\n',
  );
}

function inWords({ by }: Figure, value: number): string {
  if (by === 'ratio') return `${value.toFixed(2)} ×`;
  return by === 'added' ? `+${round(value)}`.replace('+-', '−') : round(value);
}

function round(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}
