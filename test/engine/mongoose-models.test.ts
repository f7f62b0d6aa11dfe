import { Schema } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { useBooks } from './books.js';
import { failureOf } from './kit.js';

const { book, connection } = useBooks();

describe('mongoose knows', () => {
  it('kinds of a model by their key', async () => {
    const Shape = connection().model('Shape', new Schema({ name: String }, { discriminatorKey: 'kind' }));
    const Circle = Shape.discriminator('Circle', new Schema({ radius: Number }));
    await Circle.create({ name: 'a', radius: 2 });
    await Shape.create({ name: 'b' });

    expect((await Shape.find().sort('name').lean()).map((shape) => (shape as { kind?: string }).kind)).toEqual([
      'Circle',
      undefined,
    ]);
    expect(await Circle.find({ radius: { $gt: 1 } }).countDocuments()).toBe(1);
  });

  it('indexes that a model asks for', async () => {
    await book().syncIndexes();

    expect((await book().listIndexes()).map(({ key }) => key as unknown)).toEqual([{ _id: 1 }, { isbn: 1 }]);
  });

  it('that transactions are not to be had', async () => {
    const failure = await failureOf(
      connection().transaction(async (session) => book().create([{ title: 'A' }], { session })),
    );

    // The driver's own words for the code 20 that a single server answers with.
    expect(failure.message).toMatch(/does not support retryable writes/);
    expect(await book().countDocuments()).toBe(0);
  });
});
