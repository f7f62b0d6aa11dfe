import { serverAudits } from 'graphql-http';
import { Query, Resolver } from 'type-graphql';
import { expect, it } from 'vitest';
import { smallServer } from '../kit/small-server.js';

@Resolver()
class EmptyResolver {
  @Query(() => Boolean, { description: 'Yes.' })
  yes(): boolean {
    return true;
  }
}

it('passes all 13 MUST and at least 20 of the 23 SHOULD of the GraphQL-over-HTTP audits, as in production', async () => {
  const { url } = await smallServer({ resolvers: [EmptyResolver] });

  const results = await Promise.all(serverAudits({ url: `${url}/graphql`, fetchFn: fetch }).map((audit) => audit.fn()));

  const failed = (level: string) =>
    results.flatMap((result) =>
      result.status !== 'ok' && result.name.startsWith(level) ? [`${result.name}: ${result.reason}`] : [],
    );
  console.log(results.length, failed(''));
  expect(failed('MUST')).toEqual([]);
  expect(failed('SHOULD').length).toBeLessThanOrEqual(3);
});
