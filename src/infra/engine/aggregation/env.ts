import type { QueryEnv } from '../values/env.js';
import type { Document } from '../values/types.js';

/** What a pipeline needs besides what any query does. */
export type PipelineEnv = QueryEnv & {
  /** Bytes that one sort, group or facet may hold before it fails with 292. */
  readonly memoryLimit: number;
  /**
   * The documents of a collection of the same database that satisfy the filter, in natural order. Their reading ends when
   * the iteration is ended early. `env` is what the filter is to be compiled with; its variables may differ from the
   * command's own.
   */
  find(this: void, collection: string, filter: Document, env: QueryEnv): Iterable<Document>;
};

/** Makes documents of documents, one after the other where it can. */
export type Stage = (this: void, source: Iterable<Document>) => Iterable<Document>;

/** Compiles a pipeline within a pipeline. */
export type CompileStages = (this: void, stages: readonly Document[], env: PipelineEnv) => Stage;

export type StageParts = { readonly env: PipelineEnv; readonly compile: CompileStages };
