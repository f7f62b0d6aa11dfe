import { expect, it } from 'vitest';
import type { RunEvent } from '../../src/sdk/chat.js';
import { emptyTurn, withEvent, type Turn } from '../../src/sdk/turn.js';

type EventBody<Event = RunEvent> = Event extends RunEvent ? Omit<Event, 'runId' | 'seq' | 'at'> : never;

const turnOf = (...events: readonly EventBody[]): Turn =>
  events.reduce<Turn>(
    (turn, event, place) => withEvent(turn, { ...event, runId: 'run_1', seq: place + 1, at: '' }),
    emptyTurn,
  );

const step = (number: number): EventBody => ({ __typename: 'StepStarted', step: number });
const text = (text: string): EventBody => ({ __typename: 'TextDelta', text });
const thought = (text: string): EventBody => ({ __typename: 'ReasoningDelta', text });
const call = (callId: string): EventBody => ({
  __typename: 'ToolCallStarted',
  callId,
  name: 'add',
  arguments: { n: 1 },
});

it('joins what comes of one kind, in its order, and parts what comes of another or in another step', () => {
  const { parts } = turnOf(step(1), thought('Hm'), thought('m.'), text('One'), text(' two'), step(2), text(' three'));

  expect(parts).toEqual([
    { __typename: 'ReasoningPart', text: 'Hmm.' },
    { __typename: 'TextPart', text: 'One two' },
    { __typename: 'TextPart', text: ' three' },
  ]);
});

it('shows a call as running until it has ended, and the others as they are', () => {
  const ended: EventBody = {
    __typename: 'ToolCallFinished',
    callId: 'call_1',
    status: 'FAILED',
    output: 'No.',
    isTruncated: true,
    durationMs: 5,
  };
  const running = {
    __typename: 'ToolCallPart',
    name: 'add',
    arguments: { n: 1 },
    status: 'RUNNING',
    output: null,
    isTruncated: false,
    durationMs: null,
  };

  const { parts } = turnOf(step(1), call('call_1'), call('call_2'), ended);

  expect(parts).toEqual([
    { ...running, callId: 'call_1', status: 'FAILED', output: 'No.', isTruncated: true, durationMs: 5 },
    { ...running, callId: 'call_2' },
  ]);
});

it('is in the end what was stored, such as calls that were given up', () => {
  const parts = [{ __typename: 'TextPart' as const, text: 'Stored.' }];
  const message = { parts } as unknown as Extract<RunEvent, { __typename: 'RunCancelled' }>['message'];

  const turn = turnOf(step(1), call('call_1'), { __typename: 'RunCancelled', message });

  expect(turn).toMatchObject({ parts, end: { __typename: 'RunCancelled', seq: 3 } });
});
