import { Buffer } from 'node:buffer';
import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import { InvalidInputError } from '../base/errors.js';

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 100;

/** Characters; ours are far shorter. */
const MAX_CURSOR_CHARS = 500;

@ObjectType('PageInfo', { description: 'Where a page lies in its list.', simpleResolvers: true })
export class PageInfoType {
  @Field(() => String, { nullable: true, description: 'Cursor of the first edge; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last edge; null on an empty page.' })
  endCursor!: string | null;

  @Field(() => Boolean, { description: 'Whether more come after this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether there are more before this page.' })
  hasPreviousPage!: boolean;
}

@ArgsType()
export class ForwardPageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'How many, from the start or after `after`: 1 to 100; 50 if not said.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes after this cursor.' })
  after?: string | null;
}

@ArgsType()
export class PageArgs extends ForwardPageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'How many, from the end or before `before`: 1 to 100. Not together with `first`.',
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes before this cursor.' })
  before?: string | null;
}

export type Edge<T> = { readonly cursor: string; readonly node: T };
export type Connection<T> = {
  readonly edges: readonly Edge<T>[];
  readonly nodes: readonly T[];
  readonly pageInfo: PageInfoType;
};

/**
 * Makes the type of a list's pages, `<name>Connection { edges { cursor node } nodes pageInfo }`. Extend the class that it returns:
 *
 *     @ObjectType('UserConnection', { description: 'A page of users.', simpleResolvers: true })
 *     export class UserConnection extends connectionOf('User', UserType) {}
 */
export function connectionOf<T extends object>(name: string, nodeType: ClassType<T>) {
  @ObjectType(`${name}Edge`, { description: `One ${name} and its place in a list.`, simpleResolvers: true })
  class EdgeType {
    @Field(() => String, { description: 'Its place, to continue from.' })
    cursor!: string;

    @Field(() => nodeType, { description: `The ${name} itself.` })
    node!: T;
  }

  @ObjectType()
  abstract class ConnectionType implements Connection<T> {
    @Field(() => [EdgeType], { description: 'What the page holds, each with its cursor.' })
    edges!: readonly EdgeType[];

    @Field(() => [nodeType], { description: 'What the page holds, without cursors.' })
    nodes!: readonly T[];

    @Field(() => PageInfoType, { description: 'Where the page lies in the list.' })
    pageInfo!: PageInfoType;
  }

  return ConnectionType;
}

/** What was asked for, once checked. Fetch `limit + 1` to know whether there are more. */
export type PageRequest = {
  readonly limit: number;
  /** From which side of the list, or of `cursor`: `backward` is `last` and `before`. */
  readonly direction: 'forward' | 'backward';
  /** The text that {@link encodeCursor} was given; null for the start (or end) of the list. */
  readonly cursor: string | null;
};

/** @throws {InvalidInputError} for a size outside 1 to 100, a cursor that is not one of ours, or both directions at once. */
export function readPage({ first, after, last, before }: PageArgs): PageRequest {
  const isBackward = isGiven(last) || isGiven(before);
  if (isBackward && (isGiven(first) || isGiven(after))) {
    throw new InvalidInputError(
      'last',
      'Ask for a page by `first` and `after`, or by `last` and `before`, not by both.',
    );
  }
  return isBackward
    ? { direction: 'backward', limit: readSize('last', last), cursor: readCursor('before', before) }
    : { direction: 'forward', limit: readSize('first', first), cursor: readCursor('after', after) };
}

/**
 * Makes a page of what was fetched for it.
 *
 * @param found At most `limit + 1` items, nearest to the cursor first: for `backward` that is the reverse of the list's order.
 * @param cursorOf What says where an item is in the list; clients see it encoded.
 */
export function pageOf<T>(
  { limit, direction, cursor }: PageRequest,
  found: readonly T[],
  cursorOf: (item: T) => string,
): Connection<T> {
  const nodes = found.slice(0, limit);
  if (direction === 'backward') nodes.reverse();
  const edges = nodes.map((node) => ({ node, cursor: encodeCursor(cursorOf(node)) }));
  const hasMore = found.length > limit;
  const hasBehind = cursor !== null;
  return {
    edges,
    nodes,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: direction === 'forward' ? hasMore : hasBehind,
      hasPreviousPage: direction === 'forward' ? hasBehind : hasMore,
    },
  };
}

/** Opaque to clients; base64url of UTF-8. */
export function encodeCursor(place: string): string {
  return Buffer.from(place, 'utf8').toString('base64url');
}

function readCursor(field: string, cursor: string | null | undefined): string | null {
  if (!isGiven(cursor)) return null;
  const place = cursor.length > MAX_CURSOR_CHARS ? '' : Buffer.from(cursor, 'base64url').toString('utf8');
  if (place === '' || encodeCursor(place) !== cursor)
    throw new InvalidInputError(field, 'This is not a cursor of ours.');
  return place;
}

function readSize(field: string, size: number | null | undefined): number {
  if (!isGiven(size)) return DEFAULT_PAGE_SIZE;
  if (size < 1 || size > MAX_PAGE_SIZE) throw new InvalidInputError(field, `A page has 1 to ${MAX_PAGE_SIZE} items.`);
  return size;
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
