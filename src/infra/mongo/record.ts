import { buildSchema, type ReturnModelType } from '@typegoose/typegoose';
import type { AnyParamConstructor } from '@typegoose/typegoose/lib/types.js';
import { mongo, type Connection } from 'mongoose';

/** The model of a record class on one connection. TypeGoose's own look-up knows one connection a process only. */
export function modelOf<RecordClass extends AnyParamConstructor<unknown>>(
  connection: Connection,
  recordClass: RecordClass,
): ReturnModelType<RecordClass> {
  const model: unknown =
    connection.models[recordClass.name] ?? connection.model(recordClass.name, buildSchema(recordClass));
  return model as ReturnModelType<RecordClass>;
}

/**
 * The driver's own collection of a model, for what every message does: there mongoose's casting and checking cost as much as the query itself.
 * What goes in is typed by the record, and must be complete: no defaults are filled in.
 */
export function driverCollectionOf<Fields extends { _id: string }>(
  connection: Connection,
  model: { readonly collection: { readonly name: string } },
): mongo.Collection<Fields> {
  return connection.getClient().db(connection.name).collection<Fields>(model.collection.name);
}

/** Records keep our ids as `_id`; the domain knows them as `id`. */
export function withId<Fields extends { _id: string }>({ _id, ...rest }: Fields): Omit<Fields, '_id'> & { id: string } {
  return { id: _id, ...rest };
}

export function withUnderscoreId<Entity extends { id: string }>({
  id,
  ...rest
}: Entity): Omit<Entity, 'id'> & { _id: string } {
  return { _id: id, ...rest };
}

/** The bytes of a field that is declared as a Buffer: in lean documents the driver gives them out as a type of its own. */
export function bytesIn(field: Buffer | mongo.Binary): Uint8Array {
  return field instanceof mongo.Binary ? field.value() : field;
}
