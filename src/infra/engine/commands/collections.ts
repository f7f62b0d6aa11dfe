import { Int32, UUID } from 'bson';
import {
  badValue,
  illegalOperation,
  invalidOptions,
  namespaceExists,
  namespaceNotFound,
  notImplemented,
} from '../errors.js';
import { showIndex } from '../indexes/index-spec.js';
import { compileFilter } from '../query/filter.js';
import { encode } from '../store/bson.js';
import { type Collection, collectionNameOf, databaseOf, isTimeSeries, isView } from '../store/collection.js';
import { equalValues } from '../values/compare.js';
import { asDocument, type Document, isNullish } from '../values/types.js';
import type { Reply } from '../wire/reply.js';
import { checkViewPipeline } from './aggregate.js';
import {
  arrayArgument,
  batchSizeArgument,
  booleanArgument,
  documentArgument,
  required,
  stringArgument,
} from './arguments.js';
import { collModIndex } from './coll-mod-index.js';
import type { CommandContext } from './context.js';
import { queryEnv } from './query-env.js';
import { checkTimeSeries } from './time-series.js';
import { checkNewNamespace, createCollection, existingCollection, namespaceOf } from './namespaces.js';

/** What `create` keeps with a collection, and listCollections tells of it. */
export const KEPT_OPTIONS = [
  'capped',
  'size',
  'max',
  'validator',
  'validationLevel',
  'validationAction',
  'viewOn',
  'pipeline',
  'collation',
  'clusteredIndex',
  'timeseries',
  'expireAfterSeconds',
];

/** Of what is not done here: change streams and encryption. */
export const REFUSED_OPTIONS = ['encryptedFields', 'changeStreamPreAndPostImages'];

/** What `collMod` may change, beside an index. */
export const CHANGEABLE_OPTIONS = ['validator', 'validationLevel', 'validationAction', 'viewOn', 'pipeline'];

const OPTIONS_OF_VIEWS = new Set(['viewOn', 'pipeline']);

export function create(context: CommandContext): Reply {
  const { store, body } = context;
  const namespace = namespaceOf(context, body.create);
  for (const name of REFUSED_OPTIONS) {
    if (body[name] !== undefined)
      throw notImplemented(`The option '${name}' of create is not supported by the embedded engine`);
  }
  const clustered = documentArgument(context, 'clusteredIndex');
  const options: Document = {
    ...Object.fromEntries(KEPT_OPTIONS.filter((name) => !isNullish(body[name])).map((name) => [name, body[name]])),
    ...(clustered === undefined ? {} : { clusteredIndex: { v: new Int32(2), ...clustered } }),
  };
  if (booleanArgument(context, 'capped') && options.size === undefined) {
    throw invalidOptions("the 'size' field is required when 'capped' is true");
  }
  checkTimeSeries(context);
  checkRules(context, documentArgument(context, 'collation'));
  const known = store.collection(namespace);
  if (known === undefined) createCollection(store, namespace, options);
  else if (!equalValues(known.options, options)) throw namespaceExists(`Collection ${namespace} already exists.`);
  return { body: { ok: 1 } };
}

const LEVELS = new Set(['off', 'strict', 'moderate']);
const ACTIONS = new Set(['error', 'warn']);

/** What would else be found wrong by whoever writes to the collection, or reads the view. */
function checkRules(context: CommandContext, collation: Document | undefined): void {
  const validator = documentArgument(context, 'validator');
  if (validator !== undefined) compileFilter(validator, queryEnv(context, { collation }));
  checkOneOf(context, 'validationLevel', LEVELS);
  checkOneOf(context, 'validationAction', ACTIONS);
  const pipeline = arrayArgument(context, 'pipeline');
  if (pipeline !== undefined) checkViewPipeline(context, pipeline);
}

function checkOneOf(context: CommandContext, field: string, allowed: ReadonlySet<string>): void {
  const value = stringArgument(context, field);
  if (value === undefined || allowed.has(value)) return;
  throw badValue(`Enumeration value '${value}' for field '${context.name}.${field}' is not a valid value.`);
}

