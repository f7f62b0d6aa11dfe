import { Long, UUID } from 'bson';
import { MAX_DOCUMENT_BYTES } from '../store/bson.js';
import type { Reply } from '../wire/reply.js';
import type { CommandContext } from './context.js';
import { SERVER_VERSION } from './hello.js';

export const ping = (): Reply => ({ body: { ok: 1 } });

export const startSession = (): Reply => ({ body: { id: { id: new UUID() }, timeoutMinutes: 30, ok: 1 } });

export const buildInfo = (): Reply => ({
  body: {
    version: SERVER_VERSION,
    gitVersion: 'tomato-embedded',
    versionArray: [...SERVER_VERSION.split('.').map(Number), 0],
    modules: [],
    bits: 64,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    storageEngines: ['lmdb'],
    ok: 1,
  },
});

export const connectionStatus = (): Reply => ({
  body: { authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] }, ok: 1 },
});

export const whatsMyUri = ({ connection }: CommandContext): Reply => ({ body: { you: connection.address, ok: 1 } });

export const getParameter = (): Reply => ({
  body: {
    featureCompatibilityVersion: { version: SERVER_VERSION.split('.').slice(0, 2).join('.') },
    authenticationMechanisms: [],
    requireApiVersion: false,
    ok: 1,
  },
});

export const serverStatus = ({ cursors, now }: CommandContext): Reply => ({
  body: {
    host: 'localhost',
    version: SERVER_VERSION,
    process: 'tomato-embedded',
    pid: Long.fromNumber(process.pid),
    uptime: process.uptime(),
    localTime: now,
    metrics: { cursor: { open: { total: cursors.size } } },
    storageEngine: { name: 'lmdb', supportsCommittedReads: true, persistent: true },
    mem: { resident: Math.round(process.memoryUsage.rss() / 1024 / 1024) },
    ok: 1,
  },
});
