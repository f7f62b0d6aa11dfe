import { GraphQLDateTime } from 'graphql-scalars';
import { ArgsType, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ArchiveEntry } from '../../domain/archive/archive-entry.js';
import type { ArchiveHit } from '../../domain/archive/search-archive.js';
import { NodeType } from '../node/node-type.js';
import { connectionOf, ForwardPageArgs } from '../paging.js';

/** Hits of a search that does not say how many. */
export const DEFAULT_HITS = 5;

export const MatchedByEnum = {
  WORD: 'WORD',
  IDENTIFIER: 'IDENTIFIER',
  SYLLABLES: 'SYLLABLES',
  SYNONYM: 'SYNONYM',
  LOAN_WORD: 'LOAN_WORD',
  SPELLING: 'SPELLING',
  KEYBOARD: 'KEYBOARD',
  VECTOR: 'VECTOR',
} as const satisfies { [Way in ArchiveHit['matchedBy'][number]]: Way };
registerEnumType(MatchedByEnum, {
  name: 'ArchiveMatch',
  description: 'A way in which an entry was found.',
  valuesConfig: {
    WORD: { description: 'A Korean word, whatever particle or ending it has.' },
    IDENTIFIER: { description: 'A Latin word, a number, or a part of an identifier.' },
    SYLLABLES: { description: 'Syllables that stand side by side.' },
    SYNONYM: { description: 'A word that means nearly the same.' },
    LOAN_WORD: { description: 'The same foreign word in another script or spelling.' },
    SPELLING: { description: 'What a misspelled word was taken to mean.' },
    KEYBOARD: { description: 'What was typed with the keyboard in the other language.' },
    VECTOR: { description: 'It means nearly the same, whatever words it has; where there is an embedding model.' },
  },
});

@ObjectType('ArchiveEntry', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'Something that you keep, to find it again.',
})
export class ArchiveEntryType extends NodeType {
  @Field(() => String, { description: 'A slug: `code`, `url`, `doc`, or your own.' })
  category!: string;

  @Field(() => String, { description: 'One line.' })
  title!: string;

  @Field(() => String, { description: 'At most 30 characters, as a person counts them; empty where nobody wrote one.' })
  summary!: string;

  @Field(() => String, { description: 'As it was saved, byte for byte.' })
  content!: string;

  @Field(() => [String], { description: 'Each once, in your order.' })
  tags!: readonly string[];

  @Field(() => String, { nullable: true, description: 'Where it came from.' })
  sourceUrl!: string | null;

  @Field(() => Int, { description: '1 at first, and one more with each change.' })
  version!: number;

  @Field(() => GraphQLDateTime, { description: 'When it was saved.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

@ObjectType('ArchiveEntryConnection', { description: 'A page of archive entries.', simpleResolvers: true })
export class ArchiveEntryConnection extends connectionOf('ArchiveEntry', ArchiveEntryType) {}

@ObjectType('ArchiveCategory', { description: 'A category that has entries.', simpleResolvers: true })
export class ArchiveCategoryType {
  @Field(() => String, { description: 'Its slug.' })
  category!: string;

  @Field(() => Int, { description: 'How many entries are in it.' })
  entries!: number;
}

@ObjectType('ArchiveHit', { description: 'An entry that a search found.', simpleResolvers: true })
export class ArchiveHitType {
  @Field(() => ArchiveEntryType, { description: 'What was found.' })
  entry!: ArchiveEntry;

  @Field(() => Float, { description: '0 to 1: how well it fits.' })
  score!: number;

  @Field(() => String, { description: 'The passage that matched, with the match between « and ».' })
  snippet!: string;

  @Field(() => [MatchedByEnum], { description: 'Every way in which it was found.' })
  matchedBy!: ArchiveHit['matchedBy'];
}

@ObjectType('SummaryDraft', { description: 'A summary for you to edit.', simpleResolvers: true })
export class SummaryDraftType {
  @Field(() => Boolean, { description: 'Whether there is a summary.' })
  canSummarize!: boolean;

  @Field(() => String, { description: "At most 30 characters; '요약불가' where canSummarize is false." })
  summary!: string;

  @Field(() => String, { nullable: true, description: 'Why there is none.' })
  reason!: string | null;
}

@InputType({ description: 'Which entries to list.' })
export class ArchiveFilter {
  @Field(() => String, { nullable: true, description: 'Only this category.' })
  category?: string | null;

  @Field(() => String, { nullable: true, description: 'Only with this tag.' })
  tag?: string | null;
}

@ArgsType()
export class ArchiveEntriesArgs extends ForwardPageArgs {
  @Field(() => ArchiveFilter, { nullable: true, description: 'Which ones; all if left out.' })
  filter?: ArchiveFilter | null;
}

@ArgsType()
export class SearchArchiveArgs {
  @Field(() => String, { description: 'What to look for: a sentence, words or identifiers, 1 to 200 characters.' })
  query!: string;

  @Field(() => String, { nullable: true, description: 'Only in this category.' })
  category?: string | null;

  @Field(() => Int, { nullable: true, defaultValue: DEFAULT_HITS, description: 'How many at most: 1 to 50.' })
  first?: number | null;

  @Field(() => Float, { nullable: true, description: 'Only what fits at least so well, from 0 to 1.' })
  minScore?: number | null;
}

@InputType({ description: 'A text to sum up.' })
export class SummarizeContentInput {
  @Field(() => String, { description: 'What an entry will keep.' })
  content!: string;
}

@InputType({ description: 'A new entry.' })
export class CreateArchiveEntryInput {
  @Field(() => String, { description: 'A slug: `code`, `url`, `doc`, or your own; at most 40 characters.' })
  category!: string;

  @Field(() => String, { description: 'One line of 1 to 200 characters.' })
  title!: string;

  @Field(() => String, { defaultValue: '', description: 'At most 30 characters, as a person counts them.' })
  summary!: string;

  @Field(() => String, {
    description: 'Kept byte for byte; at most 1 MiB. What does not fit into a request of 256 KiB can be imported.',
  })
  content!: string;

  @Field(() => [String], { defaultValue: [], description: 'At most 20, each of at most 50 characters.' })
  tags!: string[];

  @Field(() => String, { nullable: true, description: 'An http or https address.' })
  sourceUrl?: string | null;
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateArchiveEntryInput {
  @Field(() => ID, { description: 'The entry to change.' })
  id!: string;

  @Field(() => Int, {
    description: 'The version that you have changed; CONFLICT if the entry has another one by now.',
  })
  version!: number;

  @Field(() => String, { nullable: true, description: 'Another category.' })
  category?: string | null;

  @Field(() => String, { nullable: true, description: 'Another title.' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'Another summary.' })
  summary?: string | null;

  @Field(() => String, { nullable: true, description: 'Another content.' })
  content?: string | null;

  @Field(() => [String], { nullable: true, description: 'Other tags, in the place of all that it has.' })
  tags?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Another source; null takes it away.' })
  sourceUrl?: string | null;
}
