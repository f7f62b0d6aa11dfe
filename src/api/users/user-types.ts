import { GraphQLDateTime } from 'graphql-scalars';
import { Extensions, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { NameAndPassword } from '../../domain/users/login.js';
import type { NewAccount } from '../../domain/users/register.js';
import type { SignedIn } from '../../domain/users/sessions.js';
import type { Role } from '../../domain/users/user.js';
import { neverKept } from '../idempotency/never-kept.js';
import { NodeType } from '../node/node-type.js';
import { connectionOf } from '../paging.js';

const RoleEnum = {
  OWNER: 'OWNER',
  ADMIN: 'ADMIN',
  DEVELOPER: 'DEVELOPER',
  GUEST: 'GUEST',
} as const satisfies { [Name in Role]: Name };
registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'What a user may do, from most to least.',
  valuesConfig: {
    OWNER: {
      description: 'Everything. There is always exactly one: the first account, until it hands ownership over.',
    },
    ADMIN: { description: 'Looks after providers, models, users and backups; sees nobody’s private conversations.' },
    DEVELOPER: { description: 'Creates conversations and everything that belongs to them.' },
    GUEST: { description: 'Reads what is public, and creates nothing.' },
  },
});

@ObjectType('User', { description: 'Somebody with an account.', implements: NodeType, simpleResolvers: true })
export class UserType extends NodeType {
  @Field(() => String, {
    description: 'Unique, in lower case: 3 to 32 of a-z, 0-9, "_", "." and "-", or an e-mail address.',
  })
  userName!: string;

  @Field(() => RoleEnum, { description: 'What they may do.' })
  role!: Role;

  @Field(() => GraphQLDateTime, { description: 'When they registered.' })
  createdAt!: Date;

  /** Shown by the resolver, which knows who asks. */
  lastLoginAt!: Date | null;

  /** True where the answer goes to this user, although the request came from nobody yet. */
  isSelf?: boolean;
}

@ObjectType('UserConnection', { description: 'A page of users.', simpleResolvers: true })
export class UserConnection extends connectionOf('User', UserType) {}

@Extensions(neverKept)
@ObjectType('AuthPayload', { description: 'What a client gets when it has signed in.', simpleResolvers: true })
export class AuthPayloadType {
  @Field(() => String, {
    description:
      'The bearer token: over HTTP `Authorization: Bearer …`, over WebSocket `authorization` in the connection parameters. Its `exp` is when the session ends whatever happens.',
  })
  token!: string;

  @Field(() => GraphQLDateTime, {
    description: 'When the session ends if nothing is asked until then. Every request moves it on.',
  })
  expiresAt!: Date;

  @Field(() => UserType, { description: 'Who has signed in.' })
  user!: UserType;
}

export function toAuthPayload({ token, expiresAt, user }: SignedIn): AuthPayloadType {
  return { token, expiresAt, user: { ...user, isSelf: true } };
}

@InputType({ description: 'A new account.' })
export class RegisterInput implements NewAccount {
  @Field(() => String, {
    description:
      '3 to 32 of a-z, 0-9, "_", "." and "-", or an e-mail address; capital letters and full-width forms are folded.',
  })
  userName!: string;

  @Field(() => String, { description: '8 to 128 characters of any kind, but none of the most common passwords.' })
  password!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'What the server printed at its first start. Only the first account, and only in production, needs it.',
  })
  ownerCode?: string | null;
}

@InputType({ description: 'Who signs in.' })
export class LoginInput implements NameAndPassword {
  @Field(() => String, { description: 'In any spelling that `register` would fold to the same.' })
  userName!: string;

  @Field(() => String, { description: 'As it was set.' })
  password!: string;
}

@InputType({ description: 'Another password.' })
export class ChangePasswordInput {
  @Field(() => String, { description: 'The one that holds now.' })
  currentPassword!: string;

  @Field(() => String, {
    description: 'The one to set: 8 to 128 characters of any kind, but none of the most common passwords.',
  })
  newPassword!: string;
}

@InputType({ description: 'Another role for a user.' })
export class SetUserRoleInput {
  @Field(() => ID, { description: 'Whose.' })
  userId!: string;

  @Field(() => RoleEnum, { description: 'Which; not OWNER, for that use `transferOwnership`.' })
  role!: Role;
}
