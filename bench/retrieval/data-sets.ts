import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EntryText } from '../../src/domain/archive/analysis/analyze-entry.js';

export type Question = {
  readonly id: string;
  readonly text: string;
  /** How relevant an entry is; those that are not named are not at all. */
  readonly relevant: Readonly<Record<string, number>>;
};

export type DataSet = {
  readonly name: string;
  readonly entries: readonly (EntryText & { readonly id: string })[];
  readonly questions: readonly Question[];
};

/** What of a set the figures are made from: rankings are tuned on `dev` alone. */
export type Split = 'all' | 'dev' | 'test';

const LOADERS: Readonly<Record<string, (folder: string) => Omit<DataSet, 'name'>>> = {
  'tldr-ko': loadTldr,
  korquad: (folder) => loadKorquad(folder, (paragraph) => [[0, paragraph.length]]),
  'korquad-sent': (folder) => loadKorquad(folder, sentencesOf),
  parakqc: loadParakqc,
};

export const SET_NAMES = Object.keys(LOADERS);

/** A set of the public benchmark in `folder`, whose README tells what it holds. */
export function loadSet(folder: string, name: string): DataSet {
  const loader = LOADERS[name];
  if (loader === undefined) throw new Error(`There is no set ${name}; there are ${SET_NAMES.join(', ')}.`);
  return { name, ...loader(join(folder, 'data')) };
}

/** Halves by the question's id, so that its rephrasings (after `~`) stay with it. */
export function splitOf({ id }: Question): Split {
  const [base = ''] = id.split('~');
  return (createHash('sha1').update(base).digest()[0] ?? 0) % 2 === 1 ? 'test' : 'dev';
}

const NO_TEXT: EntryText = { title: '', summary: '', content: '', tags: [] };

const entryOf = (id: string, text: Partial<EntryText>): EntryText & { id: string } => ({ id, ...NO_TEXT, ...text });

type Line = EntryText & { id: string };
type QuestionLine = { id: string; text: string; rel: Record<string, number> };

function loadTldr(data: string): Omit<DataSet, 'name'> {
  const lines = (file: string): unknown[] =>
    readFileSync(join(data, 'tldr-ko', file), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line));
  return {
    entries: (lines('docs.jsonl') as Line[]).map((line) => entryOf(line.id, line)),
    questions: (lines('queries.jsonl') as QuestionLine[]).map(({ id, text, rel }) => ({ id, text, relevant: rel })),
  };
}

type Paragraph = { context: string; qas: { id: string; question: string; answers: { answer_start: number }[] }[] };
type Korquad = { data: { title: string; paragraphs: Paragraph[] }[] };

/** A question belongs to the part of its paragraph in which its answer starts. Paragraphs that occur twice count once. */
function loadKorquad(data: string, cut: (paragraph: string) => [start: number, end: number][]): Omit<DataSet, 'name'> {
  const file = JSON.parse(readFileSync(join(data, 'korquad-v1-dev/KorQuAD_v1.0_dev.json'), 'utf8')) as Korquad;
  const paragraphs = new Map<string, { title: string; qas: Paragraph['qas'] }>();
  for (const { title, paragraphs: ofArticle } of file.data) {
    for (const { context, qas } of ofArticle) {
      const known = paragraphs.get(context);
      if (known === undefined) paragraphs.set(context, { title, qas: [...qas] });
      else known.qas.push(...qas);
    }
  }
  const entries: DataSet['entries'][number][] = [];
  const questions: Question[] = [];
  for (const [number, [context, { title, qas }]] of [...paragraphs].entries()) {
    const parts = cut(context);
    for (const [at, [start, end]] of parts.entries()) {
      const content = parts.length === 1 ? context : context.slice(start, end).trim();
      entries.push(entryOf(`p${number}.${at}`, { title: title.replaceAll('_', ' '), content }));
    }
    for (const { id, question, answers } of qas) {
      const answer = answers[0]?.answer_start ?? 0;
      const at = parts.findIndex(([start, end]) => answer >= start && answer < end);
      if (at >= 0) questions.push({ id, text: question, relevant: { [`p${number}.${at}`]: 1 } });
    }
  }
  return { entries, questions };
}

/** A sentence has at least 25 characters, else the next one belongs to it; a last one of less than 15 belongs to the one before. */
function sentencesOf(paragraph: string): [number, number][] {
  const sentences: [number, number][] = [];
  let start = 0;
  for (const found of paragraph.matchAll(/[.?!]["'”’)\]]*\s+/g)) {
    const end = found.index + found[0].length;
    if (end - start < 25) continue;
    sentences.push([start, end]);
    start = end;
  }
  const last = sentences.at(-1);
  if (start >= paragraph.length) return sentences;
  if (paragraph.length - start < 15 && last !== undefined) last[1] = paragraph.length;
  else sentences.push([start, paragraph.length]);
  return sentences;
}

const GROUP = 10;

/** Of ten ways to say one thing, five are entries and two are questions for all of them. */
function loadParakqc(data: string): Omit<DataSet, 'name'> {
  const lines = readFileSync(join(data, 'parakqc/paraKQC_v1.txt'), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[2] ?? '');
  const entries: DataSet['entries'][number][] = [];
  const questions: Question[] = [];
  for (let group = 0; group * GROUP < lines.length; group++) {
    const said = (at: number): string => lines[group * GROUP + at] ?? '';
    const ids = [0, 2, 4, 6, 8].map((at) => ({ id: `t${group}.${at}`, summary: said(at) }));
    entries.push(...ids.map(({ id, summary }) => entryOf(id, { summary })));
    const relevant = Object.fromEntries(ids.map(({ id }) => [id, 1]));
    questions.push(...[3, 9].map((at) => ({ id: `t${group}.${at}`, text: said(at), relevant })));
  }
  return { entries, questions };
}
