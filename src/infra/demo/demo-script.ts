import type { ModelMessage, ModelRequest } from '../../domain/models/language-model.js';
import { DEMO_MANUAL, readCommands, type DemoCommands, type DemoFailure } from './demo-commands.js';
import { sampleOf } from './demo-sample.js';

/** What the demo model does in one step. */
export type DemoAnswer = {
  readonly failure: DemoFailure | null;
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly argumentsText: string }[];
  /** Milliseconds between two deltas. */
  readonly paceMs: number;
};

const PACE_MS = 20;
const SLOW_PACE_MS = 400;

/** Characters of a tool's output that it repeats. */
const MAX_QUOTED_CHARS = 600;

/** The same request always gives the same answer. */
export function answerTo({ messages, tools }: Pick<ModelRequest, 'messages' | 'tools'>): DemoAnswer {
  const turn = readTurn(messages);
  const { commands } = turn;
  const calls = callsOf(turn).filter(({ name }) => tools.some((tool) => tool.name === name));
  return {
    failure: commands.failure,
    reasoning: commands.hasReasoning ? reasoningOf(turn) : '',
    text: calls.length > 0 ? '' : textOf(turn),
    calls,
    paceMs: commands.isFast ? 0 : commands.isSlow ? SLOW_PACE_MS : PACE_MS,
  };
}

type Turn = {
  readonly isKorean: boolean;
  readonly commands: DemoCommands;
  /** Steps of this turn that are done. */
  readonly stepsDone: number;
  /** The form that the answer must have; undefined for any. */
  readonly schema: unknown;
  /** What the tools of this turn returned. */
  readonly results: readonly Extract<ModelMessage, { role: 'tool' }>[];
};

function readTurn(messages: readonly ModelMessage[]): Turn {
  const start = messages.findLastIndex(({ role }) => role === 'user');
  const { words: said, schema } = readForm(messages[start]?.text ?? '');
  const words = messages.filter(({ role }) => role === 'user').map(({ text }) => readCommands(text).rest);
  const lastInWords = words.findLast((rest) => /\p{L}/u.test(rest)) ?? '';
  const since = messages.slice(start + 1);
  return {
    isKorean: /\p{Script=Hangul}/u.test(lastInWords),
    commands: readCommands(lastWordsIn(said)),
    schema,
    stepsDone: since.filter(({ role }) => role === 'assistant').length,
    results: since.filter((message) => message.role === 'tool'),
  };
}

/** A form is asked for in the last two lines, as `answerSchema` words it: `… that fits this JSON Schema, …:`, and the schema. */
function readForm(text: string): { words: string; schema?: unknown } {
  const lines = text.split('\n');
  const [json = ''] = lines.splice(-1);
  const [request = ''] = lines.splice(-1);
  if (!/\bthat fits this JSON Schema\b.*:$/.test(request)) return { words: text };
  try {
    return { words: lines.join('\n'), schema: JSON.parse(json) as unknown };
  } catch {
    return { words: text };
  }
}

/** What was asked after a turn that failed as it was told to: with no answer in between, both are one message. */
function lastWordsIn(text: string): string {
  const lines = text.trimEnd().split('\n');
  const failed = lines
    .slice(0, -1)
    .findLastIndex((line) => line.includes('/fail') && readCommands(line).failure !== null);
  return lines.slice(failed + 1).join('\n');
}

function callsOf({ isKorean, commands, stepsDone }: Turn): DemoAnswer['calls'] {
  if (stepsDone === 0 && commands.calls.length > 0) return commands.calls;
  if (stepsDone < commands.steps) return [callOf('time_now', { timeZone: zoneOfStep(stepsDone) })];
  if (stepsDone > 0) return [];
  const url = /https?:\/\/[^\s<>"']+/.exec(commands.rest)?.[0];
  if (url !== undefined) return [callOf('http_request', { url })];
  if (!/몇\s*시|지금\s*시[각간]|what(?:'s| is) the time|what time|time is it/i.test(commands.rest)) return [];
  const zone = /\b[A-Z][A-Za-z]+\/[A-Z][A-Za-z_]+\b/.exec(commands.rest)?.[0];
  return [callOf('time_now', { timeZone: zone ?? (isKorean ? 'Asia/Seoul' : 'UTC') })];
}

const callOf = (name: string, args: object) => ({ name, argumentsText: JSON.stringify(args) });

/** Another one for each step, since a call that repeats itself is stopped. */
const zoneOfStep = (step: number): string => (step < 12 ? `Etc/GMT+${step + 1}` : `Etc/GMT-${step - 11}`);

function textOf(turn: Turn): string {
  const { isKorean, commands, schema, results } = turn;
  if (schema !== undefined) return JSON.stringify(sampleOf(schema));
  if (commands.sentences > 0) return sentences(commands.sentences, isKorean);
  if (results.length > 0) return reportOf(turn);
  if (/^(?:help|도움말)[.!?]?$/i.test(commands.rest)) return manual(isKorean);
  const wanted = callsOf(turn);
  if (wanted.length > 0) {
    const names = wanted.map(({ name }) => name).join(', ');
    return isKorean ? `지금은 ${names} 도구를 쓸 수 없습니다.` : `I cannot use ${names} now.`;
  }
  return isKorean
    ? `저는 Tomato에 들어 있는 데모 모델입니다. 생각하지 않고 정해진 대본대로 답합니다.\n\n보내신 말: "${commands.rest}"\n\n"도움말"이라고 보내면 무엇을 시킬 수 있는지 알려 드립니다.`
    : `I am the demo model that is built into Tomato. I do not think; I follow a script.\n\nYou wrote: "${commands.rest}"\n\nWrite "help" to see what you can tell me to do.`;
}

function reportOf({ isKorean, results }: Turn): string {
  const lines = results.map(({ name, text }) => {
    const quoted = text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS).toWellFormed()}…` : text;
    return isKorean ? `${name} 도구의 답: ${quoted}` : `The tool ${name} answered: ${quoted}`;
  });
  return `${lines.join('\n')}\n\n${isKorean ? '(대본대로 답하는 데모 모델입니다.)' : '(I am the demo model: this is scripted.)'}`;
}

function manual(isKorean: boolean): string {
  const lines = DEMO_MANUAL.map(({ usage, en, ko }) => `- \`${usage}\`: ${isKorean ? ko : en}`);
  const first = isKorean
    ? '저는 대본대로 답하는 데모 모델입니다. 이렇게 시킬 수 있습니다.'
    : 'I am the demo model: what I say is scripted. You can tell me:';
  return [first, '', ...lines].join('\n');
}

function reasoningOf({ isKorean, results }: Turn): string {
  if (isKorean)
    return results.length > 0
      ? '도구가 돌려준 것을 사용자에게 전하면 됩니다.'
      : '사용자가 무엇을 묻는지 보고, 도구가 필요한지 정합니다. 대본에 답이 있습니다.';
  return results.length > 0
    ? 'The tool has answered. I pass on what it returned.'
    : 'I look at what the user asks and decide whether a tool is needed. The script has the answer.';
}

function sentences(count: number, isKorean: boolean): string {
  const one = (number: number) =>
    isKorean ? `이것은 대본의 ${number}번째 문장입니다.` : `This is sentence ${number} of the script.`;
  return Array.from({ length: count }, (_, index) => one(index + 1)).join(' ');
}
