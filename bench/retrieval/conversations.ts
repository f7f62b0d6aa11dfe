/**
 * What searching conversations costs, on the embedded engine: `MESSAGES=10000 node --import @oxc-node/core/register bench/retrieval/conversations.ts FOLDER`.
 * Half of the messages are short questions, half are paragraphs of some 300 characters, twenty to a conversation.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { newId } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { IndexMemory } from '../../src/domain/archive/index-memory.js';
import { DEFAULT_TITLE } from '../../src/domain/conversations/conversation.js';
import type { Message } from '../../src/domain/conversations/message.js';
import { ConversationIndexes } from '../../src/domain/conversations/search/conversation-indexes.js';
import { searchConversations } from '../../src/domain/conversations/search/search-conversations.js';
import { startEngine } from '../../src/infra/engine/engine.js';
import { GaruAnalyzer } from '../../src/infra/garu/garu-analyzer.js';
import { connectMongo, createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoConversationStore } from '../../src/infra/mongo/mongo-conversation-store.js';
import { MongoMessageStore } from '../../src/infra/mongo/mongo-message-store.js';
import { MongoMessageTokenStore } from '../../src/infra/mongo/mongo-message-token-store.js';
import { loadSet } from './data-sets.js';
import { percentile } from './ndcg.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: MESSAGES=10000 node … bench/retrieval/conversations.ts FOLDER');

const MESSAGES = Number(process.env['MESSAGES'] ?? 10_000);
const PER_CONVERSATION = 20;
const QUESTIONS = 200;

const dir = await mkdtemp(join(tmpdir(), 'tomato-bench-'));
const engine = await startEngine({ dir, noSync: true });
const connection = await connectMongo(engine.uri);
const stores = {
  conversations: new MongoConversationStore(connection),
  messages: new MongoMessageStore(connection),
  messageTokens: new MongoMessageTokenStore(connection),
};
const morphemes = new GaruAnalyzer();
const needs = { ...stores, morphemes, log: silentLog };
const viewer = { id: newId('usr'), role: 'DEVELOPER', sessionId: 'bench' } as const;
try {
  await createIndexes(connection);
  console.table([await measure()]);
} finally {
  await morphemes.close();
  await connection.close();
  await engine.stop();
  await rm(dir, { recursive: true });
}

async function measure(): Promise<Record<string, unknown>> {
  const { entries, questions } = loadSet(folder ?? '', 'korquad-sent');
  const paragraphs = loadSet(folder ?? '', 'korquad').entries;
  for (let at = 0; at < MESSAGES; at += PER_CONVERSATION) {
    await talk((n) =>
      n % 2 === 0
        ? (questions[(at + n) % questions.length]?.text ?? '')
        : (paragraphs[(at + n) % paragraphs.length]?.content.slice(0, 300) ?? entries[0]?.content ?? ''),
    );
  }
  const first = open();
  const analysed = await timed(() => first.search('정렬'));
  const second = open();
  const cold = await timed(() => second.search('정렬'));
  const warm: number[] = [];
  for (const { text } of questions.slice(0, QUESTIONS)) {
    warm.push((await timed(() => second.search(text))).ms);
  }
  const afterTurn = await timed(async () => {
    await talk((n) => `정렬 ${n}`, 2);
    await second.search('정렬');
  });
  return {
    messages: MESSAGES,
    'first search ever, s': (analysed.ms / 1000).toFixed(1),
    'of it longest turn, ms': analysed.longestTurn.toFixed(0),
    'first search of a process, s': (cold.ms / 1000).toFixed(2),
    'its longest turn, ms': cold.longestTurn.toFixed(0),
    'search p50, ms': percentile(warm, 0.5).toFixed(1),
    'search p95, ms': percentile(warm, 0.95).toFixed(1),
    'after a turn, with saving it, ms': afterTurn.ms.toFixed(1),
    'bytes a message': Math.round(second.memory.byteLength / MESSAGES),
  };
}

function open() {
  const memory = new IndexMemory(1_000_000_000);
  const conversationIndexes = new ConversationIndexes(needs, memory);
  const filter = { kind: null, visibility: null };
  const search = (text: string) =>
    searchConversations({ needs, conversationIndexes }, viewer, { text: text.slice(0, 200), filter }, 51, null);
  return { memory, search };
}

async function talk(textAt: (n: number) => string, length = PER_CONVERSATION): Promise<void> {
  const id = newId('conv');
  const at = new Date();
  const said = Array.from({ length }, (_, n): Message => ({
    id: newId('msg'),
    conversationId: id,
    parentId: null,
    position: n + 1,
    role: n % 2 === 0 ? 'USER' : 'ASSISTANT',
    parts: [{ type: 'text', text: textAt(n) }],
    status: 'COMPLETE',
    runId: null,
    usage: null,
    createdAt: at,
  }));
  await stores.messages.insertMissing(said, 1);
  const model = {
    modelId: newId('mod'),
    providerName: 'bench',
    modelName: 'bench',
    fallbackModelIds: [],
    agentMode: null,
  };
  const settings = { temperature: null, maxOutputTokens: null, instructions: '', summary: null };
  const title = { title: DEFAULT_TITLE, titleSource: 'DEFAULT' } as const;
  const times = { createdAt: at, updatedAt: at, lastMessageAt: at };
  const place = { activeLeafId: said.at(-1)?.id ?? null, nextPosition: length + 1 };
  const whose = { kind: 'PERSONAL', ownerId: viewer.id, visibility: 'PRIVATE' } as const;
  await stores.conversations.insert({ id, ...whose, ...title, ...model, ...settings, ...place, ...times });
}

async function timed(work: () => Promise<unknown>): Promise<{ ms: number; longestTurn: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  for (;;) {
    try {
      await work();
      break;
    } catch (error) {
      // The first search goes on while those who wait for it are told to come again.
      if ((error as { code?: string }).code !== 'SERVICE_UNAVAILABLE') throw error;
    }
  }
  delay.disable();
  return { ms: performance.now() - start, longestTurn: delay.max / 1e6 };
}
