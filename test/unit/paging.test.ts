import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { encodeCursor, pageOf, readPage, type PageArgs } from '../../src/api/paging.js';

const LETTERS = ['a', 'b', 'c', 'd', 'e'];

/** A page of the letters, fetched as a store would. */
function page(args: PageArgs) {
  const request = readPage(args);
  const isForward = request.direction === 'forward';
  const inOrder = isForward ? LETTERS : LETTERS.toReversed();
  const from = request.cursor === null ? 0 : inOrder.indexOf(request.cursor) + 1;
  return pageOf(request, inOrder.slice(from, from + request.limit + 1), (letter) => letter);
}

describe('a page', () => {
  it('holds the first, and says where they are and that there are more', () => {
    expect(page({ first: 2 })).toEqual({
      nodes: ['a', 'b'],
      edges: [
        { node: 'a', cursor: encodeCursor('a') },
        { node: 'b', cursor: encodeCursor('b') },
      ],
      pageInfo: {
        startCursor: encodeCursor('a'),
        endCursor: encodeCursor('b'),
        hasNextPage: true,
        hasPreviousPage: false,
      },
    });
  });

  it('goes on after a cursor, to the end', () => {
    const { nodes, pageInfo } = page({ first: 3, after: encodeCursor('c') });

    expect(nodes).toEqual(['d', 'e']);
    expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('holds the last, in the order of the list', () => {
    const { nodes, pageInfo } = page({ last: 2 });

    expect(nodes).toEqual(['d', 'e']);
    expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('goes back before a cursor, to the start', () => {
    const { nodes, pageInfo } = page({ last: 3, before: encodeCursor('c') });

    expect(nodes).toEqual(['a', 'b']);
    expect(pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });

  it('may be empty', () => {
    expect(page({ first: 3, after: encodeCursor('e') })).toMatchObject({
      nodes: [],
      pageInfo: { startCursor: null, endCursor: null, hasNextPage: false },
    });
  });

  it('has 50 items if nobody says how many', () => {
    expect(readPage({})).toEqual({ direction: 'forward', limit: 50, cursor: null });
    expect(readPage({ before: encodeCursor('c') })).toEqual({ direction: 'backward', limit: 50, cursor: 'c' });
  });

  it.each<[string, PageArgs, field: string]>([
    ['no items', { first: 0 }, 'first'],
    ['fewer than none', { first: -1 }, 'first'],
    ['more than 100', { first: 101 }, 'first'],
    ['more than 100 from the end', { last: 101 }, 'last'],
    ['a cursor that is not ours', { after: 'not a cursor!' }, 'after'],
    ['an empty cursor', { after: '' }, 'after'],
    ['a cursor that is too long', { before: encodeCursor('x'.repeat(1_000)) }, 'before'],
    ['both directions', { first: 1, last: 1 }, 'last'],
  ])('is refused with %s', (_, args, field) => {
    expect(() => readPage(args)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', details: { field } }));
  });
});
