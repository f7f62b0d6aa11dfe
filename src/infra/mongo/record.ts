import { buildSchema, type ReturnModelType } from '@typegoose/typegoose';
import type { AnyParamConstructor } from '@typegoose/typegoose/lib/types.js';
import type { Connection } from 'mongoose';

/** The model of a record class on one connection. TypeGoose's own look-up knows one connection a process only. */
export function modelOf<RecordClass extends AnyParamConstructor<unknown>>(
  connection: Connection,
  recordClass: RecordClass,
): ReturnModelType<RecordClass> {
  const model: unknown =
    connection.models[recordClass.name] ?? connection.model(recordClass.name, buildSchema(recordClass));
  return model as ReturnModelType<RecordClass>;
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
