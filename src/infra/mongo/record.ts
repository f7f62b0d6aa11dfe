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
