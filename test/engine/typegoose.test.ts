import {
  type DocumentType,
  type Ref,
  type ReturnModelType,
  index,
  modelOptions,
  pre,
  prop,
} from '@typegoose/typegoose';
import { Types } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { modelOf } from '../../src/infra/mongo/record.js';
import { type OpenEngine, failureOf, openTestEngine } from './kit.js';

class Address {
  @prop({ type: () => String, required: true })
  city!: string;

  @prop({ type: () => [String], default: [] })
  lines!: string[];
}

@modelOptions({ schemaOptions: { collection: 'gardens' } })
class Garden {
  @prop({ type: () => String })
  name!: string;
}

@modelOptions({ schemaOptions: { collection: 'gardeners', timestamps: true } })
@pre<Gardener>('save', function setSlug() {
  this.slug = this.name.toLowerCase();
})
@index({ slug: 1 }, { unique: true })
@index({ 'address.city': 1, score: -1 })
@index({ leftAt: 1 }, { expireAfterSeconds: 0, partialFilterExpression: { score: { $lt: 0 } } })
class Gardener {
  @prop({ type: () => String, required: true })
  name!: string;

  @prop({ type: () => String })
  slug?: string;

  @prop({ type: () => Number, default: 0 })
  score!: number;

  @prop({ type: () => Date })
  leftAt?: Date;

  @prop({ type: () => Address, _id: false })
  address?: Address;

  @prop({ type: () => [Address], _id: false, default: [] })
  past!: Address[];

  @prop({ ref: () => Garden, type: () => Types.ObjectId })
  garden?: Ref<Garden>;

  @prop({ type: () => String, select: false })
  secret?: string;

  get title(): string {
    return `${this.name} (${this.score})`;
  }

  async praise(this: DocumentType<Gardener>): Promise<void> {
    this.score += 1;
    await this.save();
  }

  static bestIn(this: ReturnModelType<typeof Gardener>, city: string) {
    return this.findOne({ 'address.city': city }).sort({ score: -1 }).orFail();
  }
}

let open: OpenEngine;

beforeAll(async () => {
  open = await openTestEngine();
});
afterAll(() => open.close());

const gardeners = () => modelOf(open.connection, Gardener);
const gardens = () => modelOf(open.connection, Garden);

beforeEach(async () => {
  await gardeners().init();
  await Promise.all([gardeners().deleteMany(), gardens().deleteMany()]);
});

describe('a typegoose class', () => {
  it('keeps its parts, defaults, times and hooks', async () => {
    await gardeners().create({ name: 'Ann', address: { city: 'Seoul' }, past: [{ city: 'Busan', lines: ['1'] }] });

    const found = await gardeners().findOne({ slug: 'ann' }).lean().orFail();

    expect(found).toMatchObject({
      name: 'Ann',
      slug: 'ann',
      score: 0,
      address: { city: 'Seoul', lines: [] },
      past: [{ city: 'Busan', lines: ['1'] }],
      createdAt: expect.any(Date) as unknown,
    });
  });

  it('has methods, statics and getters', async () => {
    await gardeners().create([
      { name: 'Ann', score: 1, address: { city: 'Seoul' } },
      { name: 'Bob', score: 5, address: { city: 'Seoul' } },
    ]);

    const best = await gardeners().bestIn('Seoul');
    await best.praise();

    expect((await gardeners().bestIn('Seoul')).title).toBe('Bob (6)');
  });

  it('refers to others', async () => {
    const garden = await gardens().create({ name: 'Roof' });
    await gardeners().create({ name: 'Ann', garden: garden._id });

    const found = await gardeners().findOne().populate<{ garden: Garden }>('garden').orFail();

    expect(found.garden.name).toBe('Roof');
  });

  it('keeps secrets to itself unless it is asked', async () => {
    await gardeners().create({ name: 'Ann', secret: 's' });

    expect(await gardeners().findOne().lean()).not.toHaveProperty('secret');
    expect(await gardeners().findOne().select('+secret').lean()).toHaveProperty('secret', 's');
  });

  it('makes the indexes that it declares, and they hold', async () => {
    await gardeners().create({ name: 'Ann' });

    expect(await failureOf(gardeners().create({ name: 'ANN' }))).toMatchObject({ code: 11000 });
    expect(new Set((await gardeners().listIndexes()).map(({ name }) => String(name)))).toEqual(
      new Set(['_id_', 'slug_1', 'address.city_1_score_-1', 'leftAt_1']),
    );
  });

  it('updates by its own rules', async () => {
    const { _id } = await gardeners().create({ name: 'Ann', past: [{ city: 'Busan' }] });

    await gardeners().updateOne({ _id }, { $push: { past: { city: 'Jeju', lines: ['x'] } }, $max: { score: 3 } });
    const after = await gardeners()
      .findByIdAndUpdate(_id, { $set: { 'past.1.city': 'Daegu' } }, { returnDocument: 'after' })
      .lean();

    expect(after).toMatchObject({ score: 3, past: [{ city: 'Busan' }, { city: 'Daegu', lines: ['x'] }] });
  });
});
