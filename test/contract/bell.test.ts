import { describe } from 'vitest';
import { MemoryBell } from '../../src/infra/embedded/memory-bell.js';
import { describeBell } from './bell.js';

describe('MemoryBell', () => {
  describeBell(() => {
    const bell = new MemoryBell();
    return { near: bell, far: bell };
  });
});
