import { index, modelOptions, prop } from '@typegoose/typegoose';
import type { Connection } from 'mongoose';
import type { Role, User } from '../../domain/users/user.js';
import type { Credentials, UserStore } from '../../domain/users/user-store.js';
import { duplicateKeyOf, unlessTaken } from './named-failures.js';
import { driverCollectionOf, modelOf } from './record.js';

/**
 * How a user lies in MongoDB.
 *
 * The owner is the user with the highest `ownership`. Handing over is thus one write, and no moment has two owners or
 * none; owners of the past keep their number, and count as what `role` says.
 */
@modelOptions({ schemaOptions: { collection: 'users', versionKey: false } })
@index({ userName: 1 }, { unique: true })
@index({ ownership: 1 }, { unique: true, partialFilterExpression: { ownership: { $exists: true } } })
class UserRecord {
  @prop({ type: () => String, required: true })
  _id!: string;

  @prop({ type: () => String, required: true })
  userName!: string;

  @prop({ type: () => String, required: true, select: false })
  passwordHash!: string;

  @prop({ type: () => String, required: true })
  role!: Exclude<Role, 'OWNER'>;

  @prop({ type: () => Number })
  ownership?: number;

  @prop({ type: () => Date, required: true })
  createdAt!: Date;

  @prop({ type: () => Date })
  lastLoginAt?: Date;
}

const FIRST_OWNERSHIP = 1;
/** What an owner becomes by handing over. */
const FORMER_OWNER: UserRecord['role'] = 'ADMIN';

export class MongoUserStore implements UserStore {
  readonly #users;
  readonly #collection;

  constructor(connection: Connection) {
    this.#users = modelOf(connection, UserRecord);
    this.#collection = driverCollectionOf<UserRecord>(connection, this.#users);
  }

  async insert(user: User, passwordHash: string): Promise<boolean> {
    if (user.role === 'OWNER' && (await this.hasOwner())) return false;
    const { id, userName, role, createdAt, lastLoginAt } = user;
    return unlessTaken(() =>
      this.#users.create({
        _id: id,
        userName,
        passwordHash,
        ...(role === 'OWNER' ? { role: FORMER_OWNER, ownership: FIRST_OWNERSHIP } : { role }),
        createdAt,
        ...(lastLoginAt && { lastLoginAt }),
      }),
    );
  }

  async find(id: string): Promise<User | null> {
    const [user = null] = await this.findMany([id]);
    return user;
  }

  async findMany(ids: readonly string[]): Promise<User[]> {
    // All who have ever been owners come along: one question then tells who is it now as well.
    const filter = { $or: [{ _id: { $in: ids } }, { ownership: { $gte: FIRST_OWNERSHIP } }] };
    const records = await this.#collection.find<UserRecord>(filter, { projection: { passwordHash: 0 } }).toArray();
    const [owner] = records
      .filter(({ ownership }) => ownership !== undefined)
      .toSorted((a, b) => (b.ownership ?? 0) - (a.ownership ?? 0));
    return records.filter(({ _id }) => ids.includes(_id)).map((record) => toUser(record, owner?._id));
  }

  async list(limit: number, afterId: string | null): Promise<User[]> {
    const filter = afterId === null ? {} : { _id: { $gt: afterId } };
    const [records, owner] = await Promise.all([
      this.#users.find(filter).sort({ _id: 1 }).limit(limit).lean(),
      this.#owner(),
    ]);
    return records.map((record) => toUser(record, owner?.id));
  }

  findCredentials(userName: string): Promise<Credentials | null> {
    return this.#credentials({ userName });
  }

  findCredentialsById(id: string): Promise<Credentials | null> {
    return this.#credentials({ _id: id });
  }

  async setPasswordHash(id: string, passwordHash: string): Promise<void> {
    await this.#users.updateOne({ _id: id }, { $set: { passwordHash } });
  }

  async replacePasswordHash(id: string, oldHash: string, newHash: string): Promise<boolean> {
    const replaced = await this.#users.updateOne(
      { _id: id, passwordHash: oldHash },
      { $set: { passwordHash: newHash } },
    );
    return replaced.matchedCount === 1;
  }

  async setLastLogin(id: string, at: Date): Promise<void> {
    await this.#users.updateOne({ _id: id }, { $set: { lastLoginAt: at } });
  }

  async setRole(id: string, role: Exclude<Role, 'OWNER'>): Promise<void> {
    if (id === (await this.#owner())?.id) return;
    await this.#users.updateOne({ _id: id }, { $set: { role } });
  }

  async transferOwnership(fromId: string, toId: string): Promise<boolean> {
    const owner = await this.#owner();
    if (owner?.id !== fromId) return false;
    try {
      // Of two that hand over at once, the unique index lets one through.
      const { matchedCount } = await this.#users.updateOne(
        { _id: toId },
        { $set: { ownership: owner.ownership + 1, role: FORMER_OWNER } },
      );
      return matchedCount === 1;
    } catch (error) {
      if (duplicateKeyOf(error)) return false;
      throw error;
    }
  }

  async hasOwner(): Promise<boolean> {
    return (await this.#owner()) !== null;
  }

  /** Asks the same of the database whether there is such a user or not, so that the time it takes does not tell. */
  async #credentials(filter: { userName: string } | { _id: string }): Promise<Credentials | null> {
    const [record, owner] = await Promise.all([
      this.#users.findOne(filter).select('+passwordHash').lean(),
      this.#owner(),
    ]);
    return record && { user: toUser(record, owner?.id), passwordHash: record.passwordHash };
  }

  async #owner(): Promise<{ id: string; ownership: number } | null> {
    const record = await this.#users
      .findOne({ ownership: { $exists: true } }, { ownership: 1 })
      .sort({ ownership: -1 })
      .lean();
    if (record?.ownership === undefined) return null;
    const { _id: id, ownership } = record;
    return { id, ownership };
  }
}

function toUser({ _id: id, userName, role, createdAt, lastLoginAt }: UserRecord, ownerId: string | undefined): User {
  return { id, userName, role: id === ownerId ? 'OWNER' : role, createdAt, lastLoginAt: lastLoginAt ?? null };
}
