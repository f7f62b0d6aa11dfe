import { buildSchema, parse, type ExecutionResult } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RequestContext } from '../../src/api/context.js';
import { createErrorFormatter, formatResult } from '../../src/api/format-error.js';
import { executeOnce } from '../../src/api/idempotency/execute-once.js';
import { AppError, ERROR_CODES, NotFoundError } from '../../src/base/errors.js';
import { createLog } from '../../src/base/log.js';
import { createIndexes } from '../../src/infra/mongo/connection.js';
import { MongoIdempotencyStore } from '../../src/infra/mongo/mongo-idempotency-store.js';
import { openDocuments, type Documents } from '../kit/documents.js';

let documents: Documents;
let context: RequestContext;
const lines: string[] = [];
const log = createLog('error', { write: (line) => void lines.push(line) });
beforeAll(async () => {
  documents = await openDocuments();
  const idempotency = new MongoIdempotencyStore(documents.connection);
  await createIndexes(documents.connection);
  context = {
    log,
    authentication: { viewer: { id: 'usr_1', role: 'DEVELOPER', sessionId: 'ses_1' } },
    needs: { idempotency, clock: { now: () => new Date() }, log },
  } as unknown as RequestContext;
});
afterAll(() => documents.close());

const formatErrors = createErrorFormatter({ log, isProduction: true });

const schema = buildSchema(`
  type Query { yes: Boolean }
  type Mutation { act: Thing! other: Thing! }
  type Thing { id: ID! part: String! }
`);

type Act = () => object;

const outage = new AppError('SERVICE_UNAVAILABLE', 'Away.', { isRetryable: true }, { cause: new Error('ECONNRESET') });

const fails =
  (error: Error): Act =>
  () => {
    throw error;
  };

/** Sends the same twice under one key. Says how often it was done, and what both were told. */
async function twice(act: Act, more: { query?: string; other?: Act } = {}) {
  const { query = 'mutation { act { id } }', other = () => ({ id: '2' }) } = more;
  const rootValue = { act: vi.fn<Act>(act), other };
  const mutation = { schema, document: parse(query), rootValue, contextValue: context };
  const key = crypto.randomUUID();
  const ask = async () => shown(await executeOnce(mutation, key, formatErrors));
  const answers = [await ask(), await ask()];
  return { answers, times: rootValue.act.mock.calls.length };
}

/** As it is sent. */
const shown = (result: ExecutionResult): unknown =>
  JSON.parse(JSON.stringify(formatResult(result, formatErrors, context)));

const unknown = {
  data: null,
  errors: [
    expect.objectContaining({ extensions: { code: 'CONFLICT', field: 'idempotencyKey', reason: 'OUTCOME_UNKNOWN' } }),
  ],
};

describe('a mutation that comes again with its key', () => {
  it('is answered with what was sent before, to the letter', async () => {
    let id = 0;

    const { answers, times } = await twice(() => ({ id: ++id, part: 'a' }));

    expect(times).toBe(1);
    expect(answers).toEqual([{ data: { act: { id: '1' } } }, { data: { act: { id: '1' } } }]);
  });

  it.each(ERROR_CODES.filter((code) => code !== 'INTERNAL'))(
    'is tried again if it was refused with %s',
    async (code) => {
      const { answers, times } = await twice(fails(new AppError(code, 'No.', { field: 'x' })));

      expect(times).toBe(2);
      expect(answers[0]).toEqual({
        data: null,
        errors: [
          { message: 'No.', path: ['act'], locations: [{ line: 1, column: 12 }], extensions: { code, field: 'x' } },
        ],
      });
      expect(answers[1]).toEqual(answers[0]);
    },
  );

  it('is tried again if it was refused by what only passes on a failure of somebody else', async () => {
    const refused = new AppError('UPSTREAM_FAILED', 'No.', {}, { cause: new Error('HTTP 500') });

    expect((await twice(fails(refused))).times).toBe(2);
  });

  it('is not tried again if something broke while it was done', async () => {
    const { answers, times } = await twice(fails(outage));

    expect(times).toBe(1);
    expect(answers).toEqual([
      {
        data: null,
        errors: [expect.objectContaining({ extensions: { code: 'SERVICE_UNAVAILABLE', isRetryable: true } })],
      },
      unknown,
    ]);
  });

  it('is told of the same bug again, which is masked and logged once', async () => {
    const { answers, times } = await twice(fails(new Error('mongodb://root:secret@db')));

    expect(times).toBe(1);
    expect(lines.filter((line) => line.includes('root:secret'))).toHaveLength(1);
    expect(answers[0]).toEqual({
      data: null,
      errors: [
        {
          message: 'Something went wrong on our side.',
          path: ['act'],
          locations: [{ line: 1, column: 12 }],
          extensions: { code: 'INTERNAL' },
        },
      ],
    });
    expect(answers[1]).toEqual(answers[0]);
  });

  it('is done if only part of its answer could not be told', async () => {
    const query = 'mutation { act { part } }';

    const refused = await twice(() => ({ part: fails(new NotFoundError('part')) }), { query });
    const broken = await twice(() => ({ part: fails(outage) }), { query });

    expect(refused.times).toBe(1);
    expect(refused.answers[1]).toEqual(refused.answers[0]);
    expect(broken.times).toBe(1);
    expect(broken.answers[1]).toEqual(unknown);
  });

  it('is done if the first of several was', async () => {
    const query = 'mutation { act { id } other { id } }';

    const refused = await twice(() => ({ id: '1' }), { query, other: fails(new NotFoundError('thing')) });
    const broken = await twice(() => ({ id: '1' }), { query, other: fails(outage) });

    expect(refused.times).toBe(1);
    expect(refused.answers[1]).toEqual(refused.answers[0]);
    expect(broken.times).toBe(1);
    expect(broken.answers[1]).toEqual(unknown);
  });
});
