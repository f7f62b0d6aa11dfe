import { show } from '../values/show.js';
import type { Document } from '../values/types.js';

/** How mongod names a document in the messages of updates. */
export const describeId = ({ _id: id }: Document): string => (id === undefined ? '{ no id }' : `{_id: ${show(id)}}`);
