import { newId } from '../../src/base/ids.js';
import type { Conversation } from '../../src/domain/conversations/conversation.js';
import type { Message } from '../../src/domain/conversations/message.js';
import { NO_USAGE } from '../../src/domain/usage/usage.js';
import type { Run } from '../../src/domain/runs/run.js';

/** When all of it happens. */
export const at = new Date('2026-01-02T03:04:05.678Z');
export const later = (seconds: number): Date => new Date(at.getTime() + seconds * 1000);

/** A conversation as a user could have made it, with an owner of its own. */
export const conversationOf = (changes: Partial<Conversation> = {}): Conversation => ({
  id: newId('conv'),
  kind: 'PERSONAL',
  ownerId: newId('usr'),
  visibility: 'PRIVATE',
  title: '제목 없음',
  titleSource: 'DEFAULT',
  modelId: newId('mod'),
  providerName: 'demo',
  modelName: 'demo',
  fallbackModelIds: ['mod_b'],
  agentMode: 'REACT',
  temperature: null,
  maxOutputTokens: null,
  instructions: '',
  summary: { text: 'They greeted.', upToMessageId: 'msg_a' },
  activeLeafId: null,
  nextPosition: 1,
  createdAt: at,
  updatedAt: at,
  lastMessageAt: null,
  ...changes,
});

/** An answer that has just begun. */
export const messageOf = (conversationId: string, position: number, changes: Partial<Message> = {}): Message => ({
  id: newId('msg'),
  conversationId,
  parentId: null,
  position,
  role: 'ASSISTANT',
  parts: [],
  status: 'STREAMING',
  runId: newId('run'),
  usage: null,
  createdAt: at,
  ...changes,
});

/** A run that has just begun, of a conversation and a user of its own. @param changes.position Of the user's message. */
export const runOf = (changes: Partial<Run> & { position?: number } = {}): Run => {
  const { position = 1, ...rest } = changes;
  const conversationId = rest.conversationId ?? newId('conv');
  return {
    id: newId('run'),
    conversationId,
    userId: newId('usr'),
    status: 'RUNNING',
    stopReason: null,
    error: null,
    modelId: newId('mod'),
    modelName: 'demo',
    toolNames: null,
    userMessage: messageOf(conversationId, position, {
      role: 'USER',
      status: 'COMPLETE',
      parts: [{ type: 'text', text: '안녕' }],
    }),
    answerId: newId('msg'),
    clientMessageId: null,
    requestHash: 'hash',
    steps: 0,
    maxSteps: 8,
    usage: NO_USAGE,
    lastSeq: 0,
    startedAt: at,
    finishedAt: null,
    ...rest,
  };
};
