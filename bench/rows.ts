import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contender.js';
import { quantile, type Figure } from './figures.js';
import { sharedNow } from './ipc.js';
import type { Outcome } from './reader.js';
import { STEADY_MS, type Order } from './script.js';
import type { Stage } from './stage.js';

/** Milliseconds between all streams having begun and the first look. */
const SETTLE_MS = 700;
/** Milliseconds between the two looks. */
const STEADY_PHASE_MS = 5_000;
/** Milliseconds within which all streams of a row begin: at most {@link MAX_APART_MS} apart. */
const RAMP_MS = 4_000;
const MAX_APART_MS = 10;

/** Milliseconds for what is still to be done once the readers have everything. */
const AFTERMATH_MS = 300;

/** Turns after which V8 has compiled what a turn needs. */
const WARM_UP_TURNS = 400;

/** What the relay and Tomato gave for the same orders. */
type Pair<T> = { readonly relay: T; readonly tomato: T };

let lastStream = 0;

function orders(count: number, order: Omit<Order, 'stream'>): Order[] {
  return Array.from({ length: count }, () => ({ ...order, stream: ++lastStream }));
}

async function ofBoth<T>(stage: Stage, measure: (contender: Contender) => Promise<T>): Promise<Pair<T>> {
  return { relay: await measure(stage.relay), tomato: await measure(stage.tomato) };
}

function figure<T>(
  row: string,
  name: string,
  pair: Pair<T>,
  value: (one: T) => number,
  by: Figure['by'],
  atMost: number | null = null,
): Figure {
  return { row, name, relay: value(pair.relay), tomato: value(pair.tomato), by, atMost };
}

/** Lets both run until their code is compiled. */
export async function warmUp(stage: Stage): Promise<void> {
  await ofBoth(stage, async (contender) => {
    await play(stage, contender, orders(60, { tokens: 150, pace: 'steady', callsTool: false }), 5);
    await play(stage, contender, orders(WARM_UP_TURNS, { tokens: 20, pace: 'fast', callsTool: true }), 15);
  });
}

type Played = {
  readonly outcomes: readonly Outcome[];
  /** Microseconds of CPU that the contender used. */
  readonly cpu: number;
  /** Milliseconds from the first question to the last token. */
  readonly tookMs: number;
};

/** Runs streams from their beginning to their end: so many milliseconds apart, or each when the one before has ended. */
async function play(
  { load }: Stage,
  contender: Contender,
  plan: readonly Order[],
  apartMs: number | 'in turn',
): Promise<Played> {
  await load.ask('open', await contender.target(plan.length), plan);
  const [cpu, from] = [await contender.process.ask('cpu'), sharedNow()];
  if (apartMs === 'in turn') await load.ask('startInTurn');
  else await load.ask('start', apartMs);
  const outcomes = await load.ask('ends');
  await sleep(AFTERMATH_MS);
  const used = (await contender.process.ask('cpu')) - cpu;
  await load.ask('close');
  return { outcomes, cpu: used, tookMs: Math.max(...outcomes.map(({ times }) => times.at(-1) ?? 0)) - from };
}

/** Streams of 50 tokens a second, looked at while all of them are going on. */
export async function steadyRow(stage: Stage, streams: number): Promise<Figure[]> {
  const row = `${streams} × 50/s`;
  const pair = await ofBoth(stage, (contender) => measureSteady(stage, contender, streams));
  const isPromised = streams === 200 || streams === 1_000;
  return [
    figure(row, 'CPU, µs/token', pair, ({ cpuPerToken }) => cpuPerToken, 'ratio', isPromised ? 2 : null),
    figure(row, 'CPU, cores', pair, ({ cores }) => cores, 'ratio'),
    figure(row, 'latency p50, ms', pair, ({ latencies }) => quantile(latencies, 0.5), 'added'),
    figure(row, 'latency p99, ms', pair, ({ latencies }) => quantile(latencies, 0.99), 'added'),
    figure(row, 'first token p50, ms', pair, ({ firstTokenMs }) => firstTokenMs, 'added', streams === 200 ? 5 : null),
    ...faultFigures(row, pair),
  ];
}

type Steady = {
  readonly cpuPerToken: number;
  readonly cores: number;
  readonly latencies: Float64Array;
  readonly firstTokenMs: number;
  readonly outcomes: readonly Outcome[];
};

async function measureSteady({ upstream, load }: Stage, contender: Contender, streams: number): Promise<Steady> {
  const apartMs = Math.min(MAX_APART_MS, RAMP_MS / streams);
  const tokens = Math.ceil((apartMs * streams + SETTLE_MS + STEADY_PHASE_MS + 1_000) / STEADY_MS);
  const plan = orders(streams, { tokens, pace: 'steady', callsTool: false });
  const target = await contender.target(streams);
  await load.ask('open', target, plan);
  await load.ask('start', apartMs);
  await sleep(SETTLE_MS);

  const look = async () => ({
    at: sharedNow(),
    ...(await Promise.all([contender.process.ask('cpu'), load.ask('received')]).then(([cpu, received]) => ({
      cpu,
      received,
    }))),
  });
  const from = await look();
  await sleep(STEADY_PHASE_MS);
  const to = await look();

  const outcomes = await load.ask('ends');
  await load.ask('close');
  const sent = await upstream.ask(
    'times',
    plan.map(({ stream }) => stream),
  );
  return {
    cpuPerToken: (to.cpu - from.cpu) / (to.received - from.received),
    cores: (to.cpu - from.cpu) / 1_000 / (to.at - from.at),
    latencies: latenciesBetween(sent, outcomes, from.at, to.at),
    firstTokenMs: quantile(
      outcomes.map(({ firstTokenMs }) => firstTokenMs),
      0.5,
    ),
    outcomes,
  };
}

