import { createClient as createSseClient } from 'graphql-sse';
import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { openSignedIn, subscribeMessage } from '../kit/raw-socket.js';
import { SmallResolver } from '../kit/small-resolvers.js';
import { smallServer, type GraphqlErrors } from '../kit/small-server.js';

const nested = (depth: number) => `{ ${'nest { '.repeat(depth - 1)}leaf${' }'.repeat(depth - 1)} }`;
const times = (count: number, text: (index: number) => string) => Array.from({ length: count }, (_, index) => text(index)).join(' ');

/** Each allows one and refuses the next. */
const LIMITS: [string, allowed: string, refused: string][] = [
  ['depth', nested(10), nested(11)],
  ['depth in fragments', `{ nest { ...F } } fragment F on Nest { ${nested(9)} }`, `{ nest { ...F } } fragment F on Nest ${nested(10)}`],
  ['aliases', `{ ${times(15, (i) => `a${i}: yes`)} }`, `{ ${times(16, (i) => `a${i}: yes`)} }`],
  ['directives', `{ yes ${times(8, () => '@include(if: true)')} }`, `{ ${times(9, () => 'yes @include(if: true)')} }`],
  ['fields', `{ ${times(400, () => 'yes')} }`, `{ ${times(401, () => 'yes')} }`],
  ['tokens', `{ ${times(398, () => 'yes')} }`, `{ ${times(999, () => 'yes')} }`],
  ['definitions', `{ ...F0 } ${times(19, (i) => `fragment F${i} on Query { yes ...F${i + 1} }`)}`, `${times(21, (i) => `query Q${i} { yes }`)}`],
];
