import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import initWasm, { GaruWasm } from 'garu-ko/pkg/garu_wasm.js';
import type { Morpheme } from '../../domain/archive/analysis/morpheme-analyzer.js';

/** The morphemes of each word of a line, whose words stand apart by one space. */
export type Tagger = (line: string) => Morpheme[][];

/** A token names its word by where that starts. */
type Token = { readonly text: string; readonly pos: string; readonly start: number };

/** garu-ko takes time that grows with the square of what it is given; up to here that does not show. */
const MAX_PIECE_CHARS = 64;

/** Reads the model, about 1.2 MB, into this thread: some 0.1 s. */
export async function loadTagger(): Promise<Tagger> {
  const garu = await loadGaru();
  return (line) => {
    const morphemes: Morpheme[][] = [];
    for (const piece of piecesOf(line)) morphemes.push(...tagWords(garu, piece));
    return morphemes;
  };
}

/** As the package's own loader does, which warns on the console each time. */
async function loadGaru(): Promise<GaruWasm> {
  const { resolve } = createRequire(import.meta.url);
  const [wasm, model] = await Promise.all([
    readFile(resolve('garu-ko/pkg/garu_wasm_bg.wasm')),
    readFile(resolve('garu-ko/models/base.gmdl')),
  ]);
  await initWasm({ module_or_path: wasm });
  return new GaruWasm(model);
}

/** Words that fit into one call together; a word too long for one stands alone. */
function piecesOf(line: string): string[][] {
  const pieces: string[][] = [];
  let piece: string[] = [];
  let pieceChars = 0;
  for (const word of line.split(' ')) {
    if (word === '') continue;
    if (pieceChars + word.length > MAX_PIECE_CHARS && piece.length > 0) {
      pieces.push(piece);
      piece = [];
      pieceChars = 0;
    }
    piece.push(word);
    pieceChars += word.length + 1;
  }
  return piece.length === 0 ? pieces : [...pieces, piece];
}

function tagWords(garu: GaruWasm, words: readonly string[]): Morpheme[][] {
  const [first = ''] = words;
  if (words.length === 1 && first.length > MAX_PIECE_CHARS) return [tagLongWord(garu, first)];

  const byPlace = new Map<number, Morpheme[]>();
  let place = 0;
  for (const word of words) {
    byPlace.set(place, []);
    place += word.length + 1;
  }
  for (const token of tokensOf(garu, words.join(' '))) byPlace.get(token.start)?.push(morphemeOf(token));
  return [...byPlace.values()];
}

function tagLongWord(garu: GaruWasm, word: string): Morpheme[] {
  const morphemes: Morpheme[] = [];
  for (let at = 0; at < word.length; at += MAX_PIECE_CHARS) {
    for (const token of tokensOf(garu, word.slice(at, at + MAX_PIECE_CHARS))) morphemes.push(morphemeOf(token));
  }
  return morphemes;
}

function tokensOf(garu: GaruWasm, text: string): readonly Token[] {
  const answer = garu.analyze(text) as { readonly tokens: readonly Token[] };
  return answer.tokens;
}

/** A name of several words comes as one token. */
function morphemeOf(token: Token): Morpheme {
  return { text: token.text.replace(/\s+/g, ''), tag: token.pos };
}
