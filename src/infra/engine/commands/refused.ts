import { EngineError, illegalOperation, notImplemented } from '../errors.js';
import type { Document } from '../values/types.js';

/** Commands that mongod knows and this engine does not do, with what mongod answers when it cannot either. */
const REFUSALS: Readonly<Record<string, () => EngineError>> = {
  saslStart: noAuthentication,
  saslContinue: noAuthentication,
  authenticate: noAuthentication,
  createUser: noAuthentication,
  replSetGetStatus: noReplication,
  replSetInitiate: noReplication,
  commitTransaction: noTransactions,
  abortTransaction: noTransactions,
  mapReduce: () => notImplemented('mapReduce is not supported by the embedded engine; use an aggregation'),
  mapreduce: () => notImplemented('mapReduce is not supported by the embedded engine; use an aggregation'),
};

/** @returns why a command that is known by name is not done here. */
export const refusalOf = (name: string): EngineError | undefined =>
  Object.hasOwn(REFUSALS, name) ? REFUSALS[name]?.() : undefined;

/**
 * Refuses what a command asks for beside its own work, and would not get.
 *
 * @throws {EngineError} 20 for transactions, 123 for read concerns and 2 for write concerns that need a replica set.
 */
export function refuseUnsupported(body: Document): void {
  if (body.startTransaction !== undefined || body.autocommit !== undefined || body.txnNumber !== undefined) {
    throw noTransactions();
  }
  if (body.apiVersion !== undefined && body.apiVersion !== '1') {
    throw new EngineError(322, 'APIVersionError', 'API version must be "1"');
  }
  const level = nested(body.readConcern, 'level');
  if (level === 'snapshot' || level === 'linearizable') {
    throw new EngineError(123, 'NotAReplicaSet', `node needs to be a replica set member to use readConcern: ${level}`);
  }
  const w = nested(body.writeConcern, 'w');
  if (Number(w) > 1) throw new EngineError(2, 'BadValue', "cannot use 'w' > 1 when a host is not replicated");
}

function nested(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Document)[field] : undefined;
}

function noTransactions(): EngineError {
  return illegalOperation('Transaction numbers are only allowed on a replica set member or mongos');
}

function noReplication(): EngineError {
  return new EngineError(76, 'NoReplicationEnabled', 'not running with --replSet');
}

function noAuthentication(): EngineError {
  return new EngineError(18, 'AuthenticationFailed', 'Authentication failed: the embedded engine has no users');
}
