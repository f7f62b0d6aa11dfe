import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { changePassword, logout, logoutEverywhere, me, refreshSession } from '../../domain/users/accounts.js';
import { login } from '../../domain/users/login.js';
import { listUsers, setUserRole, transferOwnership } from '../../domain/users/members.js';
import { isAdministrator } from '../../domain/users/policy.js';
import { register } from '../../domain/users/register.js';
import { requireViewer, type RequestContext } from '../context.js';
import { ForwardPageArgs, pageOf, readPage } from '../paging.js';
import {
  AuthPayloadType,
  ChangePasswordInput,
  LoginInput,
  RegisterInput,
  SetUserRoleInput,
  toAuthPayload,
  UserConnection,
  UserType,
} from './user-types.js';

@Resolver(() => UserType)
export class UserResolver {
  @Query(() => UserType, { description: 'Who you are.' })
  me(@Ctx() context: RequestContext): Promise<UserType> {
    return me(context.needs, requireViewer(context));
  }

  @Query(() => UserConnection, { description: 'Everybody, in the order of registration. Administrators only.' })
  async users(
    @Args(() => ForwardPageArgs) args: ForwardPageArgs,
    @Ctx() context: RequestContext,
  ): Promise<UserConnection> {
    const viewer = requireViewer(context);
    const page = readPage(args);
    const users = await listUsers(context.needs, viewer, { limit: page.limit + 1, afterId: page.cursor });
    return pageOf(page, users, ({ id }) => id);
  }

  @Mutation(() => AuthPayloadType, {
    description:
      'Makes an account and signs in. The first one becomes OWNER. A name that is taken is a CONFLICT; where registration is closed, FEATURE_DISABLED; more than 60 an hour from one address, RATE_LIMITED.',
  })
  async register(
    @Arg('input', () => RegisterInput, { description: 'The account.' }) input: RegisterInput,
    @Ctx() { needs, address }: RequestContext,
  ): Promise<AuthPayloadType> {
    return toAuthPayload(await register(needs, address, input));
  }

  @Mutation(() => AuthPayloadType, {
    description:
      'Signs in: opens a new session. A wrong name and a wrong password are the same UNAUTHENTICATED; too many of them are RATE_LIMITED for up to 15 minutes.',
  })
  async login(
    @Arg('input', () => LoginInput, { description: 'Who.' }) input: LoginInput,
    @Ctx() { needs, address }: RequestContext,
  ): Promise<AuthPayloadType> {
    return toAuthPayload(await login(needs, address, input));
  }

  @Mutation(() => AuthPayloadType, {
    description:
      'A new token for the session that you have. It moves `expiresAt` on, as every request does, but not the end that the login set; the token that you had keeps working.',
  })
  async refreshSession(@Ctx() context: RequestContext): Promise<AuthPayloadType> {
    return toAuthPayload(await refreshSession(context.needs, requireViewer(context)));
  }

  @Mutation(() => Boolean, { description: 'Ends the session that you have, and closes its sockets.' })
  logout(@Ctx() context: RequestContext): Promise<boolean> {
    return logout(context.needs, requireViewer(context));
  }

  @Mutation(() => Int, { description: 'Ends all your sessions, this one included. Returns how many there were.' })
  logoutEverywhere(@Ctx() context: RequestContext): Promise<number> {
    return logoutEverywhere(context.needs, requireViewer(context));
  }

  @Mutation(() => AuthPayloadType, {
    description: 'Sets another password and ends all your sessions; what is returned belongs to a new one.',
  })
  async changePassword(
    @Arg('input', () => ChangePasswordInput, { description: 'The old and the new one.' }) input: ChangePasswordInput,
    @Ctx() context: RequestContext,
  ): Promise<AuthPayloadType> {
    return toAuthPayload(await changePassword(context.needs, requireViewer(context), input));
  }

  @Mutation(() => UserType, {
    description:
      'Gives a user another role. The owner makes and unmakes admins; admins move people between DEVELOPER and GUEST.',
  })
  setUserRole(
    @Arg('input', () => SetUserRoleInput, { description: 'Who, and which role.' }) input: SetUserRoleInput,
    @Ctx() context: RequestContext,
  ): Promise<UserType> {
    return setUserRole(context.needs, requireViewer(context), input);
  }

  @Mutation(() => UserType, {
    description: 'Makes another user OWNER, and you an admin, in one step. The owner only. Returns the new owner.',
  })
  transferOwnership(
    @Arg('userId', () => ID, { description: 'The new owner.' }) userId: string,
    @Ctx() context: RequestContext,
  ): Promise<UserType> {
    return transferOwnership(context.needs, requireViewer(context), userId);
  }

  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description: 'When they last signed in; null if never, and for everybody but themselves and administrators.',
  })
  lastLoginAt(@Root() user: UserType, @Ctx() { authentication }: RequestContext): Date | null {
    const viewer = 'viewer' in authentication ? authentication.viewer : null;
    const maySee = user.isSelf || (viewer !== null && (viewer.id === user.id || isAdministrator(viewer)));
    return maySee ? user.lastLoginAt : null;
  }
}
