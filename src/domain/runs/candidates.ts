import { AppError } from '../../base/errors.js';
import type { Candidate } from '../agent/attempt.js';
import type { Conversation } from '../conversations/conversation.js';
import { findCallableModel } from '../models/callable-model.js';
import type { CallableModel, Model, ToolMode } from '../models/model.js';
import { inputRoom } from '../models/output-room.js';
import { withToolMode } from '../models/tool-modes.js';
import type { Needs } from '../needs.js';
import type { RunBudget } from './run-budget.js';

type Choosing = Pick<Needs, 'models' | 'providers' | 'keyVault' | 'modelClients' | 'countTokens' | 'log'>;

/**
 * The models that a run may ask, looked up anew for each step: the one that it was accepted with, then those that stand in for it.
 * One that cannot be used any more stops the run if it is the first, and is passed over if it stands in.
 */
export class Candidates {
  /** Every model that was offered so far, for the books. */
  readonly offered = new Map<string, Model>();
  /** How models take tools, as this run has found out. */
  readonly #detected = new Map<string, ToolMode>();
  #accepted: CallableModel | null;
  #lookedUp: readonly [Candidate, ...Candidate[]] | null = null;
  readonly #modelId: string;

  constructor(
    private readonly needs: Choosing,
    private readonly conversation: Conversation,
    accepted: CallableModel,
    private readonly budget: RunBudget,
  ) {
    this.#accepted = accepted;
    this.#modelId = accepted.model.id;
  }

  /** The one that is asked first. The next step asks those that were looked up with it. @throws {AppError} MODEL_UNAVAILABLE */
  async first(): Promise<Candidate> {
    this.#lookedUp ??= await this.#lookUp();
    return this.#lookedUp[0];
  }

  /** @throws {AppError} MODEL_UNAVAILABLE */
  async forNextStep(): Promise<readonly Candidate[]> {
    const candidates = this.#lookedUp ?? (await this.#lookUp());
    this.#lookedUp = null;
    return candidates;
  }

  async #lookUp(): Promise<readonly [Candidate, ...Candidate[]]> {
    // The run was accepted with it a moment ago.
    const first = this.#accepted ?? (await findCallableModel(this.needs, this.#modelId));
    this.#accepted = null;
    const { fallbackModelIds } = this.conversation;
    const standIns = new Set(fallbackModelIds.length > 0 ? fallbackModelIds : first.model.fallbackModelIds);
    standIns.delete(first.model.id);
    const others = await Promise.all([...standIns].map((id) => this.#ifAvailable(id)));
    return [this.#offer(first), ...others.filter((other) => other !== null).map((other) => this.#offer(other))];
  }

  #offer(callable: CallableModel): Candidate {
    const { model } = callable;
    this.offered.set(model.id, model);
    const { temperature, agentMode } = this.conversation;
    const maxOutputTokens = this.conversation.maxOutputTokens ?? model.maxOutputTokens;
    const asked = this.budget.guard(this.needs.modelClients.open(callable), model);
    const mode = {
      toolMode: agentMode ?? model.toolMode,
      detectedToolMode: this.#detected.get(model.id) ?? model.detectedToolMode,
    };
    return {
      modelId: model.id,
      modelName: model.name,
      model: withToolMode(asked, mode, (detected) => this.#remember(model.id, detected)),
      temperature: temperature ?? model.temperature,
      maxOutputTokens,
      inputRoom: inputRoom(model, maxOutputTokens),
      countTokens: this.needs.countTokens,
    };
  }

  async #ifAvailable(modelId: string): Promise<CallableModel | null> {
    try {
      return await findCallableModel(this.needs, modelId);
    } catch (error) {
      if (error instanceof AppError && error.code === 'MODEL_UNAVAILABLE') return null;
      throw error;
    }
  }

  /** For this run at once, and for the others as soon as it is written. It would only be found out again if that were lost. */
  #remember(modelId: string, detectedToolMode: ToolMode): void {
    this.#detected.set(modelId, detectedToolMode);
    const { models, log } = this.needs;
    models
      .update(modelId, { detectedToolMode })
      .catch((error: unknown) => log.warn({ modelId, error }, 'how a model takes tools could not be kept'));
  }
}
