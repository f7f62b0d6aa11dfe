import { Double } from 'bson';

/** The standard deviation of numbers that come one by one, by Welford's method. Always a double. */
export class Deviation {
  #count = 0;
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.#count += 1;
    const distance = value - this.#mean;
    this.#mean += distance / this.#count;
    this.#squares += distance * (value - this.#mean);
  }

  /** Null of nothing. */
  ofPopulation(): Double | null {
    return this.#count === 0 ? null : new Double(Math.sqrt(this.#squares / this.#count));
  }

  /** Null of fewer than two numbers. */
  ofSample(): Double | null {
    return this.#count < 2 ? null : new Double(Math.sqrt(this.#squares / (this.#count - 1)));
  }
}
