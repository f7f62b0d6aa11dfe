import { compileExpression } from '../expression/expression.js';
import type { Document } from '../values/types.js';
import { documentArgument } from './arguments.js';
import type { CommandContext } from './context.js';
import { queryEnv } from './query-env.js';

/** A command's `let`, each value computed once. */
export function evaluateLet(context: CommandContext): Document | undefined {
  const given = documentArgument(context, 'let');
  if (given === undefined) return undefined;
  const env = queryEnv(context);
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, compileExpression(value, env)({})]));
}
