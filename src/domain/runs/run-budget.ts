import { AppError } from '../../base/errors.js';
import { openedStream } from '../../base/opened-stream.js';
import { untilStored } from '../../base/until-stored.js';
import { estimateInput } from '../agent/estimate-usage.js';
import { addAmounts, fitsInto, type Amount, type BudgetAccount, type BudgetSubject } from '../budgets/budget.js';
import { amountOf, userSubject } from '../budgets/budgets.js';
import { settleByBooks } from '../budgets/settle-by-books.js';
import type { LanguageModel, ModelRequest } from '../models/language-model.js';
import type { Model } from '../models/model.js';
import { outputRoom } from '../models/output-room.js';
import { withCost } from '../models/price.js';
import { monthOf } from '../usage/month.js';
import { NO_USAGE, type Usage } from '../usage/usage.js';
import type { Needs } from '../needs.js';
import { isEnded, type Run } from './run.js';

type Budgeting = Pick<Needs, 'budgets' | 'usage' | 'runs' | 'clock' | 'settings' | 'log'>;

/** How much more than estimated an input may take: no estimate knows the model's own tokenizer. */
const INPUT_MARGIN = 1.5;

/** Milliseconds after a run's time is up by which whatever it took has been settled, however slow the database is. */
const SETTLED_WITHIN_MS = 180_000;

/** Milliseconds for which a user who has no budget is taken to have none. */
const FREE_FOR_MS = 1_000;

/** Which call of a run: the books know it by this. */
export type CallPlace = { readonly step: number; readonly attempt: number };

export const callIdOf = (runId: string, { step, attempt }: CallPlace): string => `${runId}-${step}-${attempt}`;

/**
 * Keeps the calls of one run within the budget of its user: before each, the most that it may take is reserved; afterwards what it took is booked in the place of that.
 * Without a budget it costs one read a second at most, the first of which is made while the run is claimed.
 */
export class RunBudget {
  readonly #subject: BudgetSubject;
  readonly #reserved = new Set<string>();
  #readAhead: Promise<BudgetAccount | null> | undefined;
  #askedAt = 0;
  #freeUntil = 0;

  constructor(
    private readonly needs: Budgeting,
    private readonly run: Pick<Run, 'id' | 'userId'>,
  ) {
    this.#subject = userSubject(run.userId);
    this.#readAhead = this.#find();
    // Whoever asks for it reads again.
    this.#readAhead.catch(() => undefined);
  }

  /**
   * The same model, asked only for what there is room for. Each request counts, so this wraps the model itself, below whatever may ask it twice. Where there is a budget, an answer is no
   * longer than what was reserved for it: as the request says, or as much as its history leaves free.
   *
   * Its stream throws BUDGET_EXCEEDED before the service is asked; with `isRetryable` where only calls that are under way stand against it.
   */
  guard(model: LanguageModel, facts: Model): LanguageModel {
    const begin = async (request: ModelRequest) => {
      const asked = await this.#reserve(request, facts);
      try {
        const rest = model.stream(asked)[Symbol.asyncIterator]();
        return { first: await rest.next(), rest };
      } catch (error) {
        // It may be asked again in another way, as the same call.
        await this.#giveUp(request);
        throw error;
      }
    };
    return { stream: (request) => openedStream(() => begin(request)) };
  }

  /** Tells what a call took. Does nothing where nothing was reserved for it. */
  async settle(place: CallPlace, usage: Usage): Promise<void> {
    const callId = callIdOf(this.run.id, place);
    if (!this.#reserved.delete(callId)) return;
    const { budgets, clock, log } = this.needs;
    const settlement = { callId, took: amountOf(usage), month: monthOf(clock.now()) };
    await untilStored(log, () => budgets.settle(this.#subject, settlement));
  }

  async #reserve(request: ModelRequest, facts: Model): Promise<ModelRequest> {
    const account = await this.#account();
    if (!account) return request;
    const maxOutputTokens = outputRoom(facts, request.maxOutputTokens);
    const inputTokens = Math.ceil(estimateInput(request) * INPUT_MARGIN);
    const most = amountOf(withCost({ ...NO_USAGE, inputTokens, outputTokens: maxOutputTokens }, facts));

    await this.#settleLost(account);
    const callId = this.#callIdOf(request);
    if (!(await this.#tryToReserve(callId, most)) && !(await this.#reserveAgain(callId, most))) return request;
    this.#reserved.add(callId);
    return { ...request, maxOutputTokens };
  }

  /** What brought nothing took nothing. */
  async #giveUp(request: ModelRequest): Promise<void> {
    const callId = this.#callIdOf(request);
    if (!this.#reserved.delete(callId)) return;
    await untilStored(this.needs.log, () => this.needs.budgets.release(this.#subject, [callId]));
  }

  #callIdOf({ call = { step: 0, attempt: 1 } }: ModelRequest): string {
    return callIdOf(this.run.id, call);
  }

  async #account(): Promise<BudgetAccount | null> {
    if (performance.now() < this.#freeUntil) return null;
    const account = await this.#readOnce();
    if (!account) this.#freeUntil = this.#askedAt + FREE_FOR_MS;
    return account;
  }

  /** What was read ahead, once; if that failed, the database may answer by now. */
  #readOnce(): Promise<BudgetAccount | null> {
    const ahead = this.#readAhead;
    this.#readAhead = undefined;
    return ahead?.catch(() => this.#find()) ?? this.#find();
  }

  #find(): Promise<BudgetAccount | null> {
    this.#askedAt = performance.now();
    const { budgets, clock } = this.needs;
    return budgets.find(this.#subject, monthOf(clock.now()));
  }

  #tryToReserve(callId: string, amount: Amount): Promise<boolean> {
    const { budgets, clock, settings } = this.needs;
    const now = clock.now();
    const until = new Date(now.getTime() + settings.runs.maxDurationMs + SETTLED_WITHIN_MS);
    return budgets.reserve(this.#subject, monthOf(now), { callId, runId: this.run.id, amount, until });
  }

  /** What ended runs still hold is settled first. False if there is no budget any more. @throws {AppError} BUDGET_EXCEEDED. */
  async #reserveAgain(callId: string, most: Amount): Promise<boolean> {
    const before = await this.#find();
    if (!before) return false;
    await this.#settleEnded(before);
    if (await this.#tryToReserve(callId, most)) return true;
    const account = await this.#find();
    if (!account) return false;
    const limits = most.cost > 0 ? account : { ...account, maxCost: null };
    throw new AppError('BUDGET_EXCEEDED', 'What is left of the budget of this month is not enough for an answer.', {
      isRetryable: fitsInto(addAmounts(account.spent, most), limits),
    });
  }

  /** Those whose time is long up. */
  async #settleLost({ reservations }: BudgetAccount): Promise<void> {
    const now = this.needs.clock.now();
    const lost = reservations.filter(({ until }) => until <= now);
    if (lost.length > 0) await settleByBooks(this.needs, this.#subject, lost);
  }

  /** Those of runs that have ended without settling: their processes were lost. */
  async #settleEnded({ reservations }: BudgetAccount): Promise<void> {
    const runs = await this.needs.runs.findMany([...new Set(reservations.map(({ runId }) => runId))]);
    const going = new Set(runs.filter((run) => !isEnded(run)).map(({ id }) => id));
    const lost = reservations.filter(({ runId }) => !going.has(runId));
    if (lost.length > 0) await settleByBooks(this.needs, this.#subject, lost);
  }
}
