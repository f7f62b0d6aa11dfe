import 'reflect-metadata';
import { Arg, Ctx, Field, Int, ObjectType, Query, Resolver, Root, Subscription } from 'type-graphql';
import { AppError } from '../../src/base/errors.js';
import { requireViewer, type RequestContext } from '../../src/api/context.js';
import { live } from '../../src/api/live.js';

/** What a driver may say when it fails, and no client may ever see. */
export const INNER_SECRET = 'mongodb://root:secret@db';

/** How many quiet streams are followed now. */
export const quietReaders = { count: 0 };

@ObjectType('Nest', { description: 'As deep as you like.', simpleResolvers: true })
class NestType {
  @Field(() => Int, { description: 'A leaf.' })
  leaf!: number;

  @Field(() => NestType, { description: 'One level further down.' })
  nest!: NestType;
}

/** Something of each kind that a transport must carry. */
@Resolver()
export class SmallResolver {
  @Query(() => Boolean, { description: 'Yes.' })
  yes(): boolean {
    return true;
  }

  @Query(() => NestType, { description: 'The top of a nest.' })
  nest(): NestType {
    const nest: NestType = {
      leaf: 1,
      get nest() {
        return nest;
      },
    };
    return nest;
  }

  @Query(() => String, { description: 'Your id.' })
  viewerId(@Ctx() context: RequestContext): string {
    return requireViewer(context).id;
  }

  @Query(() => String, { description: 'From where you ask.' })
  address(@Ctx() { address }: RequestContext): string {
    return address;
  }

  @Query(() => String, { description: 'Says what it was told.' })
  echo(@Arg('text', () => String, { description: 'What to say.' }) text: string): string {
    return text;
  }

  @Query(() => String, { description: 'Always a bug.' })
  bug(): string {
    throw new Error(INNER_SECRET);
  }

  @Query(() => [NestType], { description: 'As many bugs as you like.' })
  bugs(@Arg('count', () => Int, { description: 'How many.' }) count: number): object[] {
    return Array.from({ length: count }, () => ({ leaf: 'not a number' }));
  }

  @Query(() => String, { description: 'Always a failure of a model service.' })
  refusedUpstream(): string {
    throw new AppError('UPSTREAM_REFUSED', 'The model service refused.', { providerMessage: 'no such model' });
  }

  @Subscription(() => Int, {
    description: 'Counts to `upTo`.',
    subscribe: ({ args, context }: { args: { upTo: number }; context: RequestContext }) => {
      requireViewer(context);
      return live(async function* () {
        for (let number = 1; number <= args.upTo; number++) yield number;
      });
    },
  })
  count(@Root() number: number, @Arg('upTo', () => Int, { description: 'The last number.' }) _upTo: number): number {
    return number;
  }

  @Subscription(() => Int, {
    description: 'Never says anything.',
    subscribe: ({ context }: { context: RequestContext }) => {
      requireViewer(context);
      return live(async function* (signal) {
        quietReaders.count++;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        quietReaders.count--;
        yield* [];
      });
    },
  })
  quiet(@Root() number: number): number {
    return number;
  }

  @Subscription(() => Int, {
    description: 'A bug when it starts, at an event, or between two events.',
    subscribe: ({ args }: { args: { at: string } }) => {
      if (args.at === 'start') throw new Error(INNER_SECRET);
      return live(async function* () {
        yield 1;
        if (args.at === 'between') throw new Error(INNER_SECRET);
        yield 2;
      });
    },
  })
  failing(@Root() number: number, @Arg('at', () => String, { description: 'Where.' }) at: string): number {
    if (at === 'event' && number === 2) throw new Error(INNER_SECRET);
    return number;
  }

  @Subscription(() => String, {
    description: 'Texts of `kib` KiB each, without an end.',
    subscribe: ({ args }: { args: { kib: number } }) =>
      live(async function* (signal) {
        const text = 'x'.repeat(args.kib * 1024);
        while (!signal.aborted) yield text;
      }),
  })
  flood(@Root() text: string, @Arg('kib', () => Int, { description: 'The size of each.' }) _kib: number): string {
    return text;
  }
}
