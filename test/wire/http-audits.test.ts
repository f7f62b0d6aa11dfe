import { serverAudits } from 'graphql-http';
import { expect, it } from 'vitest';
import { SmallResolver } from '../kit/small-resolvers.js';
import { smallServer } from '../kit/small-server.js';

it('passes all 13 MUST and at least 20 of the 23 SHOULD of the GraphQL-over-HTTP audits, as in production', async () => {
  const { url } = await smallServer({ resolvers: [SmallResolver] });
  const audits = serverAudits({ url: `${url}/graphql`, fetchFn: fetch });

  const results = await Promise.all(audits.map((audit) => audit.fn()));

  const of = (level: string) => results.filter(({ name }) => name.startsWith(level));
  const failed = (level: string) =>
    of(level).flatMap((result) => (result.status === 'ok' ? [] : [`${result.name}: ${result.reason}`]));
  expect([of('MUST').length, of('SHOULD').length]).toEqual([13, 23]);
  expect(failed('MUST')).toEqual([]);
  // A refused document is answered 400 whatever is accepted: who looks at the status alone must not take it for done.
  expect(failed('SHOULD').map((failure) => failure.split(':')[0])).toEqual([
    'SHOULD use 200 status code on document parsing failure when accepting application/json',
    'SHOULD use 200 status code on document validation failure when accepting application/json',
    'SHOULD use a status code of 200 on variable coercion failure when accepting application/json',
  ]);
});
