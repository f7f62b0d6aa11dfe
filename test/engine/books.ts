import mongoose, { Schema } from 'mongoose';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type OpenEngine, openTestEngine } from './kit.js';

const bookSchema = new Schema(
  {
    title: { type: String, required: true },
    isbn: { type: String, unique: true, sparse: true },
    pages: { type: Number, default: 0, min: 0 },
    price: Schema.Types.Decimal128,
    copies: Schema.Types.BigInt,
    cover: Buffer,
    tags: [String],
    notes: { type: Map, of: String },
    extra: {},
    author: { type: Schema.Types.ObjectId, ref: 'Author' },
    reviews: [{ by: String, stars: Number, at: Date }],
  },
  { timestamps: true, optimisticConcurrency: true },
);

type Book = mongoose.InferSchemaType<typeof bookSchema>;

/** An engine for the tests of a file, with two models in it, of which there are no documents before each test. */
export function useBooks() {
  let open: OpenEngine;
  const author = () =>
    open.connection.models.Author ?? open.connection.model('Author', new Schema({ name: String, born: Number }));
  const book = () => (open.connection.models.Book ?? open.connection.model('Book', bookSchema)) as mongoose.Model<Book>;

  beforeAll(async () => {
    open = await openTestEngine();
  });
  beforeEach(async () => {
    await Promise.all([author().init(), book().init()]);
    await Promise.all([author().deleteMany(), book().deleteMany()]);
  });
  afterAll(() => open.close());

  return { author, book, connection: () => open.connection };
}

export const titles = async (query: PromiseLike<{ title: string }[]>): Promise<string[]> =>
  (await query).map(({ title }) => title);
