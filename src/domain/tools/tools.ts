import { AppError } from '../../base/errors.js';
import { WHOLE_ARCHIVE } from '../archive/archive-view.js';
import type { Searching } from '../archive/search-archive.js';
import type { Needs } from '../needs.js';
import { archiveSave } from './archive-save.js';
import { archiveSearch } from './archive-search.js';
import { httpRequest } from './http-request.js';
import { timeNow } from './time-now.js';
import type { Tool } from './tool.js';

/** The tools that every server has. A new one is a file beside this one and a line here. */
export function builtInTools(
  house: Searching & {
    readonly needs: Pick<Needs, 'clock' | 'publicFetch' | 'newId' | 'settings' | 'users'>;
  },
): readonly Tool[] {
  const { needs } = house;
  return [
    timeNow(needs),
    httpRequest(needs),
    archiveSearch(house, { name: 'archive_search', alias: 'Archive search', view: WHOLE_ARCHIVE }),
    archiveSave(needs),
  ];
}

/** What the agents of this process can use. Tools are made once and hold nothing of a user: each call says for whom it is. */
export type Toolbox = {
  /** In the order of their registration. */
  list(): readonly Tool[];
  /**
   * From now on runs can use it.
   *
   * @throws {AppError} CONFLICT if the name is taken.
   */
  register(tool: Tool): void;
};

export function createToolbox(tools: readonly Tool[]): Toolbox {
  const byName = new Map<string, Tool>();
  const toolbox: Toolbox = {
    list: () => [...byName.values()],
    register(tool) {
      if (byName.has(tool.name)) throw new AppError('CONFLICT', `There is a tool called ${tool.name} already.`);
      byName.set(tool.name, tool);
    },
  };
  for (const tool of tools) toolbox.register(tool);
  return toolbox;
}
