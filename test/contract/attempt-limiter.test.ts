import { describe } from 'vitest';
import { MemoryAttemptLimiter } from '../../src/infra/embedded/memory-attempt-limiter.js';
import { describeAttemptLimiter } from './attempt-limiter.js';

describe('MemoryAttemptLimiter', () => {
  describeAttemptLimiter(() => new MemoryAttemptLimiter());
});
