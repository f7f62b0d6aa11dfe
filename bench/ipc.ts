/** What a process of the bench can be asked, by name. */
export type Desk = { readonly [name: string]: (...input: never[]) => unknown };

export type Question = { readonly id: number; readonly name: string; readonly input: readonly unknown[] };
export type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

/** Answers what the process that started this one asks. Names that are not on the desk are somebody else's. */
export function serveDesk(desk: Desk): void {
  process.on('message', (question: Question) => {
    const work = desk[question.name] as ((...input: unknown[]) => unknown) | undefined;
    if (work) void answer(question, () => work(...question.input));
  });
  process.on('disconnect', () => process.exit());
}

async function answer({ id }: Question, work: () => unknown): Promise<void> {
  try {
    process.send?.({ id, value: await work() } satisfies Answer);
  } catch (error) {
    process.send?.({ id, error: String(error) } satisfies Answer);
  }
}

/** Milliseconds of a clock that all processes of this machine share. */
export const sharedNow = (): number => Number(process.hrtime.bigint()) / 1e6;
