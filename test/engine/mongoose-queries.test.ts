import { beforeEach, describe, expect, it } from 'vitest';
import { titles, useBooks } from './books.js';

const { author, book } = useBooks();

describe('mongoose finds', () => {
  beforeEach(async () => {
    const [ann, bob] = await author().create([
      { name: 'Ann', born: 1970 },
      { name: 'Bob', born: 1980 },
    ]);
    await book().create([
      {
        title: 'Ash',
        pages: 100,
        tags: ['a', 'b'],
        author: ann?._id,
        reviews: [
          { by: 'x', stars: 5 },
          { by: 'y', stars: 1 },
        ],
      },
      { title: 'Birch', pages: 200, tags: ['b'], author: bob?._id, reviews: [{ by: 'x', stars: 2 }] },
      { title: 'Cedar', pages: 300, author: ann?._id },
    ]);
  });

  it('by conditions, in order, some of them and some fields of them', async () => {
    expect(await titles(book().find().where('pages').gt(100).lte(300).sort('-pages').lean())).toEqual([
      'Cedar',
      'Birch',
    ]);
    expect(
      await titles(
        book()
          .find({ $or: [{ title: /^a/i }, { tags: { $size: 1 } }] })
          .sort({ title: 1 }),
      ),
    ).toEqual(['Ash', 'Birch']);
    expect(await titles(book().find({ reviews: { $elemMatch: { by: 'x', stars: { $gte: 3 } } } }))).toEqual(['Ash']);
    expect(await book().find().sort('title').skip(1).limit(1).select('title -_id').lean()).toEqual([
      { title: 'Birch' },
    ]);
    expect(await book().findOne({ 'reviews.by': 'y' }, { 'reviews.$': 1, _id: 0 }).lean()).toMatchObject({
      reviews: [{ by: 'y' }],
    });
    expect(
      await book()
        .find({ tags: { $exists: true, $ne: [] } })
        .collation({ locale: 'en', strength: 2 })
        .sort('title')
        .distinct('title'),
    ).toEqual(['Ash', 'Birch']);
  });

  it('and counts, tells whether and what there is', async () => {
    expect([await book().countDocuments({ pages: { $gte: 200 } }), await book().estimatedDocumentCount()]).toEqual([
      2, 3,
    ]);
    expect([await book().exists({ title: 'Ash' }), await book().exists({ title: 'Oak' })]).toEqual([
      { _id: expect.anything() as unknown },
      null,
    ]);
    expect(await book().distinct('tags')).toEqual(['a', 'b']);
  });

  it('what documents refer to', async () => {
    const found = await book()
      .find()
      .sort('title')
      .populate<{ author: { name: string } }>({ path: 'author', select: 'name -_id', match: { born: { $lt: 1975 } } });

    expect(found.map(({ author }) => author?.name)).toEqual(['Ann', undefined, 'Ann']);
  });

  it('one after the other, more than come at once', async () => {
    await book().insertMany(Array.from({ length: 1200 }, (_, pages) => ({ title: 'Oak', pages })));
    let sum = 0;

    for await (const { pages } of book().find({ title: 'Oak' }).sort('pages').cursor({ batchSize: 100 })) sum += pages;

    expect(sum).toBe((1199 * 1200) / 2);
  });

  it('by aggregation', async () => {
    const result = await book().aggregate([
      { $match: { pages: { $gt: 0 } } },
      { $sort: { title: 1 } },
      { $lookup: { from: 'authors', localField: 'author', foreignField: '_id', as: 'author' } },
      { $unwind: '$author' },
      {
        $group: {
          _id: '$author.name',
          pages: { $sum: '$pages' },
          titles: { $push: '$title' },
          stars: { $avg: { $avg: '$reviews.stars' } },
        },
      },
      { $set: { isLong: { $gte: ['$pages', 300] }, year: { $year: { date: '$$NOW', timezone: 'Asia/Seoul' } } } },
      { $unset: 'year' },
      { $sort: { _id: 1 } },
    ]);

    expect(result).toEqual([
      { _id: 'Ann', pages: 400, titles: ['Ash', 'Cedar'], stars: 3, isLong: true },
      { _id: 'Bob', pages: 200, titles: ['Birch'], stars: 2, isLong: false },
    ]);
  });
});
