export type Knock = {
  knock(this: void): void;
  /** Waits for a knock, or for so many milliseconds at most. A knock that came before counts. */
  wait(this: void, milliseconds?: number): Promise<void>;
};

/** Lets one waiter wait for many who may knock, before or while it waits; any number of knocks until it looks again are one. */
export function createKnock(): Knock {
  let knocked = false;
  let wake: (() => void) | undefined;
  return {
    knock() {
      knocked = true;
      wake?.();
    },
    wait(milliseconds) {
      return new Promise<void>((resolve) => {
        const timer = milliseconds === undefined ? undefined : setTimeout(() => wake?.(), milliseconds);
        wake = () => {
          knocked = false;
          wake = undefined;
          clearTimeout(timer);
          resolve();
        };
        if (knocked) wake();
      });
    },
  };
}
