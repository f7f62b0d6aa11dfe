import { expect, it, vi } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { Bell, Topic } from '../../src/domain/runs/bell.js';

/**
 * What every Bell must do.
 *
 * @param open Two ends of one bell: what is rung at one is heard at the other. They may be the same.
 */
export function describeBell(open: () => { readonly near: Bell; readonly far: Bell }): void {
  it('is heard by everybody who listens to the topic, near and far', async () => {
    const { near, far } = open();
    const topic = newTopic();
    const heard = [vi.fn(), vi.fn(), vi.fn()];
    near.listen(topic, heard[0]!);
    near.listen(topic, heard[1]!);
    far.listen(topic, heard[2]!);

    await ringUntil(near, topic, () => heard.every(({ mock }) => mock.calls.length > 0));

    for (const { mock } of heard) expect(mock.calls[0]).toEqual([]);
  });

  it('is not heard under another topic', async () => {
    const { near, far } = open();
    const [topic, other] = [newTopic(), newTopic()];
    const [heard, heardOther] = [vi.fn(), vi.fn()];
    far.listen(topic, heard);
    far.listen(other, heardOther);

    await ringUntil(near, topic, () => heard.mock.calls.length > 0);

    expect(heardOther).not.toHaveBeenCalled();
  });

  it('is not heard any more by who has stopped listening, but still by the others', async () => {
    const { near, far } = open();
    const topic = newTopic();
    const [stopped, staying] = [vi.fn(), vi.fn()];
    const stop = far.listen(topic, stopped);
    far.listen(topic, staying);
    await ringUntil(near, topic, () => stopped.mock.calls.length > 0 && staying.mock.calls.length > 0);
    await quiet(staying);

    stop();
    stop();
    stopped.mockClear();
    staying.mockClear();
    await ringUntil(near, topic, () => staying.mock.calls.length > 0);

    expect(stopped).not.toHaveBeenCalled();
  });

  it('tells the two ways apart in which one function listens twice', async () => {
    const { near } = open();
    const topic = newTopic();
    const heard = vi.fn();
    const stop = near.listen(topic, heard);
    near.listen(topic, heard);

    stop();

    await ringUntil(near, topic, () => heard.mock.calls.length > 0);
  });

  it('does not call back before ring has returned', async () => {
    const { near } = open();
    const topic = newTopic();
    const heard = vi.fn();
    near.listen(topic, heard);

    near.ring(topic);

    expect(heard).not.toHaveBeenCalled();
  });
}

export function newTopic(): Topic {
  return `run:${newId('run')}`;
}

/** Rings may be lost until a listener has been made known to others, so it rings again until it is heard. */
export async function ringUntil(bell: Bell, topic: Topic, isHeard: () => boolean): Promise<void> {
  await vi.waitFor(
    () => {
      if (!isHeard()) bell.ring(topic);
      expect(isHeard()).toBe(true);
    },
    { timeout: 5_000, interval: 20 },
  );
}

/** Waits until rings that are still on their way have come. */
async function quiet(heard: ReturnType<typeof vi.fn>): Promise<void> {
  let calls: number;
  do {
    calls = heard.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
  } while (heard.mock.calls.length > calls);
}
