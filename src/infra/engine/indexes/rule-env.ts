import { compileCollation } from '../values/collation.js';
import type { QueryEnv } from '../values/env.js';
import type { Document } from '../values/types.js';

/** For filters that live in the catalog (validators, partial indexes): they know no command, so no variables and no clock. */
export function ruleEnv(collation: Document | undefined): QueryEnv {
  return { collation: compileCollation(collation), now: new Date(0), checkTime: () => undefined };
}
