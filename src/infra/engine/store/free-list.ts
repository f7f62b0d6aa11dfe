import { PageFault } from './page-layout.js';

const WORD = 8;

/**
 * The pages of one entry of LMDB's free list: how many words follow, then one word a page. A negative one says how many pages follow
 * one another from the next on; 0 is an empty place.
 *
 * @throws {PageFault} if it is no such list, or names pages after the last.
 */
export function freePagesOf(list: Buffer, lastPage: number): number[] {
  const words = list.length < WORD ? -1 : Number(list.readBigInt64LE());
  if (words < 0 || (words + 1) * WORD > list.length)
    throw new PageFault('its list of free pages lies about its length');
  const pages: number[] = [];
  for (let i = 1; i <= words; i++) {
    const word = Number(list.readBigInt64LE(i * WORD));
    if (word > 0) pages.push(word);
    else if (word < 0) {
      if (i === words) throw new PageFault('its list of free pages has a block without a start');
      const first = Number(list.readBigInt64LE(++i * WORD));
      // Before it is written out: a block of billions would fill the memory.
      const isInside = first > 0 && first - word - 1 <= lastPage && pages.length - word <= lastPage;
      if (!isInside) throw new PageFault('its list of free pages has a block of pages that are not there');
      for (let page = first; page < first - word; page++) pages.push(page);
    }
  }
  return pages;
}
