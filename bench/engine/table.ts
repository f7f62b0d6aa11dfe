export type Row = { engine?: number; lmdb?: number };

export function printTable(rows: ReadonlyMap<string, Row>): void {
  console.log(line('', 'engine', 'plain lmdb', 'ratio'));
  for (const [name, { engine, lmdb }] of rows) {
    const ratio = engine === undefined || lmdb === undefined ? '' : (engine / lmdb).toFixed(3);
    console.log(line(name, shown(engine), shown(lmdb), ratio));
  }
}

const shown = (value: number | undefined): string =>
  value === undefined ? '' : Math.round(value).toLocaleString('en-US');

const line = (name: string, ...cells: string[]): string =>
  name.padEnd(42) + cells.map((cell) => cell.padStart(14)).join('');
