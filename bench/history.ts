import { setTimeout as sleep } from 'node:timers/promises';
import { quantile, type Figure } from './figures.js';
import type { Outcome, Seat, Target } from './reader.js';
import type { Order } from './script.js';
import type { Stage } from './stage.js';

/** Messages before the turns that are measured. */
const FEW = 10;
const SOME = 100;
const MANY = 10_000;

/** Turns that are measured with each. */
const MEASURED = 60;

/** Turns that are asked for at a time, each over a socket of its own. */
const BATCH = 100;

/** Milliseconds for what is still to be done once the readers have everything. */
const AFTERMATH_MS = 300;

/** Above the streams of the other rows. */
let lastStream = 1_000_000;

type Tomato = Extract<Target, { kind: 'tomato' }>;

/**
 * What a turn costs after {@link MANY} messages, beside one after {@link FEW} and one after {@link SOME}, which tells the model as many as ever are told: the relay's
 * column is the shorter conversation here, since a relay has no history. The longer ones are one conversation each, whose summaries are made on the way;
 * making the longest takes a minute or more.
 */
export async function historyRow(stage: Stage): Promise<Figure[]> {
  const few = await afterMessages(stage, FEW, MEASURED);
  const some = await afterMessages(stage, SOME, 1);
  const many = await afterMessages(stage, MANY, 1);
  return [
    ...figures(`turn after ${FEW} | ${MANY} messages`, few, many, null),
    ...figures(`turn after ${SOME} | ${MANY} messages`, some, many, 1.5),
  ];
}

/** @param atMost What the longer conversation may cost more, in CPU. */
function figures(row: string, shorter: Played, longer: Played, atMost: number | null): Figure[] {
  const figure = (name: string, of: (played: Played) => number, by: Figure['by'], most: number | null): Figure => {
    return { row, name, relay: of(shorter), tomato: of(longer), by, atMost: most };
  };
  const firstTokens = ({ outcomes }: Played) => outcomes.map(({ firstTokenMs }) => firstTokenMs);
  return [
    figure('CPU, µs/turn', ({ cpu }) => cpu / MEASURED, 'ratio', atMost),
    figure('first token p50, ms', (played) => quantile(firstTokens(played), 0.5), 'ratio', null),
    figure('first token p99, ms', (played) => quantile(firstTokens(played), 0.99), 'ratio', null),
    figure('streams cut', ({ outcomes }) => outcomes.filter(({ cut }) => cut !== null).length, 'itself', 0),
  ];
}

type Played = { readonly outcomes: readonly Outcome[]; readonly cpu: number };

/** Measures turns in conversations that have so many messages already. */
async function afterMessages(stage: Stage, messages: number, conversations: number): Promise<Played> {
  const target = await stage.tomato.target(conversations);
  if (target.kind !== 'tomato') throw new Error('Only Tomato has a history.');
  const turns = messages / 2;
  for (let done = 0; done < turns;) {
    const rounds = Math.min(turns - done, Math.ceil(BATCH / conversations));
    await play(stage, target, Array.from({ length: rounds }, () => target.seats).flat());
    done += rounds;
  }
  const seats = Array.from({ length: MEASURED / conversations }, () => target.seats).flat();
  return play(stage, target, seats);
}

/** One short turn after the other, each in its seat. */
async function play({ load, tomato }: Stage, target: Tomato, seats: readonly Seat[]): Promise<Played> {
  const plan = seats.map((): Order => ({ stream: ++lastStream, tokens: 5, pace: 'fast', callsTool: false }));
  await load.ask('open', { ...target, seats }, plan);
  const cpu = await tomato.process.ask('cpu');
  await load.ask('startInTurn');
  const outcomes = await load.ask('ends');
  await sleep(AFTERMATH_MS);
  const used = (await tomato.process.ask('cpu')) - cpu;
  await load.ask('close');
  return { outcomes, cpu: used };
}
