/** Ways in which the demo model can be told to fail. */
export const DEMO_FAILURES = ['rate-limit', 'timeout', 'refused', 'failed', 'cut'] as const;
export type DemoFailure = (typeof DEMO_FAILURES)[number];

/** What the words of a message that begin with a slash ask for. */
export type DemoCommands = {
  readonly isSlow: boolean;
  readonly isFast: boolean;
  readonly hasReasoning: boolean;
  readonly failure: DemoFailure | null;
  /** Called side by side in the first step. */
  readonly calls: readonly { readonly name: string; readonly argumentsText: string }[];
  /** Sentences to answer with; 0: as many as it takes. */
  readonly sentences: number;
  /** Steps with a tool call before the answer. */
  readonly steps: number;
  /** The message without them. */
  readonly rest: string;
};

/** The manual: each command as it is written, and what it does. The model answers "help" with it. */
export const DEMO_MANUAL: readonly { readonly usage: string; readonly en: string; readonly ko: string }[] = [
  { usage: 'what time is it? / 몇 시야?', en: 'calls time_now', ko: 'time_now 도구를 부릅니다' },
  {
    usage: 'https://example.com',
    en: 'calls http_request with the address',
    ko: '그 주소로 http_request 도구를 부릅니다',
  },
  {
    usage: '/tool NAME {"key": "value"}',
    en: 'calls that tool; several lines call several at once',
    ko: '그 도구를 부릅니다. 여러 줄이면 한꺼번에 부릅니다',
  },
  { usage: '/steps N', en: 'calls a tool in N steps before it answers', ko: 'N번 도구를 부른 뒤에 답합니다' },
  { usage: '/reason', en: 'thinks before it answers', ko: '답하기 전에 생각을 보여 줍니다' },
  { usage: '/slow, /fast', en: 'streams slowly, or without a pause', ko: '천천히, 또는 쉬지 않고 보냅니다' },
  { usage: '/long N', en: 'answers with N sentences', ko: '문장 N개로 답합니다' },
  {
    usage: `/fail ${DEMO_FAILURES.join('|')}`,
    en: 'fails in that way (cut: in the middle of its answer)',
    ko: '그 방식으로 실패합니다 (cut: 답하는 도중에)',
  },
];

const MAX_SENTENCES = 10_000;
const MAX_STEPS = 26;

export function readCommands(message: string): DemoCommands {
  const calls = [...message.matchAll(TOOL_LINE)].map(([, name = '', args = '']) => ({
    name,
    argumentsText: args.trim() || '{}',
  }));
  const words = message.replace(TOOL_LINE, ' ');
  const failure = /(?:^|\s)\/fail\s+(\S+)/.exec(words)?.[1];
  return {
    isSlow: /(?:^|\s)\/slow\b/.test(words),
    isFast: /(?:^|\s)\/fast\b/.test(words),
    hasReasoning: /(?:^|\s)\/reason\b/.test(words),
    failure: DEMO_FAILURES.find((name) => name === failure) ?? null,
    calls,
    sentences: Math.min(MAX_SENTENCES, numberAfter('/long', words)),
    steps: Math.min(MAX_STEPS, numberAfter('/steps', words)),
    rest: words.replace(/(?:^|\s)\/(?:fail\s+\S+|(?:long|steps)\s+\d+|slow\b|fast\b|reason\b)/g, ' ').trim(),
  };
}

/** The arguments end with the last brace of the line; what is no object at all ends where another command begins. */
const TOOL_LINE = /^[^\S\n]*\/tool\s+(\S+)[ \t]*(\{.*\}|[^/\n]*)/gm;

const numberAfter = (command: string, words: string): number =>
  Number(new RegExp(`(?:^|\\s)${command}\\s+(\\d+)`).exec(words)?.[1] ?? 0);
