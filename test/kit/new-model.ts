import type { Person, RunningHouse } from './house.js';

/** Registers a model of the scripted service, so that nothing is remembered of it. Returns its id. */
export async function newModel(
  { llm }: Pick<RunningHouse, 'llm'>,
  owner: Person,
  name: string,
  more: Record<string, unknown> = {},
): Promise<string> {
  const { providers } = await owner.get<{ providers: { id: string; baseUrl: string }[] }>(
    '{ providers { id baseUrl } }',
  );
  const providerId = providers.find(({ baseUrl }) => baseUrl === llm.baseUrl)?.id;
  const query = 'mutation ($input: CreateModelInput!) { createModel(input: $input) { id } }';
  const made = await owner.get<{ createModel: { id: string } }>(query, { input: { providerId, name, ...more } });
  return made.createModel.id;
}
