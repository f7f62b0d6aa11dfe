/** Where wall-clock time comes from, so that tests can decide what time it is. */
export type Clock = { now(): Date };

export const systemClock: Clock = { now: () => new Date() };