export function drop(context: CommandContext): Reply {
  const namespace = namespaceOf(context, context.body.drop);
  const collection = context.store.collection(namespace);
  if (collection === undefined) return { body: { ok: 1 } };
  const nIndexesWas = collection.indexes.length;
  dropCollection(context, collection);
  return { body: { nIndexesWas, ns: namespace, ok: 1 } };
}

export function dropDatabase(context: CommandContext): Reply {
  const collections = [...context.store.collections].filter(
    ({ namespace }) => databaseOf(namespace) === context.database,
  );
  for (const collection of collections) dropCollection(context, collection);
  return { body: collections.length > 0 ? { dropped: context.database, ok: 1 } : { ok: 1 } };
}

function dropCollection({ store, cursors }: CommandContext, collection: Collection): void {
  store.dropCollection(collection);
  cursors.killOf(collection.namespace);
}

export function renameCollection(context: CommandContext): Reply {
  const { store } = context;
  const from = required(stringArgument(context, 'renameCollection'), context, 'renameCollection');
  const to = required(stringArgument(context, 'to'), context, 'to');
  const collection = store.collection(from);
  if (collection === undefined) throw namespaceNotFound(`Source collection ${from} does not exist`);
  const target = store.collection(to);
  if (target === collection) throw illegalOperation("Can't rename a collection to itself");
  if (target === undefined) checkNewNamespace(store, to);
  else if (booleanArgument(context, 'dropTarget')) dropCollection(context, target);
  else throw namespaceExists('target namespace exists');
  store.renameCollection(collection, to);
  return { body: { ok: 1 } };
}

export function collMod(context: CommandContext): Reply {
  const { store, body } = context;
  const collection = existingCollection(store, namespaceOf(context, body.collMod));
  checkRules(context, asDocument(collection.options.collation));
  const changed = CHANGEABLE_OPTIONS.filter((name) => !isNullish(body[name]));
  const isOfView = isView(collection);
  const misplaced = changed.find((name) => OPTIONS_OF_VIEWS.has(name) !== isOfView);
  if (misplaced !== undefined) {
    throw invalidOptions(`option ${isOfView ? 'not' : 'only'} supported on a view: ${misplaced}`);
  }
  if (changed.length > 0) {
    const options = { ...collection.options, ...Object.fromEntries(changed.map((name) => [name, body[name]])) };
    store.setOptions(collection, options);
  }
  const index = documentArgument(context, 'index');
  return { body: { ...(index === undefined ? {} : collModIndex(store, collection, index)), ok: 1 } };
}

export function listCollections(context: CommandContext): Reply {
  const { store, cursors, database, deadline } = context;
  const matches = compileFilter(documentArgument(context, 'filter') ?? {}, queryEnv(context));
  const onlyNames = booleanArgument(context, 'nameOnly');
  const listed = [...store.collections]
    .filter(({ namespace }) => databaseOf(namespace) === database)
    .map(describe)
    .filter(matches)
    .map(({ name, type, ...rest }) => (onlyNames ? { name, type } : { name, type, ...rest }));
  const cursor = cursors.open({
    namespace: `${database}.$cmd.listCollections`,
    documents: listed.map(encode).values(),
    deadline,
    batchSize: batchSizeArgument(context),
  });
  return { body: { ok: 1 }, cursor };
}

function describe(collection: Collection): Document {
  const { namespace, options, uuid, indexes } = collection;
  const name = collectionNameOf(namespace);
  if (isView(collection)) return { name, type: 'view', options, info: { readOnly: true } };
  const [idIndex] = indexes;
  return {
    name,
    type: isTimeSeries(collection) ? 'timeseries' : 'collection',
    options,
    info: { readOnly: false, uuid: new UUID(uuid) },
    ...(idIndex === undefined ? {} : { idIndex: showIndex(idIndex) }),
  };
}
