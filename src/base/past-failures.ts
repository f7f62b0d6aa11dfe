import { AppError } from './errors.js';

type Chore<Item> = {
  /** Items that are listed at a time. */
  readonly batch: number;
  /** Those that are left, at most `batch`, without those whose ids are in `except`. */
  list(except: readonly string[]): Promise<readonly Item[]>;
  idOf(item: Item): string;
  /** What has been done is not listed again. */
  act(item: Item): Promise<unknown>;
  /** Tells the operator. */
  failed(item: Item, error: unknown): void;
};

/**
 * Does one thing after the other until none is left. One that fails keeps no other from its turn, however many fail, and is not tried again this time.
 *
 * @throws {AppError} SERVICE_UNAVAILABLE at once, since all others would fail as well.
 */
export async function doPastFailures<Item>({ batch, list, idOf, act, failed }: Chore<Item>): Promise<void> {
  const except: string[] = [];
  for (;;) {
    const items = await list(except);
    for (const item of items) {
      try {
        await act(item);
      } catch (error) {
        if (error instanceof AppError && error.code === 'SERVICE_UNAVAILABLE') throw error;
        failed(item, error);
        except.push(idOf(item));
      }
    }
    if (items.length < batch) return;
  }
}
