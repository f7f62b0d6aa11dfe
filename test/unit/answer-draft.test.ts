import { expect, it } from 'vitest';
import type { AgentEvent } from '../../src/domain/agent/agent-event.js';
import { AnswerDraft, withoutRunningCalls } from '../../src/domain/runs/answer-draft.js';

const started = (callId: string): AgentEvent => ({
  type: 'tool-call-started',
  callId,
  step: 1,
  name: 'look',
  argumentsText: '{}',
});
const finished = (callId: string): AgentEvent => ({
  type: 'tool-call-finished',
  callId,
  status: 'SUCCEEDED',
  output: `seen by ${callId}`,
  isTruncated: true,
  durationMs: 7,
});
const say = (text: string): AgentEvent => ({ type: 'text-delta', text });
const think = (text: string): AgentEvent => ({ type: 'reasoning-delta', text });

function draftOf(...events: AgentEvent[]): AnswerDraft {
  const draft = new AnswerDraft();
  events.forEach((event) => draft.add(event));
  return draft;
}

it('joins what is said in a row, and what is thought, and gives each call what it returned', () => {
  const draft = draftOf(think('h'), think('m'), say('o'), say('k'), started('a'), started('b'), finished('a'));

  const call = { type: 'tool-call', step: 1, name: 'look', argumentsText: '{}' };
  expect(draft.parts()).toEqual([
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'ok' },
    { ...call, callId: 'a', status: 'SUCCEEDED', output: 'seen by a', isTruncated: true, durationMs: 7 },
    { ...call, callId: 'b', status: 'RUNNING', output: null, isTruncated: false, durationMs: null },
  ]);
});

it('loses what a step has said when it is begun again, and nothing of the steps before', () => {
  const draft = draftOf(
    say('Let me see.'),
    started('a'),
    finished('a'),
    { type: 'step-started', step: 2 },
    say('void'),
  );

  draft.add({ type: 'step-reset', step: 2 });
  draft.add(say('It is noon.'));

  expect(draft.parts().map((part) => ('text' in part ? part.text : part.callId))).toEqual([
    'Let me see.',
    'a',
    'It is noon.',
  ]);
});

it('gives its parts as they are, whatever is added later', () => {
  const draft = draftOf(say('so'), started('a'));
  const before = draft.parts();
  const copy = structuredClone(before);

  draft.add(finished('a'));
  draft.add(say('more'));

  expect(before).toEqual(copy);
});

it('has failed what was running when it ended, and leaves alone what had ended before', () => {
  const parts = draftOf(started('a'), finished('a'), started('b')).parts();

  expect(withoutRunningCalls(parts, 'Too late.')).toEqual([
    parts[0],
    { ...parts[1], status: 'FAILED', output: 'Too late.' },
  ]);
});
