export type Knock = {
  knock(this: void): void;
  /** Waits for a knock, or for so many milliseconds at most. A knock that came before counts. */
  wait(this: void, milliseconds?: number): Promise<void>;
};

/** Lets one waiter wait for many who may knock, before or while it waits; any number of knocks until it looks again are one. */
export function createKnock(): Knock {
  let hasKnocked = false;
  let wake: (() => void) | undefined;

  function knock(): void {
    const waiter = wake;
    wake = undefined;
    if (waiter) waiter();
    else hasKnocked = true;
  }

  function wait(milliseconds?: number): Promise<void> {
    if (hasKnocked) {
      hasKnocked = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      wake = resolve;
      if (milliseconds === undefined) return;
      const timer = setTimeout(knock, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return { knock, wait };
}
