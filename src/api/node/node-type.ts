import { Field, ID, InterfaceType } from 'type-graphql';

@InterfaceType('Node', {
  description: 'Anything with an id of its own.',
  resolveType: ({ typeName }: NodeValue) => typeName,
})
export abstract class NodeType {
  @Field(() => ID, { description: 'Unique in the whole API; its prefix says what it names.' })
  id!: string;
}

/** What `node(id)` found, with the name of its type: plain objects do not tell. */
export type NodeValue = { readonly id: string; readonly typeName: string };
