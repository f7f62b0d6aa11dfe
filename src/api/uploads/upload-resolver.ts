import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { createUpload } from '../../domain/uploads/uploads.js';
import { requireViewer, type RequestContext } from '../context.js';
import { CreateUploadInput, UploadType } from './upload-types.js';

@Resolver()
export class UploadResolver {
  @Mutation(() => UploadType, {
    description: 'A place to upload one file to, straight to the object store; then name it where it is needed.',
  })
  async createUpload(
    @Arg('input', () => CreateUploadInput, { description: 'The file.' }) input: CreateUploadInput,
    @Ctx() context: RequestContext,
  ): Promise<UploadType> {
    const { fileName, mediaType, bytes, purpose } = input;
    const viewer = requireViewer(context);
    const { id, url, headers, expiresAt } = await createUpload(context.needs, viewer, {
      fileName,
      mediaType,
      bytes,
      purpose,
    });
    return { id, url, headers: Object.entries(headers).map(([name, value]) => ({ name, value })), expiresAt };
  }
}