/** Milliseconds from the model service's sending to the reader's having, of each token that was sent in the meantime. */
function latenciesBetween(
  sent: readonly Float64Array[],
  outcomes: readonly Outcome[],
  from: number,
  to: number,
): Float64Array {
  const latencies: number[] = [];
  for (const [stream, { times }] of outcomes.entries()) {
    for (const [token, at] of sent[stream]!.entries()) {
      const had = times[token];
      if (at >= from && at <= to && had) latencies.push(had - at);
    }
  }
  return Float64Array.from(latencies);
}

function faultFigures(row: string, pair: Pair<{ readonly outcomes: readonly Outcome[] }>): Figure[] {
  for (const outcome of pair.tomato.outcomes)
    if (outcome.cut !== null) console.error(`A stream of ${row} was cut: ${outcome.cut}`);
  return [
    figure(row, 'streams cut', pair, ({ outcomes }) => outcomes.filter(({ cut }) => cut !== null).length, 'itself', 0),
    figure(
      row,
      'characters wrong',
      pair,
      ({ outcomes }) => outcomes.reduce((sum, { wrongChars }) => sum + wrongChars, 0),
      'itself',
      0,
    ),
  ];
}

/** Streams that bring as much as their readers take. */
export async function fastRow(stage: Stage): Promise<Figure[]> {
  const [streams, tokens] = [50, 2_000];
  const row = `${streams} × ${tokens}, as fast as possible`;
  const plan = () => orders(streams, { tokens, pace: 'fast', callsTool: false });
  const pair = await ofBoth(stage, (contender) => play(stage, contender, plan(), 0));
  const all = streams * tokens;
  return [
    figure(row, 'CPU, µs/token', pair, ({ cpu }) => cpu / all, 'ratio'),
    figure(row, 'tokens/s', pair, ({ tookMs }) => Math.round((all * 1_000) / tookMs), 'ratio'),
    ...faultFigures(row, pair),
  ];
}

/** One short turn after the other, each in a conversation of its own. */
export async function firstTokenRow(stage: Stage): Promise<Figure[]> {
  const turns = 60;
  const row = 'one turn at a time';
  const plan = () => orders(turns, { tokens: 5, pace: 'fast', callsTool: false });
  const pair = await ofBoth(stage, (contender) => play(stage, contender, plan(), 'in turn'));
  const firstTokens = ({ outcomes }: Played) => outcomes.map(({ firstTokenMs }) => firstTokenMs);
  return [
    figure(row, 'first token p50, ms', pair, (played) => quantile(firstTokens(played), 0.5), 'added', 5),
    figure(row, 'first token p99, ms', pair, (played) => quantile(firstTokens(played), 0.99), 'added'),
    figure(row, 'CPU, µs/turn', pair, ({ cpu }) => cpu / turns, 'ratio'),
    ...faultFigures(row, pair),
  ];
}

/** Turns in which the model calls a tool first and then answers at 50 tokens a second. */
export async function toolRow(stage: Stage): Promise<Figure[]> {
  const [turns, tokens] = [100, 200];
  const row = `${turns} tool turns of ${tokens} tokens`;
  const plan = () => orders(turns, { tokens, pace: 'steady', callsTool: true });
  const pair = await ofBoth(stage, (contender) => play(stage, contender, plan(), 20));
  return [figure(row, 'CPU, µs/turn', pair, ({ cpu }) => cpu / turns, 'ratio', 2.5), ...faultFigures(row, pair)];
}

/** Streams whose model says one word and then nothing more. Needs a stage of its own, where few runs have left their logs. */
export async function idleRow(stage: Stage): Promise<Figure[]> {
  const [before, streams] = [100, 500];
  const pair = await ofBoth(stage, async (contender) => {
    await beQuiet(stage, contender, before);
    const from = await contender.process.ask('memory');
    await beQuiet(stage, contender, streams);
    return ((await contender.process.ask('memory')) - from) / 1024 / streams;
  });
  return [figure(`${streams} idle streams`, 'memory, KiB/stream', pair, (kib) => kib, 'itself', 60)];
}

/** Opens streams that stay open. */
async function beQuiet({ load }: Stage, contender: Contender, count: number): Promise<void> {
  const plan = orders(count, { tokens: 1, pace: 'quiet', callsTool: false });
  await load.ask('open', await contender.target(count), plan);
  await load.ask('start', 5);
  await sleep(AFTERMATH_MS);
}
