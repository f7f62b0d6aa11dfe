import { readFileSync } from 'node:fs';
import { Ctx, Query, Resolver } from 'type-graphql';
import { requireViewer, type RequestContext } from '../context.js';
import { HealthType, ServerInfoType } from './health-types.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

@Resolver()
export class HealthResolver {
  @Query(() => HealthType, { description: 'Whether the server can do its work now. Anybody may ask.' })
  async health(@Ctx() { readiness }: RequestContext): Promise<HealthType> {
    return { isReady: await readiness.isReady() };
  }

  @Query(() => ServerInfoType, { description: 'What clients may want to know of this server.' })
  serverInfo(@Ctx() context: RequestContext): ServerInfoType {
    requireViewer(context);
    return { version, isRegistrationOpen: context.needs.settings.accounts.registration === 'open' };
  }
}
