import { Field, ObjectType } from 'type-graphql';

@ObjectType('Health', {
  description: 'Whether the server can do its work now. Tells no more, since anybody may ask.',
  simpleResolvers: true,
})
export class HealthType {
  @Field(() => Boolean, { description: 'False while something that requests need does not work.' })
  isReady!: boolean;
}

@ObjectType('ServerInfo', { description: 'What clients may want to know of this server.', simpleResolvers: true })
export class ServerInfoType {
  @Field(() => String, { description: 'Version of Tomato.' })
  version!: string;

  @Field(() => Boolean, { description: 'Whether new accounts may be registered.' })
  isRegistrationOpen!: boolean;
}
