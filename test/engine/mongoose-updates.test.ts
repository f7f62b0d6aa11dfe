import { describe, expect, it } from 'vitest';
import { titles, useBooks } from './books.js';

const { book } = useBooks();

describe('mongoose updates', () => {
  it('one, many, or one that it makes', async () => {
    await book().insertMany([
      { title: 'A', pages: 1 },
      { title: 'B', pages: 1 },
    ]);

    expect(
      await book().updateMany({ pages: 1 }, { $inc: { pages: 1 }, $push: { tags: { $each: ['x', 'y'], $slice: -1 } } }),
    ).toMatchObject({ matchedCount: 2, modifiedCount: 2 });
    expect(await book().updateOne({ title: 'C' }, { $setOnInsert: { pages: 9 } }, { upsert: true })).toMatchObject({
      matchedCount: 0,
      upsertedCount: 1,
    });
    expect(await book().find().sort('title').select('title pages tags -_id').lean()).toEqual([
      { title: 'A', pages: 2, tags: ['y'] },
      { title: 'B', pages: 2, tags: ['y'] },
      { title: 'C', pages: 9, tags: [] },
    ]);
  });

  it('and gives the document before or after', async () => {
    await book().create({ title: 'A', pages: 1 });

    expect(await book().findOneAndUpdate({ title: 'A' }, { pages: 2 }).lean()).toMatchObject({ pages: 1 });
    expect(
      await book()
        .findOneAndUpdate({ title: 'A' }, { $inc: { pages: 1 } }, { returnDocument: 'after' })
        .lean(),
    ).toMatchObject({ pages: 3 });
    expect(
      await book().findOneAndReplace({ title: 'A' }, { title: 'Z' }, { returnDocument: 'after' }).lean(),
    ).toMatchObject({ title: 'Z', pages: 0 });
    expect(
      await book()
        .findOneAndUpdate({ title: 'N' }, { $set: { tags: ['n'] } }, { upsert: true, returnDocument: 'after' })
        .lean(),
    ).toMatchObject({ title: 'N', tags: ['n'], pages: 0 });
    expect(await book().findOneAndDelete({ title: 'Z' }).sort('title').lean()).toMatchObject({ title: 'Z' });
    expect(await titles(book().find().lean())).toEqual(['N']);
  });

  it('elements of arrays, by place and by filter', async () => {
    await book().create({
      title: 'A',
      reviews: [
        { by: 'x', stars: 1 },
        { by: 'y', stars: 2 },
        { by: 'z', stars: 3 },
      ],
    });

    await book().updateOne({ title: 'A', 'reviews.by': 'y' }, { $set: { 'reviews.$.stars': 9 } });
    await book().updateOne(
      { title: 'A' },
      { $inc: { 'reviews.$[low].stars': 10 } },
      { arrayFilters: [{ 'low.stars': { $lt: 5 } }] },
    );
    await book().updateOne({ title: 'A' }, { $pull: { reviews: { by: 'x' } } });

    expect((await book().findOne({ title: 'A' }).orFail()).reviews.map(({ stars }) => stars)).toEqual([9, 13]);
  });

  it('by a pipeline', async () => {
    await book().create({ title: 'A', pages: 4, tags: ['x'] });

    await book().updateOne(
      { title: 'A' },
      [{ $set: { pages: { $multiply: ['$pages', 2] }, tags: { $concatArrays: ['$tags', ['y']] } } }],
      { updatePipeline: true },
    );

    expect(await book().findOne({ title: 'A' }).lean()).toMatchObject({ pages: 8, tags: ['x', 'y'] });
  });

  it('many things at once, and goes on after a failure where it may', async () => {
    await book().create({ title: 'A', isbn: '1' });

    const result = await book().bulkWrite([
      { insertOne: { document: { title: 'B', isbn: '2' } } },
      { updateOne: { filter: { title: 'A' }, update: { $set: { pages: 5 } } } },
      { replaceOne: { filter: { title: 'B' }, replacement: { title: 'BB', isbn: '2' } } },
      { deleteMany: { filter: { title: 'none' } } },
    ]);
    const inserted = await book()
      .insertMany(
        [
          { title: 'C', isbn: '1' },
          { title: 'D', isbn: '4' },
        ],
        { ordered: false },
      )
      .then(
        () => 'all',
        (error: unknown) => (error as { insertedDocs: { title: string }[] }).insertedDocs.map(({ title }) => title),
      );

    expect(result).toMatchObject({ insertedCount: 1, matchedCount: 2, modifiedCount: 2, deletedCount: 0 });
    expect(inserted).toEqual(['D']);
    expect(await titles(book().find().sort('title').lean())).toEqual(['A', 'BB', 'D']);
  });

  it('counts up from many sides and loses nothing', async () => {
    const { _id } = await book().create({ title: 'A' });

    await Promise.all(Array.from({ length: 50 }, () => book().updateOne({ _id }, { $inc: { pages: 1 } })));

    expect((await book().findById(_id).orFail()).pages).toBe(50);
  });
});
