import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../src/domain/tools/tool.js';
import { callTool, callTools, say } from '../kit/fake-llm.js';
import type { StreamedEvent } from '../kit/chat-stream.js';
import { openHouse, type Person, type RunningHouse } from '../kit/house.js';

type ListedTool = { readonly name: string; readonly [field: string]: unknown };

/** A service in the house's own network: one that is allow-listed, and one address of it that is not. */
const inside = createServer((request, response) => {
  if (request.url === '/away') response.writeHead(302, { location: 'http://127.0.0.2/' }).end();
  else response.writeHead(200, { 'content-type': 'application/json' }).end('{"stock":7}');
});

let house: RunningHouse;
let ada: Person;
let address: string;
beforeAll(async () => {
  inside.listen(0, '127.0.0.1');
  await once(inside, 'listening');
  address = `127.0.0.1:${(inside.address() as AddressInfo).port}`;
  house = await openHouse({ env: { HTTP_TOOL_ALLOWED_HOSTS: address } });
  ada = await house.join('ada');
});
afterAll(async () => {
  await house.close();
  inside.close();
});

const listTools = async () =>
  (
    await ada.get<{ tools: ListedTool[] }>(
      '{ tools { name alias description outputCondition parameters source approval isAvailable unavailableReason } }',
    )
  ).tools;

/** Status and output of each call, in the order in which they ended. */
const ends = (events: readonly StreamedEvent[]) =>
  events.flatMap((event) => (event.__typename === 'ToolCallFinished' ? [[event['status'], event['output']]] : []));

it('lists every tool with what it is called, what it does, when to use it and what it takes', async () => {
  const tools = await listTools();

  expect(tools.map(({ name, approval }) => [name, approval])).toEqual([
    ['time_now', 'ALLOW'],
    ['http_request', 'ALLOW'],
    ['archive_search', 'ALLOW'],
    ['archive_save', 'ASK'],
  ]);
  for (const tool of tools) {
    expect(tool).toEqual({
      name: expect.stringMatching(/./),
      alias: expect.stringMatching(/./),
      description: expect.stringMatching(/./),
      outputCondition: expect.stringMatching(/./),
      parameters: expect.objectContaining({ type: 'object', properties: expect.any(Object) }),
      source: 'BUILT_IN',
      approval: expect.stringMatching(/^(ALLOW|ASK)$/),
      isAvailable: true,
      unavailableReason: null,
    });
  }
});

it('shows its tools to nobody who is not signed in', async () => {
  const { errors } = await house.ask('{ tools { name } }');

  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
});

it('has a new tool after one call, for clients to see and for models to use, by the right of who asks', async () => {
  house.composed.house.toolbox.register(
    defineTool({
      name: 'who_asks',
      alias: 'Who asks',
      description: 'Says who asks.',
      outputCondition: 'Use it when somebody asks who they are.',
      parameters: z.object({}),
      run: (_args, { userId }) => userId,
    }),
  );
  const bob = await house.join('bob');
  house.llm.otherwise((response, request) => {
    const hasResult = request.body.messages.at(-1)?.role === 'tool';
    return (hasResult ? say('Done.') : callTool('who_asks', {}))(response, request);
  });

  const [ofAda, ofBob] = await Promise.all([
    ada.turn(await ada.createConversation(), 'Who am I?'),
    bob.turn(await bob.createConversation(), 'Who am I?'),
  ]);

  expect((await listTools()).map(({ name }) => name)).toContain('who_asks');
  expect(ends(ofAda)).toEqual([['SUCCEEDED', ada.id]]);
  expect(ends(ofBob)).toEqual([['SUCCEEDED', bob.id]]);
});

it('tells the time where it is asked for, and goes on where that is nowhere', async () => {
  house.llm.script([
    callTools([
      { name: 'time_now', args: { timeZone: 'Asia/Seoul' } },
      { name: 'time_now', args: { timeZone: 'Mars/Base' } },
    ]),
    say('Done.'),
  ]);

  const events = await ada.turn(await ada.createConversation(), 'What time is it?');

  expect(ends(events)).toEqual(
    expect.arrayContaining([
      ['SUCCEEDED', expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00 \(\w+day, Asia\/Seoul\)$/)],
      ['FAILED', expect.stringContaining('Not an IANA time zone')],
    ]),
  );
  expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted', stopReason: 'ANSWER' });
});

it('reaches an allow-listed address, and no other that is not public, not even by a redirect', async () => {
  const urls = [
    `http://${address}/`,
    `http://${address}/away`,
    'http://169.254.169.254/',
    'http://127.0.0.2/',
    'http://localhost/',
  ];
  house.llm.script([callTools(urls.map((url) => ({ name: 'http_request', args: { url } }))), say('Done.')]);

  const events = await ada.turn(await ada.createConversation(), 'Look there.');

  const found = ends(events);
  expect(found.filter(([status]) => status === 'SUCCEEDED')).toEqual([
    ['SUCCEEDED', `Status: 200\nAddress: http://${address}/\nType: application/json\n\n{"stock":7}`],
  ]);
  expect(found.filter(([status]) => status === 'FAILED').map(([, output]) => output)).toEqual(
    Array.from({ length: 4 }, () => expect.stringContaining('not on the public internet')),
  );
  expect(events.at(-1)).toMatchObject({ __typename: 'RunCompleted' });
});
