import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { UploadPurpose } from '../../domain/uploads/upload.js';

export const UploadPurposeEnum = {
  DOCUMENT: 'DOCUMENT',
  ARCHIVE: 'ARCHIVE',
} as const satisfies { [Purpose in UploadPurpose]: Purpose };
registerEnumType(UploadPurposeEnum, {
  name: 'UploadPurpose',
  description: 'What a file is uploaded for.',
  valuesConfig: {
    DOCUMENT: {
      description:
        'For `importDocument`: application/pdf, text/html, application/xhtml+xml, text/markdown or text/plain, with a charset or without.',
    },
    ARCHIVE: { description: 'For `importArchive`: application/x-ndjson, application/jsonl or text/markdown.' },
  },
});

@ObjectType('UploadHeader', { description: 'A header of the request that uploads a file.', simpleResolvers: true })
export class UploadHeaderType {
  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => String, { description: 'Its value, exactly.' })
  value!: string;
}

@ObjectType('Upload', { description: 'A place to upload one file to.', simpleResolvers: true })
export class UploadType {
  @Field(() => ID, { description: 'What to name the file by, once it is uploaded.' })
  id!: string;

  @Field(() => String, {
    description: 'PUT exactly so many bytes here, once, with these headers. It may be a path on this server.',
  })
  url!: string;

  @Field(() => [UploadHeaderType], { description: 'To be sent with it.' })
  headers!: readonly UploadHeaderType[];

  @Field(() => GraphQLDateTime, {
    description:
      'Until when the upload may begin. A file that nobody has made use of is deleted a day after this was asked for.',
  })
  expiresAt!: Date;
}

@InputType({ description: 'A file to upload.' })
export class CreateUploadInput {
  @Field(() => String, { description: 'What you call it: at most 255 characters.' })
  fileName!: string;

  @Field(() => String, { description: 'What is in it; the purpose says what may be.' })
  mediaType!: string;

  @Field(() => Int, { description: 'Its size: at most 100 MiB, or what the server is set to.' })
  bytes!: number;

  @Field(() => UploadPurposeEnum, { description: 'What it is for.' })
  purpose!: UploadPurpose;
}
