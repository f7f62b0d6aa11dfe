import mongoose, { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { useBooks } from './books.js';
import { failureOf } from './kit.js';

const { book } = useBooks();

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
