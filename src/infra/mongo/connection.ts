import mongoose, { type Connection } from 'mongoose';

/** Milliseconds after which any one operation counts as failed; the server is given the same limit (maxTimeMS). */
const OPERATION_TIMEOUT_MS = 5_000;

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
    maxPoolSize: 32,
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
  });
  return connection.asPromise();
}

/** Creates the collections and indexes of every store that was opened on the connection. Doing it again changes nothing. */
export async function createIndexes(connection: Connection): Promise<void> {
  for (const model of Object.values(connection.models)) await model.createIndexes();
}
