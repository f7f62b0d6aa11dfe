/** A morpheme and its tag of the Sejong tag set: NNG a noun, VV a verb's stem, JKO a particle, EF an ending. */
export type Morpheme = { readonly text: string; readonly tag: string };

/** Splits Korean words into morphemes. */
export interface MorphemeAnalyzer {
  /** Changes whenever the same text may be split in another way: what was stored under another version is stale. */
  readonly version: string;
  /**
   * The morphemes of each word of `line`, in order; words stand apart by one space, and `A` stands for whatever is not Korean.
   * Long lines do not keep the event loop waiting.
   *
   * @param line In Unicode NFC.
   */
  morphemesOf(line: string): Promise<readonly (readonly Morpheme[])[]>;
}
