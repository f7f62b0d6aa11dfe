import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMet, tableOf, type Figure } from './figures.js';
import { historyRow } from './history.js';
import { fastRow, firstTokenRow, idleRow, steadyRow, toolRow, warmUp } from './rows.js';
import { setStage, type Stage } from './stage.js';

/**
 * Measures what Tomato costs beside a bare relay of the same model service.
 *
 * `npm run bench -- --only 200 --only tool` runs single rows, `--profile DIR` leaves a CPU profile of Tomato there.
 * Ends with 1 if a target is missed.
 */
const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, profile: { type: 'string' } } });

const ROWS: { readonly [name: string]: (stage: Stage) => Promise<Figure[]> } = {
  first: firstTokenRow,
  '1': (stage) => steadyRow(stage, 1),
  '50': (stage) => steadyRow(stage, 50),
  '200': (stage) => steadyRow(stage, 200),
  '1000': (stage) => steadyRow(stage, 1_000),
  fast: fastRow,
  tool: toolRow,
  history: historyRow,
  idle: idleRow,
};

const chosen = values.only ?? Object.keys(ROWS);
const unknown = chosen.find((name) => !Object.hasOwn(ROWS, name));
if (unknown !== undefined) throw new Error(`There is no row ${unknown}; there are ${Object.keys(ROWS).join(', ')}.`);

const building = (await import(new URL('../scripts/build.js', import.meta.url).href)) as { buildIfNeeded(): void };
building.buildIfNeeded();
const figures: Figure[] = [];
await perform(chosen.filter((name) => name !== 'idle'));
await perform(chosen.filter((name) => name === 'idle'));

console.log(
  `Node ${process.version}, ${availableParallelism()} cores; all processes share them, so compare within a row.\n`,
);
console.log(tableOf(figures));
if (!figures.every(isMet)) process.exitCode = 1;

async function perform(names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const stage = await setStage(values.profile);
  try {
    await warmUp(stage);
    for (const name of names) {
      console.error(`measuring ${name} …`);
      figures.push(...(await ROWS[name]!(stage)));
    }
  } finally {
    await stage.close();
  }
}
