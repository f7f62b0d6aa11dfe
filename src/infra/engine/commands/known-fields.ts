import { located } from '../errors.js';
import type { Document } from '../values/types.js';
import { CHANGEABLE_OPTIONS, KEPT_OPTIONS, REFUSED_OPTIONS } from './collections.js';

/** What any command may say beside its own fields. */
const OF_ANY = new Set([
  '$db',
  '$readPreference',
  '$clusterTime',
  'lsid',
  'txnNumber',
  'startTransaction',
  'autocommit',
  'readConcern',
  'writeConcern',
  'maxTimeMS',
  'maxTimeMSOpOnly',
  'comment',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
  '$audit',
  '$client',
  '$configServerState',
]);

/**
 * Refuses what a command does not know, for a misspelt field that is ignored does harm.
 *
 * @throws {EngineError} 40415
 */
export function checkFields(command: string, body: Document, known: ReadonlySet<string>): void {
  for (const field of Object.keys(body)) {
    if (field === command || known.has(field) || OF_ANY.has(field)) continue;
    throw located(40415, `BSON field '${command}.${field}' is an unknown field.`);
  }
}

const WRITING = ['ordered', 'bypassDocumentValidation', 'let'];

/** The fields of the commands that have any of their own; the rest take what they are given. */
export const FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  find: new Set([
    'filter',
    'sort',
    'projection',
    'hint',
    'skip',
    'limit',
    'batchSize',
    'singleBatch',
    'tailable',
    'awaitData',
    'noCursorTimeout',
    'allowDiskUse',
    'collation',
    'let',
    'min',
    'max',
    'returnKey',
    'showRecordId',
    'allowPartialResults',
    'oplogReplay',
  ]),
  getMore: new Set(['collection', 'batchSize']),
  killCursors: new Set(['cursors']),
  aggregate: new Set([
    'pipeline',
    'cursor',
    'explain',
    'allowDiskUse',
    'bypassDocumentValidation',
    'collation',
    'hint',
    'let',
  ]),
  count: new Set(['query', 'limit', 'skip', 'hint', 'collation', 'fields']),
  distinct: new Set(['key', 'query', 'collation', 'hint']),
  explain: new Set(['verbosity']),
  insert: new Set([...WRITING, 'documents']),
  update: new Set([...WRITING, 'updates']),
  delete: new Set([...WRITING, 'deletes']),
  findAndModify: new Set([
    ...WRITING,
    'query',
    'sort',
    'remove',
    'update',
    'new',
    'fields',
    'upsert',
    'collation',
    'arrayFilters',
    'hint',
  ]),
  bulkWrite: new Set([...WRITING, 'ops', 'nsInfo', 'errorsOnly', 'cursor']),
  create: new Set([
    ...KEPT_OPTIONS,
    ...REFUSED_OPTIONS,
    'autoIndexId',
    'indexOptionDefaults',
    'storageEngine',
    'idIndex',
    'flags',
  ]),
  createIndexes: new Set(['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions']),
  dropIndexes: new Set(['index']),
  listCollections: new Set(['filter', 'nameOnly', 'authorizedCollections', 'cursor']),
  listIndexes: new Set(['cursor']),
  listDatabases: new Set(['filter', 'nameOnly', 'authorizedDatabases']),
  renameCollection: new Set(['to', 'dropTarget']),
  collMod: new Set([...CHANGEABLE_OPTIONS, 'index']),
};
