import mongoose, { type Connection, type mongo } from 'mongoose';

/** Milliseconds after which any one operation counts as failed; the server is given the same limit (maxTimeMS). */
const OPERATION_TIMEOUT_MS = 5_000;

/** The same for making an index, which reads all that a collection holds. */
const INDEX_TIMEOUT_MS = 1_800_000;

/** Each operation has a connection to itself until its answer is there: with a database that is far away, so many of them can be under way. */
const MAX_CONNECTIONS = 100;

/** Connections that are made at a time: with a database that is far away, fewer would let whoever comes first in a rush wait for one. */
const MAX_CONNECTING = 16;

/**
 * Connects to a MongoDB, real or embedded, and waits until it answers.
 *
 * What is written has reached the journal of a majority before it counts as written.
 *
 * @throws the driver's error if no server answers within 5 s.
 */
export async function connectMongo(uri: string, databaseName?: string): Promise<Connection> {
  const connection = mongoose.createConnection(uri, {
    ...(databaseName === undefined ? {} : { dbName: databaseName }),
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    serverSelectionTimeoutMS: OPERATION_TIMEOUT_MS,
    timeoutMS: OPERATION_TIMEOUT_MS,
    maxPoolSize: MAX_CONNECTIONS,
    maxConnecting: MAX_CONNECTING,
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
  });
  return connection.asPromise();
}

type IndexKey = mongo.IndexDescription['key'];

/** Creates the indexes of every store that was opened on the connection, and their collections. Doing it again changes nothing. */
export async function createIndexes(connection: Connection): Promise<void> {
  for (const { schema, collection } of Object.values(connection.models)) {
    const declared = schema.indexes() as [IndexKey, mongo.CreateIndexesOptions][];
    const indexes = declared.map(([key, options]) => ({ ...options, key }));
    if (indexes.length > 0) await collection.createIndexes(indexes, { timeoutMS: INDEX_TIMEOUT_MS });
  }
}
