import { expect, it, vi, type Mock } from 'vitest';
import { newId } from '../../src/base/ids.js';
import type { Bell, Topic } from '../../src/domain/bell.js';

/**
 * What every Bell must do.
 *
 * @param open Two ends of one bell: what is rung at one is heard at the other. They may be the same.
 */
export function describeBell(open: () => { readonly near: Bell; readonly far: Bell }): void {
  it('is heard by everybody who listens to the topic, near and far', async () => {
    const { near, far } = open();
    const topic = newTopic();
    const heard = [newListener(), newListener(), newListener()] as const;
    near.listen(topic, heard[0]);
    near.listen(topic, heard[1]);
    far.listen(topic, heard[2]);
    await silence(...heard);

    near.ring(topic);

    for (const listener of heard) await vi.waitFor(() => expect(listener).toHaveBeenCalledExactlyOnceWith());
  });

  it('is not heard under another topic', async () => {
    const { near, far } = open();
    const [topic, other] = [newTopic(), newTopic()];
    const [heard, heardOther] = [newListener(), newListener()];
    far.listen(topic, heard);
    far.listen(other, heardOther);
    await silence(heard, heardOther);

    near.ring(topic);
    await vi.waitFor(() => expect(heard).toHaveBeenCalled());

    expect(heardOther).not.toHaveBeenCalled();
  });

  it('is not heard any more by who has stopped listening, but still by the others', async () => {
    const { near, far } = open();
    const topic = newTopic();
    const [stopped, staying] = [newListener(), newListener()];
    const stop = far.listen(topic, stopped);
    far.listen(topic, staying);
    await silence(stopped, staying);

    stop();
    stop();
    near.ring(topic);
    await vi.waitFor(() => expect(staying).toHaveBeenCalled());

    expect(stopped).not.toHaveBeenCalled();
  });

  it('tells the two ways apart in which one function listens twice', async () => {
    const { near } = open();
    const topic = newTopic();
    const heard = newListener();
    const stop = near.listen(topic, heard);
    near.listen(topic, heard);
    await silence(heard);

    stop();
    near.ring(topic);

    await vi.waitFor(() => expect(heard).toHaveBeenCalledOnce());
  });

  it('does not call back before ring has returned', async () => {
    const { near } = open();
    const topic = newTopic();
    const heard = newListener();
    near.listen(topic, heard);

    near.ring(topic);

    expect(heard).not.toHaveBeenCalled();
  });
}

export function newTopic(): Topic {
  return `run:${newId('run')}`;
}

export function newListener(): Mock<() => void> {
  return vi.fn<() => void>();
}

/** Waits until the ring has come that may greet a listener, and forgets it. */
export async function silence(...listeners: readonly Mock<() => void>[]): Promise<void> {
  const rings = () => listeners.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  let heard: number;
  do {
    heard = rings();
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (rings() > heard);
  for (const listener of listeners) listener.mockClear();
}
