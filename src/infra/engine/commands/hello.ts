import { MAX_DOCUMENT_BYTES } from '../store/bson.js';
import type { Document } from '../values/types.js';
import type { TopologyVersion } from '../wire/awaited-hello.js';
import { MAX_MESSAGE_BYTES } from '../wire/frames.js';
import { MAX_BATCH } from './write-results.js';

/** The newest wire version whose commands are all spoken here: MongoDB 7.0. */
const MAX_WIRE_VERSION = 21;

export const SERVER_VERSION = '7.0.0';

/** Who answers here and what it can take: a server on its own, without sessions across restarts. */
export function helloBody(name: string, connectionId: number, topologyVersion: TopologyVersion): Document {
  return {
    ...(name === 'hello' ? { isWritablePrimary: true } : { ismaster: true, helloOk: true }),
    topologyVersion,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: MAX_BATCH,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId,
    minWireVersion: 0,
    maxWireVersion: MAX_WIRE_VERSION,
    readOnly: false,
    ok: 1,
  };
}
