import { execute, parse, type GraphQLSchema } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { planEvents } from '../../src/api/execution/event-plan.js';
import { createSchema } from '../../src/api/schema.js';
import type { RunEvent } from '../../src/domain/runs/run-event.js';

const PLACE = { runId: 'run_1', seq: 7, at: new Date('2026-01-02T03:04:05.678Z') };
const DELTA: RunEvent = { ...PLACE, type: 'text-delta', text: '안녕 "world"' };
const FINISHED: RunEvent = {
  ...PLACE,
  type: 'tool-call-finished',
  callId: 'c1',
  status: 'SUCCEEDED',
  output: '42',
  isTruncated: false,
  durationMs: 12,
};
const STARTED: RunEvent = {
  ...PLACE,
  type: 'tool-call-started',
  callId: 'c1',
  name: 'time_now',
  argumentsText: '{"a":1}',
};

describe('the plan for events', () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = await createSchema();
  });
  const planned = (query: string, event: object) => planEvents({ schema, document: parse(query) })?.(event);
  const byGraphql = (query: string, rootValue: object) =>
    execute({ schema, document: parse(query), rootValue, contextValue: {} });
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it.each([
    ['fields of all events', '{ chatStream { __typename runId seq at } }'],
    [
      'fields of one kind of event',
      '{ chatStream { seq ... on TextDelta { text } ... on ToolCallFinished { status output isTruncated } } }',
    ],
    ['aliases', '{ stream: chatStream { number: seq, kind: __typename ... on ReasoningDelta { thought: text } } }'],
    [
      'fragments in fragments',
      '{ chatStream { ...E } } fragment E on RunEvent { seq ... { ...D } } fragment D on TextDelta { text }',
    ],
  ])('shows %s as GraphQL does', async (_, selection) => {
    for (const event of [DELTA, FINISHED]) {
      const shown = planned(`subscription ${selection}`, event);

      expect(plain(shown)).toEqual(plain(await byGraphql(`subscription ${selection}`, event)));
    }
  });

  it.each([
    ['what is computed', '{ chatStream { ... on ToolCallStarted { arguments } } }', STARTED],
    [
      'what depends on variables',
      '($on: Boolean!) { chatStream { seq ... on TextDelta @include(if: $on) { text } } }',
      DELTA,
    ],
    ['all of it if it depends on variables', '($on: Boolean!) { chatStream @include(if: $on) { seq } }', DELTA],
    ['a value that is not what its type promises', '{ chatStream { seq } }', { ...DELTA, seq: 'seven' }],
    ['a value that is missing', '{ chatStream { seq } }', { ...DELTA, seq: null }],
  ])('leaves %s to GraphQL', (_, selection, event) => {
    expect(planned(`subscription ${selection}`, event)).toBeUndefined();
  });

  it('keeps the operations of one document apart', () => {
    const document = parse('subscription A { chatStream { seq } } subscription B { chatStream { runId } }');
    const shownBy = (operationName: string) => planEvents({ schema, document, operationName })?.(DELTA);

    expect(shownBy('A')).toEqual({ data: { chatStream: { seq: 7 } } });
    expect(shownBy('B')).toEqual({ data: { chatStream: { runId: 'run_1' } } });
  });

  it('shows each kind of event by its own fields', () => {
    const query = 'subscription { chatStream { ... on TextDelta { text } ... on ToolCallFinished { output } } }';
    const plan = planEvents({ schema, document: parse(query) });

    expect([DELTA, FINISHED, DELTA].map((event) => plan?.(event)?.data?.['chatStream'])).toEqual([
      { text: '안녕 "world"' },
      { output: '42' },
      { text: '안녕 "world"' },
    ]);
  });

  it('leaves the other events of a subscription alone when it cannot plan for one of them', () => {
    const query = 'subscription { chatStream { seq ... on ToolCallStarted { arguments } } }';

    expect(planned(query, STARTED)).toBeUndefined();
    expect(planned(query, DELTA)).toEqual({ data: { chatStream: { seq: 7 } } });
  });
});
