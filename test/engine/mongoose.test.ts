import mongoose, { Schema, Types } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OpenEngine, failureOf, openTestEngine } from './kit.js';

let open: OpenEngine;

beforeAll(async () => {
  open = await openTestEngine();
});
afterAll(() => open.close());

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

const models = () => ({
  Author: open.connection.models.Author ?? open.connection.model('Author', new Schema({ name: String, born: Number })),
  Book: open.connection.models.Book ?? open.connection.model('Book', bookSchema),
});
const book = () => models().Book as mongoose.Model<mongoose.InferSchemaType<typeof bookSchema>>;

beforeEach(async () => {
  const { Author, Book } = models();
  await Promise.all([Author.init(), Book.init()]);
  await Promise.all([Author.deleteMany(), Book.deleteMany()]);
});

const titles = async (query: PromiseLike<{ title: string }[]>): Promise<string[]> =>
  (await query).map(({ title }) => title);

describe('a mongoose document', () => {
  it('comes back with every type of value', async () => {
    const { _id } = await book().create({
      title: 'Seeds',
      pages: 12,
      price: Types.Decimal128.fromString('19.90'),
      copies: 9_007_199_254_740_993n,
      cover: Buffer.from([1, 2, 3]),
      tags: ['red', 'ripe'],
      notes: new Map([['a', 'first']]),
      extra: { deep: [{ n: 1.5 }, null], when: new Date(5) },
      reviews: [{ by: 'ann', stars: 5, at: new Date(6) }],
    });

    const found = await book().findById(_id).orFail();

    expect(found.toObject()).toMatchObject({
      title: 'Seeds',
      pages: 12,
      copies: 9_007_199_254_740_993n,
      tags: ['red', 'ripe'],
      extra: { deep: [{ n: 1.5 }, null], when: new Date(5) },
      reviews: [{ by: 'ann', stars: 5, at: new Date(6) }],
    });
    expect([found.price?.toString(), found.notes?.get('a'), found.cover?.toString('hex')]).toEqual([
      '19.90',
      'first',
      '010203',
    ]);
    expect(found.createdAt).toBeInstanceOf(Date);
  });

  it('saves what was changed in it, and nothing else', async () => {
    const saved = await book().create({
      title: 'Seeds',
      tags: ['red'],
      reviews: [
        { by: 'ann', stars: 1 },
        { by: 'bob', stars: 2 },
      ],
    });
    await book().updateOne({ _id: saved._id }, { $set: { pages: 7 } });

    saved.tags.push('ripe');
    saved.reviews[1]?.set({ stars: 5 });
    saved.notes = new Map([['k', 'v']]);
    await saved.save();
    saved.reviews.pull(saved.reviews[0]);
    saved.set('extra', { a: 1 });
    saved.tags.push('new');
    await saved.save();

    expect(await book().findById(saved._id).lean()).toMatchObject({
      pages: 7,
      tags: ['red', 'ripe', 'new'],
      reviews: [{ by: 'bob', stars: 5 }],
      notes: { k: 'v' },
      extra: { a: 1 },
    });
  });

  it('is refused when somebody else has saved it meanwhile', async () => {
    const { _id } = await book().create({ title: 'Seeds' });
    const [first, second] = [await book().findById(_id).orFail(), await book().findById(_id).orFail()];
    first.title = 'First';
    await first.save();
    second.title = 'Second';

    await expect(second.save()).rejects.toThrow(mongoose.Error.VersionError);
  });

  it('is refused for a key that is taken, with the key', async () => {
    await book().create({ title: 'A', isbn: '1' });

    expect(await failureOf(book().create({ title: 'B', isbn: '1' }))).toMatchObject({ code: 11000 });
    await expect(book().create({ title: 'B', isbn: '1' })).rejects.toMatchObject({
      keyPattern: { isbn: 1 },
      keyValue: { isbn: '1' },
    });
    await expect(book().create([{ title: 'C' }, { title: 'D' }])).resolves.toHaveLength(2);
  });
});

describe('mongoose finds', () => {
  beforeEach(async () => {
    const { Author } = models();
    const [ann, bob] = await Author.create([
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

describe('mongoose knows', () => {
  it('kinds of a model by their key', async () => {
    const Shape = open.connection.model('Shape', new Schema({ name: String }, { discriminatorKey: 'kind' }));
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
      open.connection.transaction(async (session) => book().create([{ title: 'A' }], { session })),
    );

    // The driver's own words for the code 20 that a single server answers with.
    expect(failure.message).toMatch(/does not support retryable writes/);
    expect(await book().countDocuments()).toBe(0);
  });
});
