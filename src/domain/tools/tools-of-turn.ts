import type { Tool } from './tool.js';
import type { Toolbox } from './tools.js';

/**
 * What a turn may use now, in the order of the toolbox: the usable tools that are named, or all that need not be asked for.
 *
 * @param names What names no usable tool is passed over. Null: none are named.
 */
export function toolsOfTurn(toolbox: Toolbox, names: readonly string[] | null): readonly Tool[] {
  const usable = toolbox.list().filter((tool) => tool.unavailableReason === null && tool.approval !== 'DENY');
  return usable.filter(({ name, approval }) => (names === null ? approval === 'ALLOW' : names.includes(name)));
}
